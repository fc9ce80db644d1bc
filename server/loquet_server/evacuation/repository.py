"""What the evacuation list asks the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.headcount.reading import Counted, counted
from loquet_server.headcount.repository import HeadcountRepository
from loquet_server.models import Area, EvacuationPlan, ExtraWindow, Holder

MINUTE = 60_000


class EvacuationRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def counted(self, now_ms: int, site: str) -> list[Counted]:
        """Return the people of all areas of a site, by rank."""
        return await self._session.run_sync(counted, now_ms, site)

    async def passages(self, site: str, start: int, now_ms: int) -> Sequence[Any]:
        """Return who went where since ``start``, as ``HeadcountRepository.passages``."""

        def read(session: Any) -> Sequence[Any]:
            repository = HeadcountRepository(session)
            targets = {way.area_to for way in repository.ways([site])}
            return repository.passages(site, targets, start, now_ms)

        return await self._session.run_sync(read)

    async def holders(self, ids: Iterable[str]) -> dict[str, Holder]:
        """Return these people."""
        query = select(Holder).where(Holder.id.in_(list(ids)))
        return {row.id: row for row in (await self._session.execute(query)).scalars()}

    async def visits(self, site: str, now_ms: int) -> Sequence[tuple[ExtraWindow, Holder, str]]:
        """Return the guests who are announced for now, with the area that they visit."""
        lead = ExtraWindow.starts_at - ExtraWindow.lead_minutes * MINUTE
        lag = ExtraWindow.ends_at + ExtraWindow.lag_minutes * MINUTE
        query = (
            select(ExtraWindow, Holder, Area.name)
            .join(Holder, Holder.id == ExtraWindow.holder)
            .join(Area, Area.id == ExtraWindow.area)
            .where(
                ExtraWindow.site == site, ExtraWindow.source == "guest",
                ExtraWindow.cancelled_at.is_(None), lead <= now_ms, lag >= now_ms,
            )
            .order_by(ExtraWindow.starts_at, ExtraWindow.id)
        )  # fmt: skip
        return [(row[0], row[1], row[2]) for row in (await self._session.execute(query)).all()]

    async def plan(self, site: str) -> EvacuationPlan | None:
        """Return where a site's people meet, if anybody said."""
        return await self._session.get(EvacuationPlan, site)

    def add(self, row: EvacuationPlan) -> None:
        """Keep a plan."""
        self._session.add(row)
