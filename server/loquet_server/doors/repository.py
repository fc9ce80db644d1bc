"""Doors, their states and their lockdowns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    Action,
    Area,
    Audit,
    Door,
    DoorState,
    Lockdown,
    Schedule,
    Unit,
    UnitState,
)


class DoorRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_id(
        self, site: str | None, after: str, rows: int
    ) -> Sequence[tuple[Door, DoorState | None]]:
        """Return doors with their states, by id."""
        query = (
            select(Door, DoorState)
            .outerjoin(DoorState, DoorState.door == Door.id)
            .where(Door.id > after)
            .order_by(Door.id)
            .limit(rows)
        )
        if site is not None:
            query = query.where(Door.site == site)
        found = (await self._session.execute(query)).all()
        return [(row.Door, row.DoorState) for row in found]

    async def all(self, site: str | None = None) -> Sequence[tuple[Door, DoorState | None]]:
        """Return doors with their states, by rank."""
        query = (
            select(Door, DoorState)
            .outerjoin(DoorState, DoorState.door == Door.id)
            .order_by(Door.site, Door.rank, Door.id)
        )
        if site is not None:
            query = query.where(Door.site == site)
        rows = (await self._session.execute(query)).all()
        return [(row.Door, row.DoorState) for row in rows]

    async def one(self, door: str) -> tuple[Door, DoorState | None] | None:
        """Return a door with its state."""
        found = await self._session.get(Door, door)
        return None if found is None else (found, await self._session.get(DoorState, door))

    async def unit_of(self, door: str) -> tuple[Unit, UnitState | None] | None:
        """Return the unit of a door and what it said last."""
        query = (
            select(Unit, UnitState)
            .join(Door, Door.unit == Unit.id)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Door.id == door)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Unit, row.UnitState)

    async def in_force(self, doors: Sequence[str]) -> Sequence[Lockdown]:
        """Return the lockdowns in force at these doors."""
        query = select(Lockdown).where(Lockdown.door.in_(doors), Lockdown.lifted_at.is_(None))
        return list((await self._session.execute(query.order_by(Lockdown.since))).scalars())

    async def lockdowns(self, site: str | None) -> Sequence[Lockdown]:
        """Return all lockdowns in force."""
        query = select(Lockdown).where(Lockdown.lifted_at.is_(None)).order_by(Lockdown.since)
        if site is not None:
            query = query.where(Lockdown.site == site)
        return list((await self._session.execute(query)).scalars())

    async def ways(self, door: str) -> Sequence[AccessPoint]:
        """Return the ways through a door, those in before those out."""
        query = (
            select(AccessPoint)
            .where(AccessPoint.door == door)
            .order_by(AccessPoint.exit, AccessPoint.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def way(self, access_point: str) -> tuple[AccessPoint, Door] | None:
        """Return a way through a door, and the door."""
        query = (
            select(AccessPoint, Door)
            .join(Door, Door.id == AccessPoint.door)
            .where(AccessPoint.id == access_point)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.AccessPoint, row.Door)

    async def all_ways(self, site: str) -> Sequence[AccessPoint]:
        """Return all ways through the doors of a site."""
        query = (
            select(AccessPoint)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site)
            .order_by(AccessPoint.exit, AccessPoint.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def into(self, area: str) -> Sequence[Door]:
        """Return the doors that lead into an area."""
        query = (
            select(Door)
            .join(AccessPoint, AccessPoint.door == Door.id)
            .where(AccessPoint.area_to == area, AccessPoint.exit.is_(False))
            .order_by(Door.rank, Door.id)
        )
        return (await self._session.execute(query)).scalars().unique().all()

    async def area(self, area: str) -> Area | None:
        """Return an area."""
        return await self._session.get(Area, area)

    async def areas(self, site: str) -> Sequence[Area]:
        """Return the areas of a site, by rank."""
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        return (await self._session.execute(query)).scalars().all()

    async def schedules(self, site: str) -> dict[str, str]:
        """Return a site's schedules, id to name, by name."""
        query = select(Schedule.id, Schedule.name).where(Schedule.site == site)
        rows = (await self._session.execute(query.order_by(Schedule.name, Schedule.id))).all()
        return {row.id: row.name for row in rows}

    async def units(self, site: str) -> dict[str, tuple[Unit, UnitState | None]]:
        """Return a site's units and what they said last."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site)
        )
        rows = (await self._session.execute(query)).all()
        return {row.Unit.id: (row.Unit, row.UnitState) for row in rows}

    async def chosen(self, access_points: Sequence[str]) -> dict[str, Audit]:
        """Return who last chose what is asked of badges, by access point."""
        query = (
            select(Audit)
            .where(Audit.action == Action.ASSURANCE_CHOSEN.value, Audit.subject.in_(access_points))
            .order_by(Audit.at, Audit.id)
        )
        return {row.subject: row for row in (await self._session.execute(query)).scalars()}

    def add(self, row: Lockdown) -> None:
        """Store a new lockdown."""
        self._session.add(row)
