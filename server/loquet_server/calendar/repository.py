"""Calendar entries, and what they refer to."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, CalendarEntry, Plan


class CalendarRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str | None, after: str, rows: int) -> Sequence[CalendarEntry]:
        """Return entries by id."""
        query = (
            select(CalendarEntry)
            .where(CalendarEntry.id > after)
            .order_by(CalendarEntry.id)
            .limit(rows)
        )
        if site is not None:
            query = query.where(CalendarEntry.site == site)
        return (await self._session.execute(query)).scalars().all()

    async def dated(self, site: str) -> Sequence[CalendarEntry]:
        """Return a site's entries by date."""
        query = (
            select(CalendarEntry)
            .where(CalendarEntry.site == site)
            .order_by(CalendarEntry.starts, CalendarEntry.ends, CalendarEntry.id)
        )
        return (await self._session.execute(query)).scalars().all()

    async def overlapping(
        self, site: str, starts: str, ends: str, but: str | None
    ) -> Sequence[CalendarEntry]:
        """Return a site's entries that share time with this one."""
        query = (
            select(CalendarEntry)
            .where(
                CalendarEntry.site == site,
                CalendarEntry.starts < ends,
                CalendarEntry.ends > starts,
            )
            .order_by(CalendarEntry.starts, CalendarEntry.id)
        )
        if but is not None:
            query = query.where(CalendarEntry.id != but)
        return (await self._session.execute(query)).scalars().all()

    async def one(self, entry: str) -> CalendarEntry | None:
        """Return an entry."""
        return await self._session.get(CalendarEntry, entry)

    async def areas(self, site: str) -> dict[str, str]:
        """Return a site's areas, id to name, by rank."""
        query = select(Area.id, Area.name).where(Area.site == site).order_by(Area.rank, Area.id)
        return {row.id: row.name for row in (await self._session.execute(query)).all()}

    async def plans(self, site: str) -> Sequence[Plan]:
        """Return a site's plans by name, archived ones too: an event may still name them."""
        query = select(Plan).where(Plan.site == site).order_by(Plan.name_fr, Plan.id)
        return (await self._session.execute(query)).scalars().all()

    def add(self, row: CalendarEntry) -> None:
        """Store a new entry."""
        self._session.add(row)

    async def delete(self, row: CalendarEntry) -> None:
        """Forget an entry."""
        await self._session.delete(row)
