"""125 kHz readers over a real pseudo terminal and the real pyserial, on good lines and bad ones."""

from __future__ import annotations

import os
import pty
import random
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loquet_contract.access.credential import Form
from loquet_edge.drivers.ports import CardSeen, ReaderEvent, ReaderLost, ReaderReturned
from loquet_edge.drivers.serial_reader import LOOK_SECONDS, RETRY_SECONDS, SerialReader
from loquet_edge.protocols.rdm6300 import ABSENCE, frame

BADGE, OTHER = bytes.fromhex("0a004c5b21"), bytes.fromhex("0100a2b3c4")
LIMIT = 10.0


class Cable:
    """A pseudo terminal whose end at the unit has a stable name, as udev's links have."""

    def __init__(self, folder: Path) -> None:
        self.device = folder / "usb-reader"
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        self._ends = pty.openpty()
        tty.setraw(self._ends[1])
        self.device.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        assert self._ends is not None
        self.device.unlink()
        for end in self._ends:
            os.close(end)
        self._ends = None

    def say(self, data: bytes) -> None:
        assert self._ends is not None
        os.write(self._ends[0], data)


class Desk:
    """A reader at the end of a cable, with a clock that the test moves for absences."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable
        self.ahead = 0.0
        self.reader = SerialReader("desk", cable.device, clock=self.now)

    def now(self) -> float:
        return time.monotonic() + self.ahead

    def until(self, done: Callable[[list[ReaderEvent]], bool]) -> list[ReaderEvent]:
        """Poll until what came is enough; fail after a generous while."""
        found: list[ReaderEvent] = []
        until = time.monotonic() + LIMIT
        while not done(found):
            assert time.monotonic() < until, f"never came; heard {found}"
            found += self.reader.poll(self.now())
        return found

    def quiet(self, polls: int = 3) -> list[ReaderEvent]:
        return [event for _ in range(polls) for event in self.reader.poll(self.now())]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    cable = Cable(tmp_path)
    cable.plug()
    found = Desk(cable)
    assert found.quiet(1) == []
    yield found
    found.reader.close()
    if cable.device.is_symlink():
        cable.unplug()


def numbers(events: list[ReaderEvent]) -> list[bytes]:
    assert all(isinstance(event, CardSeen) for event in events), events
    return [event.presented[0].value for event in events if isinstance(event, CardSeen)]


def one(found: list[ReaderEvent]) -> bool:
    return bool(found)


@pytest.mark.parametrize("between", [b"", b"\r\n"], ids=["rdm6300", "id12"])
def test_a_badge_is_told_once_in_both_forms_of_its_number(desk: Desk, between: bytes) -> None:
    for _ in range(5):
        desk.cable.say(frame(BADGE, between=between))
    (seen,) = desk.until(one)
    assert isinstance(seen, CardSeen)
    assert [each.form for each in seen.presented] == [Form.EM4100, Form.EM32]
    assert [each.value for each in seen.presented] == [BADGE, BADGE[1:]]
    assert seen.assurance == "uid"
    assert "4c5b21" not in repr(seen)
    assert desk.quiet() == []


def test_a_badge_that_comes_back_is_told_again(desk: Desk) -> None:
    desk.cable.say(frame(BADGE))
    desk.until(one)
    desk.ahead += ABSENCE + 0.1
    desk.cable.say(frame(BADGE))
    assert numbers(desk.until(one)) == [BADGE]


BAD_LINES: dict[str, Callable[[bytes], bytes]] = {
    "a byte lost": lambda text: text[:6] + text[7:],
    "a byte turned": lambda text: text[:4] + bytes([text[4] ^ 1]) + text[5:],
    "a byte too many": lambda text: text[:6] + b"7" + text[6:],
    "cut short": lambda text: text[:9],
    "noise before": lambda text: bytes(range(128, 200)) + text[1:],
    "noise within": lambda text: text[:5] + b"\xff\x00\x80" + text[5:],
    "the end lost": lambda text: text[:-1],
    "only noise": lambda text: random.Random(1).randbytes(200).replace(b"\x02", b""),
}


@pytest.mark.parametrize("spoil", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_what_a_bad_line_spoils_is_no_badge_and_the_next_one_is_read(
    desk: Desk, spoil: Callable[[bytes], bytes]
) -> None:
    desk.cable.say(spoil(frame(OTHER)))
    assert desk.quiet() == []
    desk.cable.say(frame(BADGE))
    assert numbers(desk.until(one)) == [BADGE]


def test_a_line_that_gives_one_byte_at_a_time_is_read(desk: Desk) -> None:
    found: list[ReaderEvent] = []
    for byte in frame(BADGE, between=b"\r\n"):
        desk.cable.say(bytes([byte]))
        found += desk.reader.poll(desk.now())
    assert numbers(found or desk.until(one)) == [BADGE]


def test_half_a_frame_and_half_of_a_late_one_are_no_badge(desk: Desk) -> None:
    text = frame(BADGE)
    desk.cable.say(text[:7])
    assert desk.quiet(1) == []
    desk.ahead += 1.0
    desk.cable.say(text[7:])
    assert desk.quiet() == []


def test_unplugged_is_lost_once_and_plugged_in_again_is_found_by_its_name(desk: Desk) -> None:
    desk.cable.unplug()
    (lost,) = desk.until(one)
    assert isinstance(lost, ReaderLost)
    assert lost.reader == "desk"
    for _ in range(3):
        assert desk.reader.next_poll(desk.now()) > desk.now()
        desk.ahead += RETRY_SECONDS
        assert desk.quiet(1) == []
    desk.cable.plug()
    desk.ahead += RETRY_SECONDS
    (back,) = desk.until(one)
    assert isinstance(back, ReaderReturned)
    desk.cable.say(frame(BADGE))
    assert numbers(desk.until(one)) == [BADGE]


def test_another_adapter_under_the_same_name_is_opened_anew(desk: Desk, tmp_path: Path) -> None:
    new = Cable(tmp_path / "new")
    new.device.parent.mkdir()
    new.plug()
    desk.cable.device.unlink()
    desk.cable.device.symlink_to(new.device)
    desk.ahead += LOOK_SECONDS
    assert [type(event) for event in desk.until(one)] == [ReaderLost]
    desk.ahead += RETRY_SECONDS
    assert [type(event) for event in desk.until(one)] == [ReaderReturned]
    new.say(frame(OTHER))
    assert numbers(desk.until(one)) == [OTHER]
    new.unplug()


def test_a_port_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    reader = SerialReader("desk", tmp_path / "none")
    (lost,) = reader.poll(0.0)
    assert isinstance(lost, ReaderLost)
    assert "enable_uart=1" in lost.detail
    assert reader.poll(RETRY_SECONDS) == []


def test_noise_alone_is_said_once_in_a_while(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        desk.cable.say(b"\x02nonsense\x03" * 40)
        desk.quiet(2)
    assert caplog.text.count("wrong checksums only") == 1
    assert "9600" in caplog.text


def test_a_poll_waits_for_a_moment_only(desk: Desk) -> None:
    began = time.monotonic()
    assert desk.quiet(5) == []
    assert time.monotonic() - began < 2.0
