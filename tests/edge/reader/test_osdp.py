"""The unit's side of OSDP against libosdp as reader: cards, keys, lamps, and lost channels."""

from __future__ import annotations

import time

import pytest

from loquet_edge.drivers.osdp_member import OsdpTimes
from loquet_edge.drivers.ports import (
    CardSeen,
    KeyPressed,
    ReaderKeySet,
    ReaderLost,
    ReaderPower,
    ReaderReturned,
    ReaderTamper,
)
from loquet_edge.protocols.osdp_frames import START, Reply, crc16, parse
from loquet_edge.protocols.osdp_lights import Light
from tests.edge.reader.osdp_stage import KEY, OTHER_KEY, Line

USUAL = OsdpTimes()
SECURITY = 9
"""The capability's number."""


def test_a_card_keys_and_the_cover() -> None:
    with Line() as line:
        line.secure()
        reader = line.readers[0]
        reader.say(card="04a1b2c3d4e5f6", bits=56)
        seen = line.next(CardSeen)
        assert (seen.reader, seen.assurance) == ("r1", "uid")
        assert [each.canonical() for each in seen.presented] == [b"uid7:04a1b2c3d4e5f6"]
        reader.say(keys="31327f0d")
        assert [line.next(KeyPressed).key for _ in range(4)] == ["1", "2", "*", "#"]
        reader.say(status=[1, 0])
        assert line.next(ReaderTamper) == ReaderTamper("r1", True)
        reader.say(status=[0, 1])
        assert line.next(ReaderTamper) == ReaderTamper("r1", False)
        assert line.next(ReaderPower) == ReaderPower("r1", True)


def test_the_lamp_and_the_sounder_show_the_last_wish() -> None:
    with Line() as line:
        line.secure()
        for light in (Light(red=True), Light(green=True), Light(green=True, buzzer=True)):
            line.bus.show("r1", light)
        told: list[dict[str, object]] = []

        def shown() -> bool:
            while not line.readers[0].told.empty():
                told.append(line.readers[0].told.get())
            return any(each.get("command") == 3 and each["control_code"] == 2 for each in told)

        line.until(shown)
        lamps = [each["on_color"] for each in told if each["command"] == 2]
        assert lamps[-1] == 2


def test_two_readers_share_one_line() -> None:
    with Line((KEY, OTHER_KEY), ((KEY,), (OTHER_KEY,))) as line:
        line.secure(0)
        line.secure(1)
        line.readers[1].say(card="aabbccdd", bits=32)
        assert line.next(CardSeen).reader == "r2"
        line.wire.cut.add(1)
        assert line.next(ReaderLost).reader == "r2"
        for _ in range(5):
            line.readers[0].say(card="aabbccdd", bits=32)
            assert line.next(CardSeen).reader == "r1"


def test_a_reader_that_was_away_reads_soon_after_it_is_back() -> None:
    with Line(times=USUAL) as line:
        line.secure()
        line.wire.cut.add(0)
        lost = line.next(ReaderLost)
        assert "nothing answers at address 1" in lost.detail
        line.wire.cut.clear()
        took = line.until(lambda: line.members[0].secure)
        assert took < USUAL.back
        line.next(ReaderReturned)
        line.readers[0].say(card="aabbccdd", bits=32)
        assert line.next(CardSeen).reader == "r1"


def test_a_wrong_key_is_named() -> None:
    with Line((OTHER_KEY,)) as line:
        lost = line.next(ReaderLost)
        assert lost.detail.endswith("does not have this unit's key: loquet-edge osdp-install r1")
        line.readers[0].say(card="aabbccdd", bits=32)
        line.run(0.6)
        assert not [each for each in line.events if isinstance(each, CardSeen)]


def _without_security(data: bytes) -> list[bytes]:
    """A reader whose list of capabilities has no secure channel."""
    frame = parse(data[data.find(START) :])
    if frame is None or frame.code != Reply.CAPABILITIES:
        return [data]
    run = bytearray(data[data.find(START) : -2])
    for at in range(6, len(run), 3):
        if run[at] == SECURITY:
            run[at + 1] = run[at + 2] = 0
    return [bytes(run) + crc16(run).to_bytes(2, "little")]


@pytest.mark.parametrize("key", ["plain", "delivered", "own"])
def test_a_reader_without_a_channel_is_never_used(key: str) -> None:
    with Line((KEY if key == "own" else key,)) as line:
        if key == "own":
            line.wire.inward = _without_security
        why = "offers no secure channel" if key == "own" else "does not have this unit's key"
        assert why in line.next(ReaderLost).detail
        line.readers[0].say(card="aabbccdd", bits=32)
        line.run(0.6)
        assert not line.events
        assert not line.members[0].secure


def test_a_delivered_reader_takes_the_key_in_its_window() -> None:
    with Line(("delivered",)) as line:
        line.next(ReaderLost)
        line.bus.open_window("r1", time.monotonic() + 60, (KEY,))
        line.next(ReaderKeySet)
        assert line.members[0].window is None
        line.secure()
        line.readers[0].say(card="aabbccdd", bits=32)
        line.next(CardSeen)


def test_a_key_is_changed_in_its_window() -> None:
    with Line() as line:
        line.secure()
        line.bus.open_window("r1", time.monotonic() + 60, (KEY, OTHER_KEY))
        line.next(ReaderKeySet)
        assert line.members[0].key == OTHER_KEY
        line.secure()
        line.readers[0].say(card="aabbccdd", bits=32)
        line.next(CardSeen)
