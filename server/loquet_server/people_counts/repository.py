"""What the pages of people inside ask the database."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.headcount.reading import Counted, counted
from loquet_server.headcount.repository import HeadcountRepository
from loquet_server.models import CountReset, PeopleCorrection


class PeopleCountRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def counted(
        self, now_ms: int, site: str | None = None, area: str | None = None
    ) -> list[Counted]:
        """Return the people of an area, or of all areas of a site, or of all sites."""
        areas = None if area is None else [area]
        return await self._session.run_sync(counted, now_ms, site, areas)

    async def resets(self, area: str, most: int) -> Sequence[CountReset]:
        """Return what was left over at the latest quiet hours, newest first."""
        return await self._session.run_sync(
            lambda session: HeadcountRepository(session).resets(area, most)
        )

    async def corrections(self, area: str, most: int) -> Sequence[PeopleCorrection]:
        """Return the latest corrections, newest first."""
        return await self._session.run_sync(
            lambda session: HeadcountRepository(session).latest_corrections(area, most)
        )

    def add(self, row: PeopleCorrection) -> None:
        """Keep a correction."""
        self._session.add(row)
