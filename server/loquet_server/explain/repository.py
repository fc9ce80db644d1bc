"""What was asked, and what was in force then."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import AccessPoint, Credential, Door, Holder, Lockdown, Passage


class ExplainRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def passage(self, passage: int) -> Passage | None:
        """Return one passage."""
        return await self._session.get(Passage, passage)

    async def place(self, access_point: str) -> tuple[str, str | None] | None:
        """Return the door and the unit of an access point."""
        query = (
            select(Door.id, Door.unit)
            .join(AccessPoint, AccessPoint.door == Door.id)
            .where(AccessPoint.id == access_point)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.id, row.unit)

    async def holder(self, holder: str) -> Holder | None:
        """Return one holder."""
        return await self._session.get(Holder, holder)

    async def digests(self, holder: str) -> Sequence[str]:
        """Return what units know a holder's badges by."""
        query = select(Credential.digest).where(Credential.holder == holder)
        return list((await self._session.execute(query.order_by(Credential.id))).scalars())

    async def lockdown(self, door: str, at_ms: int) -> str | None:
        """Return the lockdown that was in force at a door at an instant."""
        query = select(Lockdown.id).where(
            Lockdown.door == door,
            Lockdown.since <= at_ms,
            Lockdown.lifted_at.is_(None) | (Lockdown.lifted_at > at_ms),
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()
