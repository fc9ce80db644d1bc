"""Areas, and what stands in their way."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
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
)


@dataclass(frozen=True, slots=True)
class Uses:
    """What an area cannot be deleted for: names, plans in both languages, guests' visits."""

    names: tuple[str, ...]
    plans: tuple[tuple[str, str], ...]
    visits: int

    def __bool__(self) -> bool:
        return bool(self.names or self.plans or self.visits)


class AreaRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str | None, after: str, rows: int) -> Sequence[Area]:
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

    async def uses(self, area: Area) -> Uses:
        """Return what is in an area, leads to it, or lets people in."""
        names = {door.name for door, _ in await self.doors(area.id)}
        for query in (
            select(Desk.name).where(Desk.area == area.id),
            select(CalendarEntry.name).where(CalendarEntry.area == area.id),
        ):
            names.update((await self._session.execute(query)).scalars())
        visits = select(func.count()).where(ExtraWindow.area == area.id)
        rules = select(Rule.areas, Plan.name_fr, Plan.name_en).join(Plan)
        rows = (await self._session.execute(rules.where(Plan.site == area.site))).all()
        plans = {(row.name_fr, row.name_en) for row in rows if area.id in row.areas}
        count = (await self._session.execute(visits)).scalar_one()
        return Uses(tuple(sorted(names)), tuple(sorted(plans)), count)

    def add(self, row: Area) -> None:
        """Store a new area."""
        self._session.add(row)

    async def delete(self, row: Area) -> None:
        """Forget an area."""
        await self._session.delete(row)
