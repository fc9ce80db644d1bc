"""The board itself: who may have a line, what level it has, what is kept of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from loquet_edge.simulation.board import Board, BoardError, LineBusy

STRIKE, CONTACT = 17, 22


def ticking_board(*, strict_gpiod: bool = False) -> Board:
    """A board whose clock is one nanosecond later each time it is looked at."""
    return Board(strict_gpiod=strict_gpiod, clock_ns=itertools.count(1).__next__)


def output_levels(board: Board, offset: int) -> list[int]:
    return [r.level for r in board.line(offset).history if r.direction == "output"]


@pytest.mark.parametrize(("offset", "level"), [(0, 1), (8, 1), (9, 0), (27, 0)])
def test_a_line_nobody_asked_for_has_its_reset_pull(offset: int, level: int) -> None:
    assert ticking_board().line(offset).level == level


@pytest.mark.parametrize(("pull", "level"), [("up", 1), ("down", 0), ("none", 0)])
def test_an_open_input_follows_its_bias(pull: Any, level: int) -> None:
    board = ticking_board()
    board.request_input(CONTACT, "door", "door", pull=pull)
    assert board.line(CONTACT).level == level


@pytest.mark.parametrize("level", [0, 1])
def test_the_world_outside_wins_over_the_bias_until_its_wire_is_cut(level: int) -> None:
    board = ticking_board()
    board.request_input(CONTACT, "door", "door", pull="up")
    board.set_input(CONTACT, level)
    assert board.line(CONTACT).level == level
    board.set_input(CONTACT, None)
    assert board.line(CONTACT).level == 1


@pytest.mark.parametrize("level", [0, 1])
def test_the_first_level_of_an_output_is_the_one_in_its_request(level: int) -> None:
    board = ticking_board()
    board.request_output(STRIKE, "lockguard", "strike", level=level)
    board.drive(STRIKE, 1 - level, "lockguard")
    assert output_levels(board, STRIKE) == [level, 1 - level]


def test_history_keeps_time_level_and_owner_in_order() -> None:
    board = ticking_board()
    board.request_output(STRIKE, "lockguard", "front/strike", level=0)
    board.drive(STRIKE, 1, "lockguard")
    board.release_owner("lockguard")
    kept = list(board.line(STRIKE).history)
    assert [(r.level, r.owner) for r in kept] == [(0, "front/strike"), (1, "front/strike")]
    assert kept[0].monotonic_ns < kept[1].monotonic_ns


def test_a_dead_owner_leaves_its_level_unless_strict() -> None:
    board = ticking_board()
    board.request_output(STRIKE, "lockguard", "strike", level=1)
    board.release_owner("lockguard")
    line = board.line(STRIKE)
    assert (line.level, line.direction, line.owner) == (1, "output", None)


def test_strict_gpiod_makes_a_dead_owners_output_an_input() -> None:
    board = ticking_board(strict_gpiod=True)
    board.request_output(STRIKE, "lockguard", "strike", level=1)
    board.release_owner("lockguard")
    line = board.line(STRIKE)
    assert (line.level, line.direction, line.owner) == (0, "input", None)


def test_a_line_has_one_owner() -> None:
    board = ticking_board()
    board.request_output(STRIKE, "lockguard", "strike", level=0)
    with pytest.raises(LineBusy, match="taken by 'strike'"):
        board.request_input(STRIKE, "door", "door")
    with pytest.raises(LineBusy):
        board.drive(STRIKE, 1, "door")
    assert board.line(STRIKE).level == 0


@pytest.mark.parametrize("which", [-1, 58, "nowhere"])
def test_an_unknown_line_is_named_in_the_error(which: int | str) -> None:
    board = ticking_board()
    board.name_line(STRIKE, "front/strike")
    with pytest.raises(BoardError, match=str(which)):
        board.line(which)


def test_a_subscriber_hears_changes_and_only_changes() -> None:
    board = ticking_board()
    heard: list[dict[str, Any]] = []
    board.subscribe(heard.append)
    board.set_input(CONTACT, 1)
    board.set_input(CONTACT, 1)
    board.set_input(CONTACT, 0)
    assert [(m["event"], m["offset"], m["level"]) for m in heard] == [
        ("line", CONTACT, 1),
        ("line", CONTACT, 0),
    ]


def test_active_is_the_drivers_word_for_a_level() -> None:
    board = ticking_board()
    board.request_input(CONTACT, "door", "exit", pull="up", active_low=True)
    assert board.line(CONTACT).as_message()["active"] is False
    board.set_input(CONTACT, 0)
    assert board.line(CONTACT).as_message()["active"] is True


@pytest.mark.parametrize("uid", ["04a1b2c3", "04A1B2C3D4E5F6", "04:a1:b2:c3:d4:e5:f6:07:08:09"])
def test_a_card_is_in_the_field_until_it_is_taken_away(uid: str) -> None:
    board = ticking_board()
    board.add_reader("front")
    board.present_card("front", uid)
    assert list(board.reader("front").cards) == [uid.replace(":", "").lower()]
    board.remove_card("front", uid)
    assert not board.reader("front").cards


@pytest.mark.parametrize("uid", ["", "zz", "04a1b2", "04a1b2c3d4"])
def test_a_uid_that_no_card_has_is_refused(uid: str) -> None:
    board = ticking_board()
    board.add_reader("front")
    with pytest.raises(BoardError):
        board.present_card("front", uid)


class FakeChip:
    """Answers each byte plus one, and keeps what is in its field."""

    def __init__(self) -> None:
        self.inside: list[bytes] = []
        self.powered = True

    @property
    def field(self) -> FakeChip:
        return self

    def place(self, card: bytes) -> None:
        self.inside.append(card)

    def remove(self, card: bytes) -> None:
        self.inside.remove(card)

    def transfer(self, data: bytes, /) -> bytes:
        return bytes(byte + 1 for byte in data) if self.powered else b"\xff" * len(data)

    def plug(self) -> None:
        self.powered = True

    def unplug(self) -> None:
        self.powered = False


def test_a_chip_has_its_readers_cards_and_its_readers_cable() -> None:
    board, chip = ticking_board(), FakeChip()
    board.attach_chip("front", (0, 0), chip, bytes)
    board.present_card("front", "04a1b2c3")
    assert chip.inside == [bytes.fromhex("04a1b2c3")]
    assert board.transfer(0, 0, b"\x01\x02") == b"\x02\x03"
    board.plug("front", False)
    assert board.transfer(0, 0, b"\x01\x02") == b"\xff\xff"
    board.plug("front", True)
    board.remove_card("front")
    assert chip.inside == []


def test_nothing_on_a_chip_select_answers_zeros() -> None:
    assert ticking_board().transfer(0, 1, b"\xee\x00") == b"\x00\x00"


def test_snapshot_shows_named_owned_and_wired_lines_only() -> None:
    board = ticking_board()
    board.name_line(4, "front/fire")
    board.request_output(STRIKE, "lockguard", "strike", level=0)
    board.set_input(CONTACT, 1)
    board.indicate("front/light", "granted")
    board.add_reader("front")
    shown = board.snapshot()
    assert [line["offset"] for line in shown["lines"]] == [4, STRIKE, CONTACT]
    assert shown["indicators"] == {"front/light": "granted"}
    assert [reader["reader"] for reader in shown["readers"]] == ["front"]
