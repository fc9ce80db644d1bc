"""Reads hours and days of a site: counts, never who."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS
from loquet_server.models import (
    Area,
    CalendarEntry,
    Desk,
    DeskHour,
    DeskState,
    PeopleHour,
    Site,
    UnitState,
)
from loquet_server.usual.hours import Counted, Filled, Key, Running, fill

_KNOWN = ("free", "occupied", "away", "reserved")


@dataclass(frozen=True, slots=True)
class AreaSize:
    """An area and how many desks it has."""

    id: str
    name: str
    desks: int


class UsualRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str | None) -> Site | None:
        """Return this site, or the first if none is named."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def areas(self, site: str) -> list[AreaSize]:
        """Return the areas that have desks."""
        query = (
            select(Area.id, Area.name, func.count(Desk.id).label("desks"))
            .join(Desk, Desk.area == Area.id)
            .where(Area.site == site)
            .group_by(Area.id, Area.name, Area.rank)
            .order_by(Area.rank, Area.name)
        )
        rows = (await self._session.execute(query)).all()
        return [AreaSize(row.id, row.name, row.desks) for row in rows]

    async def hours(self, site: str, start: int, end: int, now: int) -> dict[Key, Filled]:
        """Return the desk hours of a site from ``start`` to ``end``, UTC milliseconds."""
        sizes = {area.id: area.desks for area in await self.areas(site)}
        counted = await self._counted(sizes, DeskHour.hour_utc >= start, DeskHour.hour_utc < end)
        return fill(counted, await self.running(site, now), sizes, start, end, now)

    async def hours_at(self, site: str, starts: Sequence[int], now: int) -> dict[Key, Filled]:
        """Return what ``hours`` from the first to the last of these would say, but these alone.

        An area that says something at any hour between them, but nothing at one of these, is
        unknown then.
        """
        sizes = {area.id: area.desks for area in await self.areas(site)}
        start, end = min(starts), max(starts) + HOUR_MS
        counted = await self._counted(sizes, DeskHour.hour_utc.in_(starts))
        found = fill(counted, await self.running(site, now), sizes, start, end, now)
        told = await self._told(sizes, start, end) | {area for area, _ in found}
        return {
            (area, hour): found.get((area, hour)) or Filled(sizes[area])
            for area in sizes
            if area in told
            for hour in starts
        }

    async def _counted(
        self, areas: Collection[str], *which: ColumnElement[bool]
    ) -> dict[Key, Counted]:
        table = DeskHour
        query = select(
            table.area, table.hour_utc, table.occupied_seconds, table.known_seconds, table.peak
        ).where(table.area.in_(areas), *which)
        return {
            (area, hour): Counted(occupied, known, peak)
            for area, hour, occupied, known, peak in (await self._session.execute(query)).all()
        }

    async def _told(self, areas: Collection[str], start: int, end: int) -> set[str]:
        """Return which of these areas have any hour counted between two instants."""
        within = exists().where(
            DeskHour.area == Area.id, DeskHour.hour_utc >= start, DeskHour.hour_utc < end
        )
        query = select(Area.id).where(Area.id.in_(areas), within)
        return set((await self._session.execute(query)).scalars())

    async def running(self, site: str, now: int) -> list[Running]:
        """Return the desks whose state is known and lasts; of a unit that is away, until it went.

        Whether somebody who sat there then still does, nobody knows.
        """
        query = (
            select(Desk.area, DeskState.state, DeskState.since, UnitState.online, UnitState.seen_at)
            .join(DeskState, DeskState.desk == Desk.id)
            .join(UnitState, UnitState.unit == Desk.unit)
            .where(Desk.site == site, DeskState.state.in_(_KNOWN), DeskState.since > 0)
        )
        return [
            Running(
                row.area, row.state == "occupied", row.since,
                now if row.online else row.seen_at or row.since,
            )
            for row in (await self._session.execute(query)).all()
        ]  # fmt: skip

    async def people_at(self, site: str, starts: Sequence[int]) -> list[PeopleHour]:
        """Return the people hours of a site's areas that begin at these, UTC milliseconds."""
        query = (
            select(PeopleHour)
            .join(Area, Area.id == PeopleHour.area)
            .where(Area.site == site, PeopleHour.hour_utc.in_(starts))
        )
        return list((await self._session.execute(query)).scalars())

    async def closures(self, site: str) -> list[tuple[str, str]]:
        """Return start and end of the whole space's closures, as local wall-clock times."""
        query = select(CalendarEntry.starts, CalendarEntry.ends).where(
            CalendarEntry.site == site, CalendarEntry.kind == "closure",
            CalendarEntry.area.is_(None),
        )  # fmt: skip
        rows = (await self._session.execute(query)).all()
        return [(row.starts, row.ends) for row in rows]

    async def first_hour(self, site: str) -> int | None:
        """Return the first hour that anything is known of, UTC milliseconds."""
        query = (
            select(func.min(DeskHour.hour_utc))
            .join(Area, Area.id == DeskHour.area)
            .where(Area.site == site)
        )
        return (await self._session.execute(query)).scalar_one_or_none()
