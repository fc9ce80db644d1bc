"""An installer who does what the terminal says, at a simulated board."""

from __future__ import annotations

import os
from collections.abc import Callable

from loquet_contract.wire.events_proof import Act
from loquet_edge.commissioning.texts import sentence
from loquet_edge.simulation.control import BoardControl
from tests.edge.unit.a_unit import MEMBER

YES = (
    Act.LOCK_RESTS, Act.LOCK_MOVED, Act.INSIDE_HANDLE, Act.MECHANICAL_KEY, Act.EXIT_RELEASES,
    Act.SIGNALS_SHOWN,
)  # fmt: skip


class Paul:
    """Reads what is said, acts on the board, and types."""

    def __init__(self, board: BoardControl, answers: dict[str, str] | None = None) -> None:
        self._board, self.said = board, list[str]()
        self.keys, self._typing = os.pipe()
        moves: dict[Act, Callable[[], None]] = {
            Act.LEAF_CLOSED: lambda: board.set_active("contact:front", False),
            Act.LEAF_OPENED: lambda: board.set_active("contact:front", True),
            Act.LEAF_CLOSED_AGAIN: lambda: board.set_active("contact:front", False),
            Act.EXIT_PRESSED: lambda: board.set_active("exit:front", True),
            Act.EXIT_LET_GO: lambda: board.set_active("exit:front", False),
            Act.FIRE_CUT: lambda: board.set_active("fire", True),
            Act.FIRE_RESTORED: lambda: board.set_active("fire", False),
            Act.REARMED: lambda: board.press("rearm", 0.3),
        }
        self.moves = {sentence(act, ""): move for act, move in moves.items()}
        self.moves[sentence(Act.BADGE_HELD, "front-in")] = lambda: board.tap("front-in", MEMBER)
        self._answers = {sentence(act, ""): "y" for act in YES}
        self._answers[sentence(Act.LOCK_UNPOWERED, "secure")] = "y"
        self._answers |= answers or {}

    def hear(self, line: str) -> None:
        """Do what is asked for, once."""
        self.said.append(line)
        question = line.partition("\n")[0].partition("  ")[2]
        if question in self.moves:
            self.moves[question]()
        answer = self._answers.get(question)
        if answer is not None:
            self.type(answer)

    def type(self, text: str) -> None:
        os.write(self._typing, f"{text}\n".encode())

    def leave(self) -> None:
        """Hang up: the keyboard has ended."""
        os.close(self._typing)
        self._typing = -1

    def close(self) -> None:
        for descriptor in (self.keys, self._typing):
            if descriptor >= 0:
                os.close(descriptor)
