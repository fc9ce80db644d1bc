"""Keys of a simulated keypad: heard by the reader's driver in order, and by nobody who watches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loquet_edge.drivers.ports import CardSeen, KeyPressed, ReaderEvent
from loquet_edge.drivers.simulated import SimulatedReader
from loquet_edge.simulation.board import Board, BoardError
from loquet_edge.simulation.board_server import BoardServer, serving
from loquet_edge.simulation.control import BoardControl, BoardRefusal


@pytest.fixture
def server() -> Iterator[BoardServer]:
    with tempfile.TemporaryDirectory(prefix="board-") as folder:
        board = Board()
        board.add_reader("front")
        with serving(board, Path(folder) / "board.sock") as running:
            yield running


@pytest.fixture
def control(server: BoardServer) -> Iterator[BoardControl]:
    with BoardControl(server.path) as connected:
        yield connected


def heard(reader: SimulatedReader, count: int) -> list[ReaderEvent]:
    """Poll until so many events have come."""
    found: list[ReaderEvent] = []
    while len(found) < count:
        found += reader.poll(0.0)
    return found


def test_a_badge_and_its_keys_come_in_their_order(
    server: BoardServer, control: BoardControl
) -> None:
    with closing(SimulatedReader("front", server.path)) as reader:
        control.present_card("front", "04a1b2c3d4e5f6")
        control.press_keys("front", "20*9#")
        first, *keys = heard(reader, 6)
    assert isinstance(first, CardSeen)
    assert [each.key for each in keys if isinstance(each, KeyPressed)] == list("20*9#")


def test_another_reader_and_whoever_watches_hear_nothing(
    server: BoardServer, control: BoardControl
) -> None:
    control.add_reader("back")
    watching = control.watch(timeout=20.0)
    next(watching)
    with closing(SimulatedReader("back", server.path)) as back:
        control.press_keys("front", "204958#")
        control.press_keys("back", "1")
        control.indicate("after", "that")
        (only,) = heard(back, 1)
    assert isinstance(only, KeyPressed) and only.key == "1"
    seen = next(each for each in watching if each["event"] in ("key", "indicator"))
    assert seen["event"] == "indicator"
    watching.close()


def test_what_is_no_key_is_refused_and_not_repeated(control: BoardControl) -> None:
    with pytest.raises(BoardRefusal, match="0 to 9") as refused:
        control.press_keys("front", "2049A")
    assert "2049" not in str(refused.value)
    with pytest.raises(BoardRefusal, match="no reader named"):
        control.press_keys("nowhere", "1")


def test_an_unplugged_keypad_is_silent() -> None:
    board = Board()
    told: list[dict[str, object]] = []
    board.add_reader("front")
    board.plug("front", False)
    board.subscribe(told.append)
    board.press_keys("front", "12")
    assert told == []
    with pytest.raises(BoardError):
        board.press_keys("front", "x")
