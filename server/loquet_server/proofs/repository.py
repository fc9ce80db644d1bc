"""Proofs of doors, looks at units, and what both are about."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Door, DoorProof, DoorWiring, Unit, UnitExam, UnitState

MOST = 20
"""Proofs of one door that a page shows."""


class ProofRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def units(self, site: str | None, unit: str | None = None) -> list[
        tuple[Unit, UnitState | None, UnitExam | None]
    ]:  # fmt: skip
        """Return units of a site, what each said last and what it found of itself."""
        query = (
            select(Unit, UnitState, UnitExam)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .outerjoin(UnitExam, UnitExam.unit == Unit.id)
            .where(Unit.revoked_at.is_(None))
            .order_by(Unit.name, Unit.id)
        )
        if site is not None:
            query = query.where(Unit.site == site)
        if unit is not None:
            query = query.where(Unit.id == unit)
        rows = (await self._session.execute(query)).all()
        return [(row.Unit, row.UnitState, row.UnitExam) for row in rows]

    async def doors(self, units: Sequence[str]) -> list[Door]:
        """Return the doors that hang on these units."""
        query = select(Door).where(Door.unit.in_(units)).order_by(Door.rank, Door.name, Door.id)
        return list((await self._session.execute(query)).scalars())

    async def door(self, door: str) -> Door | None:
        """Return a door."""
        return await self._session.get(Door, door)

    async def wirings(self, doors: Sequence[str]) -> dict[str, DoorWiring]:
        """Return how doors are wired now, by door."""
        query = select(DoorWiring).where(DoorWiring.door.in_(doors))
        return {row.door: row for row in (await self._session.execute(query)).scalars()}

    async def proofs(self, doors: Sequence[str]) -> list[DoorProof]:
        """Return all proofs of doors, the newest first, a bounded number."""
        query = (
            select(DoorProof)
            .where(DoorProof.door.in_(doors))
            .order_by(DoorProof.began_at.desc(), DoorProof.id)
            .limit(MOST * max(1, len(doors)))
        )
        return list((await self._session.execute(query)).scalars())

    async def proof(self, proof: str) -> DoorProof | None:
        """Return one proof."""
        return await self._session.get(DoorProof, proof)

    async def unit(self, unit: str) -> Unit | None:
        """Return one unit."""
        return await self._session.get(Unit, unit)
