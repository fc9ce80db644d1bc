"""Holders."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Holder, Plan, Site


class HolderRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str | None, limit: int) -> Sequence[Holder]:
        """Return holders by name."""
        query = select(Holder).order_by(Holder.name, Holder.id).limit(limit)
        if site is not None:
            query = query.where(Holder.site == site)
        return list((await self._session.execute(query)).scalars())

    async def one(self, holder: str) -> Holder | None:
        """Return one holder."""
        return await self._session.get(Holder, holder)

    async def fits(self, site: str, plan: str | None) -> bool:
        """True if the site is there, and has that plan."""
        if await self._session.get(Site, site) is None:
            return False
        found = None if plan is None else await self._session.get(Plan, plan)
        return plan is None or (found is not None and found.site == site)

    def add(self, row: Holder) -> None:
        """Store a new holder."""
        self._session.add(row)
