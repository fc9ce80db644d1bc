"""Spaces."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Schedule, Site


class SiteRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str | None, after: str, rows: int) -> Sequence[Site]:
        """Return spaces by id."""
        query = select(Site).where(Site.id > after).order_by(Site.id).limit(rows)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalars().all()

    async def schedule(self, site: str, schedule: str) -> Schedule | None:
        """Return a schedule of a space."""
        query = select(Schedule).where(Schedule.id == schedule, Schedule.site == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def schedules(self, site: str) -> list[tuple[str, str]]:
        """Return ids and names of a space's schedules, by name."""
        query = select(Schedule.id, Schedule.name).where(Schedule.site == site)
        rows = (await self._session.execute(query.order_by(Schedule.name, Schedule.id))).all()
        return [(row.id, row.name) for row in rows]
