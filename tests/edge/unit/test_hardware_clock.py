"""A clock chip is believed after a power cut if it was right before, and only then."""

from pathlib import Path

import pytest

from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.events import ClockUntrusted
from loquet_edge.clock import UnitClock
from loquet_edge.hardware_clock import (
    AGREE_SECONDS,
    MOST_SECONDS,
    SET_SECONDS,
    HardwareClock,
    read_chip,
)

NOTED = 1_790_000_000.0


class Notes(dict[str, str]):
    """What a unit remembers over a restart."""

    def put(self, name: str, value: str) -> None:
        self[name] = value


class Board:
    """A kernel, its clocks, and a chip."""

    def __init__(self, noted: str | None = str(int(NOTED))) -> None:
        self.notes = Notes({} if noted is None else {"rtc_set": noted})
        self.synchronised = False
        self.chip: float | None = NOTED + 86_400
        self.wall, self.monotonic = NOTED + 86_400.4, 100.0

    def start(self) -> HardwareClock:
        return HardwareClock(
            lambda: self.synchronised, self.notes, lambda: self.chip, lambda: self.wall,
            lambda: self.monotonic,
        )  # fmt: skip


def test_a_chip_that_was_right_before_is_believed() -> None:
    found = Board().start()
    assert found() is ClockSource.HARDWARE and found.why_not == ""


@pytest.mark.parametrize(
    ("chip", "wall", "noted", "why"),
    [
        (None, NOTED, str(int(NOTED)), "there is no clock chip"),
        (NOTED, NOTED, None, "never set"),
        (NOTED, NOTED, "yesterday", "never set"),
        (946_684_800.0, 946_684_800.0, str(int(NOTED)), "battery is empty"),
        (NOTED + MOST_SECONDS + 1, NOTED + MOST_SECONDS + 1, str(int(NOTED)), "too long ago"),
        (NOTED + 9, NOTED + 9 + AGREE_SECONDS + 1, str(int(NOTED)), "not set from the clock chip"),
    ],
)
def test_any_doubt_about_the_chip_leaves_the_clock_untrusted(
    chip: float | None, wall: float, noted: str | None, why: str
) -> None:
    board = Board(noted)
    board.chip, board.wall = chip, wall
    found = board.start()
    assert why in found.why_not and not found()
    board.synchronised = True
    assert found() is ClockSource.NETWORK, "the kernel's word counts more"
    board.synchronised = False
    assert not found()


def test_the_chip_is_noted_as_right_after_the_kernel_has_certainly_set_it() -> None:
    board = Board(None)
    found = board.start()
    board.synchronised = True
    for later, noted in ((0.0, False), (SET_SECONDS - 1, False), (1.0, True)):
        board.monotonic, board.wall = board.monotonic + later, board.wall + later
        assert found()
        assert ("rtc_set" in board.notes) is noted
    assert float(board.notes["rtc_set"]) == int(board.wall)
    board.synchronised = False
    found()
    board.notes.clear()
    board.synchronised = True
    board.monotonic += SET_SECONDS
    found()
    assert board.notes == {}, "a kernel that lost its source begins anew"


def test_a_believed_chip_that_is_behind_what_the_server_signed_is_not_trusted() -> None:
    board = Board()
    wall = lambda: board.wall  # noqa: E731
    clock = UnitClock(board.start(), 0.0, wall, lambda: board.monotonic, signed=board.wall + 1000)
    assert not clock.trusted
    assert clock.now().utc == pytest.approx(board.wall + 1000)


def a_clock(board: Board) -> UnitClock:
    found = board.start()
    return UnitClock(
        found, 0.0, lambda: board.wall, lambda: board.monotonic, chip_doubt=found.why_not
    )


def test_a_chip_that_falls_behind_is_named_as_what_is_wrong() -> None:
    board = Board()
    clock = a_clock(board)
    clock.raise_floor(board.wall, 1)
    board.wall -= 10_000
    assert clock.check()[-1] == ClockUntrusted(
        "the clock chip is behind what the server has signed"
    )


def test_a_kernel_that_lost_its_source_is_named_with_the_doubt_about_the_chip() -> None:
    board = Board(None)
    board.synchronised = True
    clock = a_clock(board)
    board.synchronised = False
    assert clock.check() == [
        ClockUntrusted(
            "the kernel no longer says that the clock is synchronised, and the clock chip was"
            " never set while the clock was synchronised"
        )
    ]


def test_a_machine_without_a_chip_says_so(tmp_path: Path) -> None:
    chip = tmp_path / "since_epoch"
    assert read_chip(chip) is None
    chip.write_text("1790000000\n")
    assert read_chip(chip) == NOTED
    chip.write_text("?\n")
    assert read_chip(chip) is None
