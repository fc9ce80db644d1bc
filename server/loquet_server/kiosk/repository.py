"""Screens, and what they show."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, CalendarEntry, Screen, Site


class KioskRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def screens(self, site: str) -> Sequence[Screen]:
        """Return a site's screens, those that count first, newest first."""
        query = select(Screen).where(Screen.site == site)
        order = (Screen.revoked_at.is_not(None), Screen.created_at.desc(), Screen.id)
        return list((await self._session.execute(query.order_by(*order))).scalars())

    async def one(self, screen: str) -> Screen | None:
        """Return one screen."""
        return await self._session.get(Screen, screen)

    async def by_digest(self, digest: str) -> Screen | None:
        """Return the screen whose secret has this digest."""
        query = select(Screen).where(Screen.digest == digest)
        return (await self._session.execute(query)).scalar_one_or_none()

    def add(self, row: Screen) -> None:
        """Store a new screen."""
        self._session.add(row)

    async def site(self, site: str | None) -> Site | None:
        """Return a site, or the first where none is named."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def areas(self, site: str) -> Sequence[Area]:
        """Return a site's areas."""
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name)
        return list((await self._session.execute(query)).scalars())

    async def entries(self, site: str, now: str, until: str, most: int) -> Sequence[CalendarEntry]:
        """Return what the calendar says of the days to come; local wall-clock times."""
        query = (
            select(CalendarEntry)
            .where(
                CalendarEntry.site == site, CalendarEntry.ends > now, CalendarEntry.starts < until
            )
            .order_by(CalendarEntry.starts, CalendarEntry.id)
            .limit(most)
        )  # fmt: skip
        return list((await self._session.execute(query)).scalars())
