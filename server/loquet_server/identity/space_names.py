"""What spaces are called, for the header of every page: read once, and again after a change."""

from sqlalchemy import select

from loquet_server.database import Database
from loquet_server.models import Site

PRODUCT = "Loquet"
"""Said where it cannot be one space's name: none is there yet, or whoever asks belongs to none."""


class SpaceNames:
    """The names of the spaces of one server."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._changes = 0

    def forget(self) -> None:
        """Read again next time: a space was made, or is called something else."""
        self._known = {}
        self._changes += 1

    async def header(self, database: Database, site: str | None) -> str:
        """Return the name of a site; of None, that of the only one, else the product's."""
        known = self._known
        if not known or (site is not None and site not in known):
            before = self._changes
            async with database.reading() as session:
                rows = (await session.execute(select(Site.id, Site.name))).all()
            known = {row.id: row.name for row in rows}
            if before == self._changes:  # else it may be the name of before
                self._known = known
        if site is not None:
            return known.get(site, PRODUCT)
        return next(iter(known.values())) if len(known) == 1 else PRODUCT
