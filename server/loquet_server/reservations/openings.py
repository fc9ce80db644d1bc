"""When a space is open, as its bookings see it."""

from itertools import pairwise

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.models import Site
from loquet_server.policy.rows import Frame
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.policy.timetable import Timetable, midnight
from loquet_server.reservations.resources import Resource
from loquet_server.reservations.rules import DAY_MS, Span
from loquet_server.reservations.times import local


class Openings:
    """The opening hours of a space over some days, with its closures and holidays."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._timetable = Timetable(frame)

    @classmethod
    async def over(cls, session: AsyncSession, site: Site, span: Span) -> "Openings":
        """Return the hours of a site from before a span to after it."""
        first = local(span.start - DAY_MS, site.timezone).date()
        start = midnight(first, zone(site.timezone))
        days = max(span.length, 0) // DAY_MS + 4
        return cls(await SourceRepository(session).frame(site.id, start, days))

    def of(self, resource: Resource) -> list[Span]:
        """Return when a resource's area is open, or the space where it has no area."""
        site = self._frame.site
        opening = next(
            (each.opening for each in self._frame.areas if each.area == resource.area), None
        )
        areas = () if resource.area is None else (resource.area,)
        hours = self._timetable.of(opening or site.opening, areas)
        record = self._timetable.record(hours)
        if record.always:
            return [Span(self._frame.start * 1000, self._timetable.end * 1000)]
        edges = [each * 1000 for each in record.bounds]
        return [Span(*each) for each in list(pairwise(edges))[::2]]
