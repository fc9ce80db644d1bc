"""A period of a space, gathered: its week's shape, its numbers, its desks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.models import Site
from loquet_server.occupancy.figures import Figures, People, add_up, figures
from loquet_server.occupancy.heat import Heat, heat
from loquet_server.occupancy.periods import Period
from loquet_server.occupancy.repository import BookingCounts, DeskUse, OccupancyRepository
from loquet_server.usual.hours import Filled, Key, together
from loquet_server.usual.openings import Openings, openings
from loquet_server.usual.repository import AreaSize, UsualRepository


@dataclass(frozen=True, slots=True)
class Visible:
    """Which areas are shown by themselves, and which together, so that nobody stands alone.

    An area with fewer desks than a group is hidden; and it is left out of the whole as well, else
    one could subtract the others from it, unless the hidden ones make a group together.
    """

    shown: tuple[AreaSize, ...]
    whole: tuple[AreaSize, ...]
    hidden: tuple[AreaSize, ...]

    @property
    def left_out(self) -> tuple[AreaSize, ...]:
        """The areas that are in no figure at all."""
        return tuple(area for area in self.hidden if area not in self.whole)


def visible(areas: Sequence[AreaSize], group: int) -> Visible:
    """Return what may be shown of areas, where fewer than ``group`` desks are never alone."""
    shown = tuple(area for area in areas if area.desks >= group)
    hidden = tuple(area for area in areas if area.desks < group)
    whole = tuple(areas) if sum(area.desks for area in hidden) >= group else shown
    return Visible(shown, whole, hidden)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: some areas of a site, as one."""

    site: Site
    areas: tuple[AreaSize, ...]
    whole: bool

    @property
    def ids(self) -> list[str]:
        """The areas' ids."""
        return [area.id for area in self.areas]

    @property
    def desks(self) -> int:
        """How many desks they have."""
        return sum(area.desks for area in self.areas)


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """One area beside the others."""

    area: AreaSize
    figures: Figures
    people: People | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One period of a scope."""

    period: Period
    figures: Figures
    hours: Mapping[Key, Filled]
    whole: Mapping[int, Filled]
    """The hours of all its areas as one."""
    opened: Openings
    bookings: list[BookingCounts] = field(default_factory=list)
    areas: tuple[AreaFigures, ...] = ()
    desks: tuple[DeskUse, ...] = ()


class OccupancyService:
    """Gathers through one session."""

    def __init__(self, session: AsyncSession, now_ms: int) -> None:
        self._session = session
        self._now = now_ms
        self._usual = UsualRepository(session)
        self._repository = OccupancyRepository(session)

    async def stretch(self, scope: Scope, period: Period) -> Stretch:
        """Return a period: what of it lies ahead is not known."""
        site = scope.site
        span = period.span(site.timezone)
        hours = await self._usual.hours(site.id, *span, self._now)
        opened = await openings(self._session, site, span[0] // 1000, period.days)
        counts = None
        if scope.whole:
            days = await self._repository.days(site.id, *_iso(period))
            counts = add_up((row.visits, row.half_days, row.entries) for row in days)
        end = min(span[1], self._now) if self._now > span[0] else span[1]
        seen = (span[0], end)
        clock, one = zone(site.timezone), together(hours, scope.ids)
        summed = await asyncio.to_thread(figures, one, opened, seen, clock, scope.desks, counts)
        return Stretch(period, summed, hours, one, opened)

    async def shape(self, scope: Scope, found: Stretch) -> Heat:
        """Return the week's shape of a period."""
        start, end = found.period.span(scope.site.timezone)
        seen = (start, min(end, self._now) if self._now > start else end)
        clock = zone(scope.site.timezone)
        return await asyncio.to_thread(heat, found.whole, found.opened, seen, clock, scope.desks)

    async def whole(self, scope: Scope, period: Period) -> Stretch:
        """Return a period with its areas, its desks, and what became of its bookings."""
        found = await self.stretch(scope, period)
        site, clock = scope.site, zone(scope.site.timezone)
        span = period.span(site.timezone)
        seen = (span[0], min(span[1], self._now))
        counts = await self._repository.people(site.id, *seen)
        areas = []
        for area in scope.areas:
            alone = together(found.hours, [area.id])
            numbers = await asyncio.to_thread(figures, alone, found.opened, seen, clock, area.desks)
            areas.append(AreaFigures(area, numbers, counts.get(area.id)))
        desks = await self.desks(scope, period)
        bookings = await self._repository.bookings(site.id, *_iso(period)) if scope.whole else []
        return Stretch(
            period, found.figures, found.hours, found.whole, found.opened, bookings,
            tuple(areas), tuple(desks),
        )  # fmt: skip

    async def desks(self, scope: Scope, period: Period) -> list[DeskUse]:
        """Return how each shared desk was used in a period, the most used first."""
        return await self._repository.desks(scope.site.id, scope.ids, *_iso(period))

    async def since(self, site: str) -> int | None:
        """Return since when anything is known, UTC milliseconds."""
        return await self._usual.first_hour(site)


def _iso(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()
