"""Reads hours and days of a site: counts, never who."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

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
        table = DeskHour
        query = select(
            table.area, table.hour_utc, table.occupied_seconds, table.known_seconds, table.peak
        ).where(table.area.in_(sizes), table.hour_utc >= start, table.hour_utc < end)
        counted = {
            (area, hour): Counted(occupied, known, peak)
            for area, hour, occupied, known, peak in (await self._session.execute(query)).all()
        }
        return fill(counted, await self.running(site, now), sizes, start, end, now)

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

    async def people(self, site: str, start: int, end: int) -> dict[Key, PeopleHour]:
        """Return the people hours of a site's areas."""
        query = (
            select(PeopleHour)
            .join(Area, Area.id == PeopleHour.area)
            .where(Area.site == site, PeopleHour.hour_utc >= start, PeopleHour.hour_utc < end)
        )
        rows = (await self._session.execute(query)).scalars()
        return {(row.area, row.hour_utc): row for row in rows}

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
