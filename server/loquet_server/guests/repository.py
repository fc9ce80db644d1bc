"""Guests' times, and what belongs to them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, Credential, ExtraWindow, Holder

Found = tuple[ExtraWindow, Holder, str]
"""A window with its guest and the name of its area."""


class GuestRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str, limit: int, after: str | None) -> Sequence[ExtraWindow]:
        """Return guests' windows by id, those after ``after``."""
        query = select(ExtraWindow).where(ExtraWindow.site == site, ExtraWindow.source == "guest")
        if after is not None:
            query = query.where(ExtraWindow.id > after)
        query = query.order_by(ExtraWindow.id).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def between(self, site: str, first_ms: int, last_ms: int, limit: int) -> Sequence[Found]:
        """Return windows that touch a time, by their start; of too many the latest."""
        query = (
            select(ExtraWindow, Holder, Area.name)
            .join(Holder, Holder.id == ExtraWindow.holder)
            .join(Area, Area.id == ExtraWindow.area)
            .where(
                ExtraWindow.site == site,
                ExtraWindow.source == "guest",
                ExtraWindow.ends_at >= first_ms,
                ExtraWindow.starts_at < last_ms,
            )
            .order_by(
                ExtraWindow.starts_at.desc(),
                ExtraWindow.holder.desc(),
                Area.rank.desc(),
                ExtraWindow.id.desc(),
            )
            .limit(limit)
        )
        rows = (await self._session.execute(query)).all()
        return [(row[0], row[1], row[2]) for row in reversed(rows)]

    async def window(self, window: str) -> ExtraWindow | None:
        """Return one window."""
        return await self._session.get(ExtraWindow, window)

    async def same_visit(self, window: ExtraWindow) -> Sequence[ExtraWindow]:
        """Return the windows of one visit: the same guest at the same time."""
        query = select(ExtraWindow).where(
            ExtraWindow.holder == window.holder,
            ExtraWindow.starts_at == window.starts_at,
            ExtraWindow.ends_at == window.ends_at,
            ExtraWindow.source == "guest",
            ExtraWindow.cancelled_at.is_(None),
        )
        return list((await self._session.execute(query)).scalars())

    async def badges(self, site: str) -> Sequence[tuple[Credential, Holder]]:
        """Return the badges that guests have now."""
        query = (
            select(Credential, Holder)
            .join(Holder, Holder.id == Credential.holder)
            .where(
                Credential.site == site, Credential.status == "handed_out", Holder.kind == "guest"
            )
            .order_by(Credential.handed_out_at, Credential.id)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def areas(self, site: str) -> Sequence[Area]:
        """Return a site's areas in the order of its pages."""
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        return list((await self._session.execute(query)).scalars())

    async def hosts(self, site: str) -> Sequence[str]:
        """Return names of who may receive guests."""
        query = (
            select(Holder.name)
            .where(Holder.site == site, Holder.archived_at.is_(None), Holder.kind != "guest")
            .order_by(Holder.name)
            .limit(500)
        )
        return list((await self._session.execute(query)).scalars())

    def add(self, row: ExtraWindow | Holder) -> None:
        """Store a new row."""
        self._session.add(row)
