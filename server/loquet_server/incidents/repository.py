"""Incidents."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Incident


class IncidentRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None, open_only: bool, limit: int, after: int | None = None
    ) -> Sequence[Incident]:
        """Return incidents, last seen first; those of no site belong to every site."""
        query = select(Incident).order_by(Incident.last_at.desc(), Incident.id.desc())
        if site is not None:
            query = query.where((Incident.site == site) | Incident.site.is_(None))
        if open_only:
            query = query.where(Incident.ended_at.is_(None))
        last = None if after is None else await self.one(after)
        if last is not None:
            query = query.where(
                (Incident.last_at < last.last_at)
                | ((Incident.last_at == last.last_at) & (Incident.id < last.id))
            )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def one(self, incident: int) -> Incident | None:
        """Return one incident."""
        return await self._session.get(Incident, incident)
