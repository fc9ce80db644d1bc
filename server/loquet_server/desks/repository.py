"""Desks and their states."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Desk, DeskState


class DeskRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None = None, area: str | None = None
    ) -> Sequence[tuple[Desk, DeskState | None]]:
        """Return desks with their states, by area and rank."""
        query = (
            select(Desk, DeskState)
            .outerjoin(DeskState, DeskState.desk == Desk.id)
            .order_by(Desk.site, Desk.area, Desk.rank, Desk.id)
        )
        if site is not None:
            query = query.where(Desk.site == site)
        if area is not None:
            query = query.where(Desk.area == area)
        rows = (await self._session.execute(query)).all()
        return [(row.Desk, row.DeskState) for row in rows]
