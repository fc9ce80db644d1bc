"""The spaces, as the first start finds and makes them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, Site


class SetupRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self) -> Site | None:
        """Return the first space, if there is one."""
        query = select(Site).order_by(Site.id).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def has_area(self, area: str) -> bool:
        """Return True if an area of this id exists."""
        return await self._session.get(Area, area) is not None

    def add(self, row: Site | Area) -> None:
        """Store a new row."""
        self._session.add(row)
