"""Doors, their states and their lockdowns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Door, DoorState, Lockdown, Unit, UnitState


class DoorRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

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

    def add(self, row: Lockdown) -> None:
        """Store a new lockdown."""
        self._session.add(row)
