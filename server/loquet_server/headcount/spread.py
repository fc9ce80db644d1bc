"""What can be believed about a count: a probability for each number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

NEGLIGIBLE = 1e-4
"""What is less likely at either end is forgotten."""
Steps = tuple[tuple[int, float], ...]
"""By how much a count changes, and how likely."""


@dataclass(frozen=True, slots=True)
class Spread:
    """``mass[i]`` is how likely ``least + i`` people are; all together 1, and none negative."""

    least: int = 0
    mass: tuple[float, ...] = (1.0,)

    @classmethod
    def at(cls, count: int) -> "Spread":
        """Return certainty."""
        return cls(max(count, 0))

    def moved(self, steps: Steps) -> "Spread":
        """Return what can be believed after one of these steps.

        Nobody leaves an empty room: a step below zero speaks for there having been more.
        """
        first = min(step for step, _ in steps)
        last = max(step for step, _ in steps)
        found = [0.0] * (len(self.mass) + last - first)
        for step, likely in steps:
            for at, mass in enumerate(self.mass, step - first):
                found[at] += likely * mass
        return _whole(self.least + first, found)

    def drifted(self, inward: float, outward: float) -> "Spread":
        """Return what can be believed after a while in which somebody may have come or gone.

        ``inward``, ``outward``: how likely one more, one less; nobody leaves an empty room.
        """
        found = [0.0] * (len(self.mass) + 2)
        for at, mass in enumerate(self.mass):
            going = outward if self.least + at else 0.0
            found[at] += going * mass
            found[at + 1] += (1.0 - inward - going) * mass
            found[at + 2] += inward * mass
        return _whole(self.least - 1, found)

    def at_least(self, count: int, faults: Sequence[float]) -> "Spread":
        """Return what can be believed once ``count`` people are seen.

        ``faults[d - 1]``: how likely it is to see ``d`` too many; beyond the last, the last.
        """
        if self.least >= count:
            return self
        found = [
            mass * (1.0 if at >= count else faults[min(count - at, len(faults)) - 1])
            for at, mass in enumerate(self.mass, self.least)
        ]
        if self.least + len(found) <= count:  # nothing believed reaches it: make room for it
            found += [0.0] * (count - self.least - len(found) + 1)
            found[-1] = max(found) or 1.0
        return _whole(self.least, found)

    def quantile(self, part: float) -> int:
        """Return the number below or at which this part of the belief lies."""
        for at, total in enumerate(accumulate(self.mass), self.least):
            if total >= part - 1e-9:
                return at
        return self.most

    @property
    def most(self) -> int:
        """The largest number that is believed possible."""
        return self.least + len(self.mass) - 1

    @property
    def mean(self) -> float:
        """What is to be expected."""
        return sum(at * mass for at, mass in enumerate(self.mass, self.least))


def _whole(least: int, mass: list[float]) -> Spread:
    """Return a spread without negative numbers and negligible ends, whose parts make 1."""
    if least < 0:
        mass, least = mass[-least:], 0
    total = sum(mass)
    if total <= 0.0:
        return Spread()
    first, last = 0, len(mass) - 1
    while mass[first] < NEGLIGIBLE * total:
        first += 1
    while mass[last] < NEGLIGIBLE * total:
        last -= 1
    kept = mass[first : last + 1]
    total = sum(kept)
    return Spread(least + first, tuple(each / total for each in kept))
