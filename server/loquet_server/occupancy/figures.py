"""What a period adds up to, and by how much it differs from another. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from loquet_server.days import HOUR_MS, instant
from loquet_server.usual.hours import Filled
from loquet_server.usual.openings import Openings

MOST_PEAKS: Final = 10
WORTH_SAYING: Final = 0.05
"""A mean below this is nobody."""


@dataclass(frozen=True, slots=True)
class Peak:
    """One of the fullest hours."""

    hour_utc: int
    mean: float
    part: float


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What the days of a period add up to; None where no day was counted."""

    visits: int = 0
    half_days: int = 0
    entries: int = 0
    days: int = 0
    """Days on which anybody came."""


@dataclass(frozen=True, slots=True)
class People:
    """An area's people in a period. ``mean`` and ``peak``: None where exits are not sensed."""

    entries: int
    mean: float | None = None
    peak: int | None = None


def people(entries: int, seconds: int, known: int, peak: int) -> People:
    """Return what hours add up to: the sums of entries and seconds, the highest peak."""
    return People(entries, seconds / known, peak) if known else People(entries)


@dataclass(frozen=True, slots=True)
class Figures:
    """A period in numbers.

    ``part``: of the desks, while it was open (at any time, where no hours are written).
    ``coverage``: for which part of that time it is known. None: nothing is known.
    """

    desk_hours: float
    part: float | None
    coverage: float
    top: tuple[Peak, ...]
    weekday: int | None
    """The fullest, 0 Monday to 6."""
    counts: DayCounts | None = None

    @property
    def peak(self) -> Peak | None:
        """The fullest hour."""
        return self.top[0] if self.top else None


def figures(
    hours: Mapping[int, Filled], opened: Openings, span: tuple[int, int], zone: tzinfo, desks: int,
    counts: DayCounts | None = None,
) -> Figures:  # fmt: skip
    """Return the numbers of a span, UTC milliseconds."""
    within = {at: each for at, each in hours.items() if span[0] <= at < span[1]}
    occupied = known = total = 0.0
    open_hours = _open_hours(opened, span)
    for at, each in within.items():
        if at in open_hours:
            occupied += each.occupied
            known += each.known
    total = len(open_hours) * desks * HOUR_MS / 1000
    return Figures(
        sum(each.occupied for each in within.values()) / 3600,
        min(occupied / known, 1.0) if known else None,
        min(known / total, 1.0) if total else 0.0,
        peaks(within),
        fullest_weekday(within, zone),
        counts,
    )


def peaks(hours: Mapping[int, Filled]) -> tuple[Peak, ...]:
    """Return the ten fullest hours, the fullest first, of two alike the later."""
    found = [
        Peak(at, mean, each.part)
        for at, each in hours.items()
        if (mean := each.mean) >= WORTH_SAYING and each.tells
    ]
    found.sort(key=lambda peak: (-round(peak.mean, 3), -peak.hour_utc))
    return tuple(found[:MOST_PEAKS])


def fullest_weekday(hours: Mapping[int, Filled], zone: tzinfo) -> int | None:
    """Return the weekday with the most desk time a day; None where nobody was there."""
    seconds = [0.0] * 7
    days: list[set[int]] = [set() for _ in range(7)]
    for at, each in hours.items():
        day = instant(at).astimezone(zone).toordinal()
        weekday = (day - 1) % 7  # the first day of all was a Monday
        seconds[weekday] += each.occupied
        days[weekday].add(day)
    means = [total / len(some) if some else 0.0 for total, some in zip(seconds, days, strict=True)]
    best = max(means)
    return means.index(best) if best > 0 else None


def change(now: float | None, before: float | None) -> float | None:
    """Return by which part a number has grown; None where that says nothing."""
    if now is None or not before:
        return None
    return (now - before) / before


def add_up(rows: Iterable[tuple[int, int, int]]) -> DayCounts | None:
    """Return the sum of days (visits, half-days, entries); None for no days."""
    found = list(rows)
    if not found:
        return None
    visits, halves, entries = (sum(column) for column in zip(*found, strict=True))
    return DayCounts(visits, halves, entries, sum(row[0] > 0 for row in found))


def _open_hours(opened: Openings, span: tuple[int, int]) -> Collection[int]:
    """Return the whole clock hours with an open moment, or all where no hours are written."""
    hours = range(span[0] - span[0] % HOUR_MS, span[1], HOUR_MS)
    if not opened.written:
        return hours
    return {at * 1000 for at in opened.by_hour(hours.start // 1000, -(-hours.stop // 1000))}
