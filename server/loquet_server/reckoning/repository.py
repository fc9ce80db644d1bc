"""Queries about what the server knows of the time."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Audit, ClockReckoning, DesiredState, Incident, PolicySite, Unit

THE_ONE = 1
"""There is one row: all processes of a server share its clock."""


class ReckoningRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def row(self) -> ClockReckoning | None:
        return await self._session.get(ClockReckoning, THE_ONE)

    def add(self, sure_ms: int) -> ClockReckoning:
        row = ClockReckoning(id=THE_ONE, sure_at=sure_ms)
        self._session.add(row)
        return row

    async def written(self) -> int:
        """Return the newest time that this server has written and signed, 0 for a new one."""
        last = select(Audit.at).order_by(Audit.id.desc()).limit(1).scalar_subquery()
        found = await self._session.execute(
            select(
                select(func.max(PolicySite.compiled_at)).scalar_subquery(),
                select(func.max(DesiredState.created_at)).scalar_subquery(),
                last,
            )
        )
        return max((each or 0 for each in found.one()), default=0)

    async def is_open(self, kind: str) -> bool:
        """Return whether the server has an open incident of a kind: a person may have closed it."""
        query = select(Incident.id).where(
            Incident.unit.is_(None), Incident.kind == kind, Incident.ended_at.is_(None)
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def units(self) -> int:
        """Return how many units there are that were not shut out."""
        query = select(func.count()).select_from(Unit).where(Unit.revoked_at.is_(None))
        return int(await self._session.scalar(query) or 0)
