"""Who wants to be seen today, and whether they have come."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, HereToday, Holder, Passage, Site

CAME = ("granted", "taken")
"""Outcomes that say that somebody came: at a door without a contact nobody can say more."""


class BoardRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def quiet_minutes(self, site: str) -> list[int]:
        """Return the quiet hours of a site's areas, minutes after midnight."""
        query = select(Area.reset_at).where(Area.site == site, Area.reset_at.is_not(None))
        return sorted({each for each in (await self._session.execute(query)).scalars() if each})

    async def one(self, holder: str) -> HereToday | None:
        """Return a member's wish to be seen."""
        return await self._session.get(HereToday, holder)

    def add(self, row: HereToday) -> None:
        """Keep a wish."""
        self._session.add(row)

    async def remove(self, holder: str) -> None:
        """Forget a member's wish."""
        await self._session.execute(delete(HereToday).where(HereToday.holder == holder))

    async def forget(self, now_ms: int) -> None:
        """Forget the wishes of days that are over."""
        await self._session.execute(delete(HereToday).where(HereToday.until <= now_ms))

    async def here(self, site: str, day: str, now_ms: int) -> Sequence[tuple[HereToday, str]]:
        """Return who has come on this day and wants to be seen, with their names, by name."""
        query = (
            select(HereToday, Holder.name)
            .join(Holder, Holder.id == HereToday.holder)
            .where(
                HereToday.site == site,
                HereToday.until > now_ms,
                Holder.archived_at.is_(None),
                Holder.suspended.is_(False),
                exists().where(
                    Passage.day == day,
                    Passage.site == site,
                    Passage.holder == HereToday.holder,
                    Passage.outcome.in_(CAME),
                ),
            )
            .order_by(func.lower(Holder.name), Holder.id)
        )
        return [(row.HereToday, row.name) for row in (await self._session.execute(query)).all()]

    async def has_come(self, site: str, holder: str, day: str) -> bool:
        """Return whether a member has come in on this day."""
        query = select(
            exists().where(
                Passage.day == day,
                Passage.site == site,
                Passage.holder == holder,
                Passage.outcome.in_(CAME),
            )
        )
        return bool((await self._session.execute(query)).scalar_one())
