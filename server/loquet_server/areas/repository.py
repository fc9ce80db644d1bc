"""Areas, and what stands in their way."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.policy import AntiPassback
from loquet_server.models import (
    AccessPoint,
    Area,
    CalendarEntry,
    Desk,
    Door,
    ExtraWindow,
    Plan,
    Rule,
    Schedule,
    Site,
)


class AreaRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None = None, after: str = "", rows: int = 1000
    ) -> Sequence[Area]:
        """Return areas by id."""
        query = select(Area).where(Area.id > after).order_by(Area.id).limit(rows)
        if site is not None:
            query = query.where(Area.site == site)
        return (await self._session.execute(query)).scalars().all()

    async def ranked(self, site: str) -> Sequence[Area]:
        """Return a site's areas in the order in which people think of them."""
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        return (await self._session.execute(query)).scalars().all()

    async def one(self, area: str) -> Area | None:
        """Return an area."""
        return await self._session.get(Area, area)

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def schedules(self, site: str) -> Sequence[Schedule]:
        """Return a site's schedules by name."""
        query = select(Schedule).where(Schedule.site == site).order_by(Schedule.name, Schedule.id)
        return (await self._session.execute(query)).scalars().all()

    async def doors(self, area: str) -> Sequence[tuple[Door, AccessPoint]]:
        """Return the ways into an area and out of it, with their doors."""
        query = (
            select(Door, AccessPoint)
            .join(AccessPoint, AccessPoint.door == Door.id)
            .where(or_(AccessPoint.area_to == area, AccessPoint.area_from == area))
            .order_by(Door.rank, Door.id, AccessPoint.id)
        )
        return [(row.Door, row.AccessPoint) for row in (await self._session.execute(query)).all()]

    async def entered(self, site: str) -> set[str]:
        """Return the areas of a site that a door leads into."""
        query = (
            select(AccessPoint.area_to)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site, AccessPoint.exit.is_(False))
        )
        return set((await self._session.execute(query)).scalars())

    async def hard(self, area: str) -> Sequence[str]:
        """Return the access points into an area that are set to hard anti-passback."""
        query = select(AccessPoint.id).where(
            AccessPoint.area_to == area, AccessPoint.anti_passback == AntiPassback.HARD.value
        )
        return (await self._session.execute(query)).scalars().all()

    async def users(self, area: Area) -> list[str]:
        """Return what an area cannot be deleted for, by name."""
        found = [door.name for door, _ in await self.doors(area.id)]
        for query in (
            select(Desk.name).where(Desk.area == area.id),
            select(CalendarEntry.name).where(CalendarEntry.area == area.id),
            select(ExtraWindow.id).where(ExtraWindow.area == area.id).limit(3),
        ):
            found += (await self._session.execute(query)).scalars().all()
        rules = select(Rule.areas, Plan.name_en).join(Plan).where(Plan.site == area.site)
        for areas, name in (await self._session.execute(rules)).all():
            if area.id in areas:
                found.append(name)
        return sorted(set(found))

    def add(self, row: Area) -> None:
        """Store a new area."""
        self._session.add(row)

    async def delete(self, row: Area) -> None:
        """Forget an area."""
        await self._session.delete(row)
