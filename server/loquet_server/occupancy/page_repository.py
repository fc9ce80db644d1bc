"""Queries of the occupancy page: identity-free hours of each area."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, Desk, DeskHour, DeskState, Site, UnitState


@dataclass(frozen=True, slots=True)
class AreaHours:
    """One area's hours of a day; ``since`` are the starts of what is occupied now."""

    id: str
    name: str
    desks: int
    hours: dict[int, DeskHour]
    since: list[int]


class OccupancyPageRepository:
    """Reads the hours of all areas that have desks."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str | None = None) -> Site | None:
        """Return a site, or the first, or None."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def areas(self, site: str, start: int, end: int) -> list[AreaHours]:
        """Return areas with desks and their hours from ``start`` to ``end``, UTC milliseconds."""
        query = (
            select(Area.id, Area.name, func.count(Desk.id).label("desks"))
            .join(Desk, Desk.area == Area.id)
            .where(Area.site == site)
            .group_by(Area.id, Area.name, Area.rank)
            .order_by(Area.rank, Area.name)
        )
        rows = (await self._session.execute(query)).all()
        hours, since = await self._hours(start, end), await self._since(site)
        return [
            AreaHours(row.id, row.name, row.desks, hours.get(row.id, {}), since.get(row.id, []))
            for row in rows
        ]

    async def _hours(self, start: int, end: int) -> dict[str, dict[int, DeskHour]]:
        query = select(DeskHour).where(DeskHour.hour_utc >= start, DeskHour.hour_utc < end)
        found: dict[str, dict[int, DeskHour]] = {}
        for row in (await self._session.execute(query)).scalars():
            found.setdefault(row.area, {})[row.hour_utc] = row
        return found

    async def _since(self, site: str) -> dict[str, list[int]]:
        query = (
            select(Desk.area, DeskState.since)
            .join(DeskState, DeskState.desk == Desk.id)
            .join(UnitState, UnitState.unit == Desk.unit)
            .where(Desk.site == site, DeskState.state == "occupied", DeskState.since > 0)
            .where(UnitState.online.is_(True))  # of others nobody knows whether it still is
        )
        found: dict[str, list[int]] = {}
        for row in (await self._session.execute(query)).all():
            found.setdefault(row.area, []).append(row.since)
        return found
