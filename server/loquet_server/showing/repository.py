"""Whether a space shows itself."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Showing, Site


class ShowingRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def enabled(self, site: str) -> bool:
        """Return whether a site tells everybody how full it is."""
        row = await self._session.get(Showing, site)
        return row is not None and row.enabled

    async def choose(self, site: str, enabled: bool, now: int) -> None:
        """Keep whether it does."""
        await self._session.merge(Showing(site=site, enabled=enabled, changed_at=now))
