"""Reads the safety inputs anew, since an edge may be lost on its way from the chip.

A look takes the bare level, before any debouncing, so that one look alone may meet a bouncing
contact or a wire that hums. What differs is therefore looked at again and again, close together,
for longer than any debouncing lasts, and counts only if every look has seen it. The looks are not
in step with 50, 60, 100 or 120 Hz: a wire that hums is met at rest by one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loquet_edge.lockguard.leases import ExitChanged, FireLoopChanged, Guard, GuardEvent

if TYPE_CHECKING:
    from loquet_edge.drivers.ports import InputLine

LOOK_SECONDS = 0.2
"""Between two looks while nothing differs."""
AGAIN_SECONDS = 0.007
"""Between two looks at what differs."""
LOOKS = 9
"""How many in a row must have seen it: 56 ms, where the longest debouncing is 50."""


class SafetyLook:
    """What the safety inputs say, against what the guard believes."""

    def __init__(self, loop: InputLine | None, exits: Sequence[InputLine | None]) -> None:
        self._loop, self._exits = loop, exits
        self._seen: dict[GuardEvent, int] = {}
        self._next = 0.0

    def due(self) -> float:
        """Return when to look next, in monotonic seconds."""
        return self._next

    def differences(self, guard: Guard, now: float) -> list[GuardEvent]:
        """Look; return what is certain to be otherwise than ``guard`` says. Raise OSError."""
        seen = {each: self._seen.get(each, 0) + 1 for each in self._differing(guard)}
        found = [each for each, looks in seen.items() if looks >= LOOKS]
        self._seen = {each: looks for each, looks in seen.items() if looks < LOOKS}
        self._next = now + (AGAIN_SECONDS if self._seen else LOOK_SECONDS)
        return found

    def _differing(self, guard: Guard) -> list[GuardEvent]:
        seen: list[GuardEvent] = []
        if self._loop is not None and (fire := self._loop.active) != guard.fire:
            seen.append(FireLoopChanged(fire))
        for at, line in enumerate(self._exits):
            if line is not None and (active := line.active) != guard.doors[at].exit_active:
                seen.append(ExitChanged(at, active))
        return seen
