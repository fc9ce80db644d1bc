"""The offer of a space, its units, and what they said of a release."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.events_updates import UpdateFailed
from loquet_server.models import Incident, ReleaseOffer, Unit, UnitUpdate


class ReleaseRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def offer(self, site: str, *, lock: bool = False) -> ReleaseOffer | None:
        """Return what a space's units are to run; ``lock``: ours until the commit."""
        return await self._session.get(ReleaseOffer, site, with_for_update=lock or None)

    def add(self, row: ReleaseOffer) -> None:
        """Store an offer."""
        self._session.add(row)

    async def said(self, site: str, version: str) -> Sequence[UnitUpdate]:
        """Return what a space's units said of a version."""
        query = select(UnitUpdate).join(Unit, Unit.id == UnitUpdate.unit)
        query = query.where(Unit.site == site, UnitUpdate.version == version)
        return list((await self._session.execute(query)).scalars())

    async def forget(self, site: str, version: str) -> None:
        """Let units that went back from a version try it again."""
        for row in await self.said(site, version):
            if not row.works:
                await self._session.delete(row)

    async def failed(self, site: str) -> Sequence[str]:
        """Return the units of which an incident says that they went back from a release."""
        query = select(Incident.unit).where(
            Incident.site == site, Incident.kind == UpdateFailed.kind,
            Incident.ended_at.is_(None), Incident.unit.is_not(None),
        )  # fmt: skip
        found = await self._session.execute(query.distinct().order_by(Incident.unit))
        return [row.unit for row in found]

    async def units(self, site: str) -> Sequence[Unit]:
        """Return the units of a space that are enrolled and were not revoked."""
        query = select(Unit).where(
            Unit.site == site, Unit.public_key.is_not(None), Unit.revoked_at.is_(None)
        )
        return list((await self._session.execute(query.order_by(Unit.name, Unit.id))).scalars())
