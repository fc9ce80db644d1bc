"""When the space is open, by its hours as they are written today, with its closures."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant, zone
from loquet_server.models import Site
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.timetable.rows import Expansion

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Openings:
    """Opening hours as instants: start, end, start, end ... in UTC seconds.

    ``written`` False: nobody has said when this space is open.
    """

    bounds: tuple[int, ...] = ()
    written: bool = False

    def is_open(self, at: int) -> bool:
        """Return whether it is open at an instant, UTC seconds."""
        return bisect_right(self.bounds, at) % 2 == 1

    def turns(self, at: int) -> int | None:
        """Return when it opens or closes next, UTC seconds; None where that is too far."""
        place = bisect_right(self.bounds, at)
        return self.bounds[place] if place < len(self.bounds) else None

    def spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return when it is open between two instants, UTC seconds."""
        found = []
        for place in range(bisect_right(self.bounds, start) // 2 * 2, len(self.bounds), 2):
            since, until = self.bounds[place : place + 2]
            if since >= end:
                break
            if until > start:
                found.append((max(since, start), min(until, end)))
        return found

    def open_seconds(self, start: int, end: int) -> int:
        """Return for how long it is open between two instants, UTC seconds."""
        return sum(until - since for since, until in self.spans(start, end))

    def by_hour(self, start: int, end: int) -> dict[int, int]:
        """Return the open seconds of each hour, counted from ``start``, that begins before ``end``.

        Hours without any are left out. All in UTC seconds; the last hour is a whole one.
        """
        found: dict[int, int] = {}
        for since, until in self.spans(start, end + (start - end) % _HOUR):
            at = since
            while at < until:
                hour = at - (at - start) % _HOUR
                last = min(until, hour + _HOUR)
                found[hour] = found.get(hour, 0) + last - at
                at = last
        return found


async def openings(session: AsyncSession, site: Site, start: int, days: int) -> Openings:
    """Return when a site is open from ``start`` (UTC seconds) on, for so many local days."""
    today = instant(start * 1000).astimezone(zone(site.timezone)).date()
    timetable = await TimetableRepository(session).of(site, today.isoformat())
    if timetable.opening is None or timetable.opening not in timetable.schedules:
        return Openings()
    expansion = Expansion(timetable, start, days)
    return Openings(await asyncio.to_thread(expansion.schedule, timetable.opening), True)
