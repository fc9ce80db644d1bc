"""Lines of a board as they moved, each with the board's own CLOCK_MONOTONIC."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from loquet_edge.simulation.board import Board

PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Moved:
    """One moment of a line; ``at``: monotonic seconds."""

    at: float
    level: int
    output: bool


class Pins:
    """Hears every change of the board from its own thread, and keeps those of some lines."""

    def __init__(self, board: Board, *lines: int) -> None:
        self._moves: dict[int, list[Moved]] = {line: [] for line in lines}
        self._changed = threading.Condition()
        self._board = board
        board.subscribe(self._note)

    def _note(self, message: dict[str, Any]) -> None:
        moves = self._moves.get(message.get("offset", -1))
        if moves is None:
            return
        at, output = message["monotonic_ns"] / 1e9, message["direction"] == "output"
        with self._changed:
            moves.append(Moved(at, message["level"], output))
            self._changed.notify_all()

    def since(self, line: int, at: float) -> list[Moved]:
        """Return what a line did at or after a moment, oldest first."""
        with self._changed:
            return [each for each in self._moves[line] if each.at >= at]

    def last(self, line: int) -> Moved:
        """Return the last thing that a line did."""
        with self._changed:
            return self._moves[line][-1]

    def driven(self, line: int, level: int, since: float, within: float = PATIENCE) -> float:
        """Wait until a process drives a line to a level; return when, or fail."""
        until = time.monotonic() + within
        with self._changed:
            while True:
                for each in self._moves[line]:
                    if each.at >= since and each.level == level and each.output:
                        return each.at
                left = until - time.monotonic()
                assert left > 0, f"line {line} never at {level}: {self._moves[line][-5:]}"
                self._changed.wait(left)

    def close(self) -> None:
        self._board.unsubscribe(self._note)
