"""The door that a plate is about."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Door, Site


class PlateRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def door(self, door: str) -> tuple[Door, Site] | None:
        """Return a door with the space that it belongs to."""
        query = select(Door, Site).join(Site, Site.id == Door.site).where(Door.id == door)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row[0], row[1])
