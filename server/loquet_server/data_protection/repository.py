"""Which features a space uses, as the notice and the register say it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Area,
    Base,
    Desk,
    Door,
    Holder,
    Operator,
    PassAccount,
    Site,
)


@dataclass(frozen=True, slots=True)
class Features:
    """What a space uses: numbers of each."""

    members: int
    doors: int
    desks: int
    exit_sensing: int
    passes: int
    bookings: int
    member_pages: int
    hooks: int
    operators: int


class DataProtectionRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def features(self, site: str) -> Features:
        """Return what a space uses."""
        sensed = select(Desk.id).where(Desk.site == site, Desk.unit.is_not(None))
        leaving = select(Area.id).where(Area.site == site, Area.exit_sensing.is_(True))
        living = select(Holder.id).where(Holder.site == site, Holder.archived_at.is_(None))
        return Features(
            members=await self._count(living),
            doors=await self._count(select(Door.id).where(Door.site == site)),
            desks=await self._count(sensed),
            exit_sensing=await self._count(leaving),
            passes=await self._count(select(PassAccount.id).where(PassAccount.site == site)),
            bookings=await self._rows("bookings", site),
            member_pages=await self._rows("member_links", None),
            hooks=await self._rows("hooks", site),
            operators=await self._count(
                select(Operator.id).where(
                    Operator.disabled_at.is_(None),
                    Operator.site.is_(None) | (Operator.site == site),
                )
            ),
        )

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def _rows(self, name: str, site: str | None) -> int:
        table = Base.metadata.tables.get(name)
        if table is None:
            return 0
        query = select(next(iter(table.primary_key.columns)))
        return await self._count(query if site is None else query.where(table.c.site == site))

    async def _count(self, query: object) -> int:
        inner = query.limit(10_000).subquery()  # type: ignore[attr-defined]
        found = await self._session.execute(select(func.count()).select_from(inner))
        return int(found.scalar_one())
