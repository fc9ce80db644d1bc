"""A real simulated board with its lines claimed as a unit would, without the unit."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from loquet_edge.simulation.board import Board
from loquet_edge.simulation.board_server import serving
from loquet_edge.simulation.control import BoardControl

OUTPUTS = ("lock", "led_granted", "led_denied", "buzzer")


@contextlib.contextmanager
def wired_board(
    path: Path, doors: tuple[str, ...], desks: tuple[str, ...], readers: tuple[str, ...]
) -> Iterator[BoardControl]:
    """Yield the hands at a board whose lines have names and owners."""
    board = Board()
    # Whoever owns inputs is told of them unasked, so they have a connection of their own.
    with serving(board, path), BoardControl(path) as inputs, BoardControl(path) as unit:
        offset = 0
        for door in doors:
            for kind in OUTPUTS:
                unit.ask("request_output", line=offset, name=f"{kind}:{door}", level=0)
                offset += 1
            for kind in ("contact", "exit"):
                inputs.ask("request_input", line=offset, name=f"{kind}:{door}", rest=0)
                offset += 1
        for name in ("fire", "rearm", *(f"seat:{desk}" for desk in desks)):
            inputs.ask("request_input", line=offset, name=name, rest=0)
            offset += 1
        for reader in readers:
            unit.add_reader(reader)
        yield unit
