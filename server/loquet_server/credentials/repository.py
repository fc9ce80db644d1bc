"""Badges."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Credential, Holder


class CredentialRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, holder: str | None, site: str | None, limit: int) -> Sequence[Credential]:
        """Return badges, newest first."""
        query = select(Credential).order_by(Credential.created_at.desc(), Credential.id)
        if holder is not None:
            query = query.where(Credential.holder == holder)
        if site is not None:
            query = query.where(Credential.site == site)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def one(self, credential: str) -> Credential | None:
        """Return one badge."""
        return await self._session.get(Credential, credential)

    async def with_digest(self, digest: str) -> Credential | None:
        """Return the badge of a number, or None."""
        query = select(Credential).where(Credential.digest == digest)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def holder(self, holder: str) -> Holder | None:
        """Return who carries it."""
        return await self._session.get(Holder, holder)

    def add(self, row: Credential) -> None:
        """Store a new badge."""
        self._session.add(row)
