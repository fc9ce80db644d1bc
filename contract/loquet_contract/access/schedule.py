"""When: sorted, disjoint, half-open UTC intervals, already expanded by the server.

A unit needs no calendar and no time zone. Bounds are whole UTC seconds since the epoch;
``bounds`` alternates start and end, strictly increasing, so that an instant is inside
exactly when an odd number of bounds lie at or before it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


class InvalidSchedule(ValueError):
    """Bounds are not sorted pairs; the message says where."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Half-open UTC intervals ``[start, end)`` in whole seconds; ``always`` has no bounds."""

    bounds: tuple[int, ...] = ()
    always: bool = False

    def __post_init__(self) -> None:
        if len(self.bounds) % 2:
            raise InvalidSchedule("a schedule's bounds come in pairs: start, end, start, end ...")
        for at in range(1, len(self.bounds)):
            if self.bounds[at] <= self.bounds[at - 1]:
                raise InvalidSchedule(
                    f"bound {at} ({self.bounds[at]}) does not come after bound {at - 1}"
                    f" ({self.bounds[at - 1]})"
                )

    def contains(self, utc: float) -> bool:
        """True if the instant lies in an interval; ends are outside."""
        return self.always or bisect_right(self.bounds, utc) % 2 == 1

    def next_start(self, utc: float) -> int | None:
        """Return the first start after ``utc``, or None if there is none (or ``utc`` is inside)."""
        if self.always:
            return None
        at = bisect_right(self.bounds, utc)
        if at % 2 == 1 or at >= len(self.bounds):
            return None
        return self.bounds[at]

    def end(self, utc: float) -> int | None:
        """Return the end of the interval around ``utc``, or None if there is none."""
        at = bisect_right(self.bounds, utc)
        return self.bounds[at] if at % 2 == 1 else None

    def next_change(self, utc: float) -> int | None:
        """Return the first bound after ``utc``: when ``contains`` will next answer otherwise."""
        at = bisect_right(self.bounds, utc)
        return None if self.always or at >= len(self.bounds) else self.bounds[at]


ALWAYS = Schedule(always=True)
NEVER = Schedule()


def from_intervals(intervals: Iterable[tuple[int, int]]) -> Schedule:
    """Return the schedule that is the union of ``(start, end)`` pairs in any order."""
    merged: list[int] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if merged and start <= merged[-1]:
            merged[-1] = max(merged[-1], end)
        else:
            merged += (start, end)
    return Schedule(tuple(merged))
