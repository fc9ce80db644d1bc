"""Units, their states, and what they should enforce."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Journal, Policy, Unit, UnitState


class UnitRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None = None, unit: str | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return ``(Unit, UnitState | None, current policy version, acknowledged)``."""
        current = select(func.max(Policy.version)).where(Policy.unit == Unit.id).scalar_subquery()
        acked = select(Journal.acked).where(Journal.id == UnitState.journal).scalar_subquery()
        query = (
            select(Unit, UnitState, current.label("current"), acked.label("acked"))
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .order_by(Unit.site, Unit.id)
        )
        if site is not None:
            query = query.where(Unit.site == site)
        if unit is not None:
            query = query.where(Unit.id == unit)
        return list((await self._session.execute(query)).all())

    async def with_state(self, unit: str) -> tuple[Unit, UnitState | None] | None:
        """Return an enrolled unit and what it said last, or None."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.id == unit, Unit.public_key.is_not(None))
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Unit, row.UnitState)

    async def broker_users(self) -> Sequence[tuple[str, str, str]]:
        """Return ``(site, unit, password hash)`` of all units that may come to the broker."""
        query = select(Unit.site, Unit.id, Unit.broker_password_hash).where(
            Unit.broker_password_hash.is_not(None), Unit.revoked_at.is_(None)
        )
        rows = (await self._session.execute(query)).all()
        return [(site, unit, found or "") for site, unit, found in rows]
