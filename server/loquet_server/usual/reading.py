"""What is usual for this hour: the same weekday and hour of the last eight weeks."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS, instant, zone
from loquet_server.models import PeopleHour
from loquet_server.usual.hours import together
from loquet_server.usual.repository import UsualRepository

WEEKS: Final = 8
LEAST: Final = 3
"""Samples below which nothing is called usual."""
PERSON_SECONDS: Final = HOUR_MS / 2000
"""Seconds of an hour for which people must have been known, for it to tell of them: half."""


@dataclass(frozen=True, slots=True)
class Range:
    """What mostly was: the middle, and between which quarters it lay."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Usual:
    """How full it usually is at one hour of the week; ``samples`` weeks say so.

    ``desks``: of ``desks_total``, how many are occupied. ``people``: only where it was known for
    every area of which anything was known; mostly None.
    """

    samples: int
    desks_total: int
    desks: Range | None
    people: Range | None = None

    @property
    def part(self) -> float | None:
        """The part of the desks that is usually taken, 0 to 1."""
        if self.desks is None or not self.desks_total:
            return None
        return self.desks.median / self.desks_total


async def usual(
    session: AsyncSession, site: str, at_ms: int, only: Iterable[str] | None = None
) -> Usual | None:
    """Return what is usual for the hour of an instant (UTC ms); None under three samples.

    ``only``: of these areas; by default of all.
    """
    repository = UsualRepository(session)
    row = await repository.site(site)
    chosen = None if only is None else frozenset(only)
    areas = [area for area in await repository.areas(site) if chosen is None or area.id in chosen]
    if row is None or not areas:
        return None
    closures = await repository.closures(site)
    hours = [hour for hour in same_hours(at_ms, row.timezone) if not shut(hour, closures)]
    starts = [int(hour.timestamp() * 1000) for hour in hours]
    if len(starts) < LEAST:
        return None
    found = await repository.hours_at(site, starts, at_ms)
    whole = together(found, [area.id for area in areas])
    told = [whole[each].mean for each in starts if each in whole and whole[each].tells]
    if len(told) < LEAST:
        return None
    counts = await repository.people_at(site, starts)
    people = _people((row for row in counts if chosen is None or row.area in chosen), starts)
    return Usual(
        len(told),
        sum(area.desks for area in areas),
        spread(told),
        spread(people) if len(people) >= LEAST else None,
    )


def same_hours(at_ms: int, timezone: str) -> list[datetime]:
    """Return the starts of the same local hour and weekday in the weeks before, newest first."""
    local = instant(at_ms).astimezone(zone(timezone)).replace(minute=0, second=0, microsecond=0)
    return [local - timedelta(weeks=week) for week in range(1, WEEKS + 1)]


def shut(hour: datetime, closures: Iterable[tuple[str, str]]) -> bool:
    """Return whether the space was closed for once in a local hour."""
    wall = hour.strftime("%Y-%m-%dT%H:%M")
    return any(starts <= wall < ends for starts, ends in closures)


def spread(values: Sequence[float]) -> Range:
    """Return the middle of at least two values, and their quarters."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Range(middle, low, high)


def _people(rows: Iterable[PeopleHour], starts: Sequence[int]) -> list[float]:
    """Return how many people were inside on average, at those of these hours that tell."""
    found: dict[int, list[PeopleHour]] = {each: [] for each in starts}
    for row in rows:
        if row.hour_utc in found and row.known_seconds:
            found[row.hour_utc].append(row)
    return [
        sum(row.people_seconds / row.known_seconds for row in hour)
        for hour in found.values()
        if hour and all(row.known_seconds >= PERSON_SECONDS for row in hour)
    ]
