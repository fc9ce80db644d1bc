"""Day counts of an organisation: sums by month; who came, when and where is not in them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 3
"""In a month with fewer people than this, not even their number is told."""


@dataclass(frozen=True, slots=True)
class Use:
    """One pass used: whose is only counted, never shown."""

    holder: str
    day: str
    half: bool


@dataclass(frozen=True, slots=True)
class Month:
    """One month's sum. ``people`` None: too few to tell."""

    month: str
    days: float
    people: int | None


def by_month(uses: Iterable[Use]) -> list[Month]:
    """Return sums by month, the latest first."""
    days: dict[str, float] = {}
    people: dict[str, set[str]] = {}
    for use in uses:
        month = use.day[:7]
        days[month] = days.get(month, 0) + (0.5 if use.half else 1)
        people.setdefault(month, set()).add(use.holder)
    return [
        Month(month, days[month], len(who) if len(who) >= FEWEST else None)
        for month, who in sorted(people.items(), reverse=True)
    ]
