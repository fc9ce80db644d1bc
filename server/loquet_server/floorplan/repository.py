"""Floors as they are kept."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Floor, FloorImage


class FloorRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_site(self, site: str | None) -> Sequence[Floor]:
        """Return a site's floors (None: all) in the order in which people think of them."""
        query = select(Floor).order_by(Floor.site, Floor.rank, Floor.name, Floor.id)
        if site is not None:
            query = query.where(Floor.site == site)
        return (await self._session.execute(query)).scalars().all()

    async def one(self, floor: str, *, locked: bool = False) -> Floor | None:
        """Return a floor; ``locked``: nobody else changes it before this transaction ends."""
        query = select(Floor).where(Floor.id == floor)
        if locked:
            query = query.with_for_update()
        return (await self._session.execute(query)).scalar_one_or_none()

    async def next_rank(self, site: str) -> int:
        """Return the rank of a floor that comes last."""
        query = select(func.coalesce(func.max(Floor.rank) + 1, 0)).where(Floor.site == site)
        return int((await self._session.execute(query)).scalar_one())

    async def image(self, floor: str, digest: str) -> FloorImage | None:
        """Return a picture."""
        return await self._session.get(FloorImage, (floor, digest))

    async def keep_image(self, row: FloorImage) -> None:
        """Keep a picture in place of all that the floor had."""
        await self.drop_images(row.floor)
        self._session.add(row)

    async def drop_images(self, floor: str) -> None:
        """Forget a floor's pictures."""
        await self._session.execute(delete(FloorImage).where(FloorImage.floor == floor))

    def add(self, row: Floor) -> None:
        """Store a new floor."""
        self._session.add(row)

    async def delete(self, row: Floor) -> None:
        """Forget a floor and its pictures."""
        await self.drop_images(row.id)
        await self._session.delete(row)
