"""Masters, the units that are to have them, and readers that encode."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    BadgeEncoding,
    CardKey,
    Credential,
    Door,
    Unit,
    UnitState,
)


class CardRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keys(self, site: str, *, lock: bool = False) -> Sequence[CardKey]:
        """Return all masters of a site, the newest first; ``lock``: ours until the commit."""
        query = select(CardKey).where(CardKey.site == site).order_by(CardKey.version.desc())
        query = query.with_for_update() if lock else query
        return list((await self._session.execute(query)).scalars())

    async def in_force(self, site: str) -> Sequence[CardKey]:
        """Return the masters that count, the newest first."""
        return [each for each in await self.keys(site) if each.retired_at is None]

    def add(self, row: CardKey | BadgeEncoding) -> None:
        """Store a master, or that a reader waits."""
        self._session.add(row)

    async def badges(self, site: str) -> dict[int | None, int]:
        """Return how many badges in use prove which key; None: none."""
        query = (
            select(Credential.key_version, func.count())
            .where(Credential.site == site, Credential.status.in_(("handed_out", "stock")))
            .group_by(Credential.key_version)
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def states(self, site: str) -> Sequence[tuple[Unit, UnitState]]:
        """Return the units of a site with what they said last; those that said nothing are out."""
        query = (
            select(Unit, UnitState)
            .join(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site, Unit.revoked_at.is_(None))
            .order_by(Unit.name, Unit.id)
        )
        return [(row.Unit, row.UnitState) for row in (await self._session.execute(query)).all()]

    async def doors(self, site: str) -> dict[str, str]:
        """Return the names of doors by the access points that lead through them."""
        query = select(AccessPoint.id, Door.name).join(Door, Door.id == AccessPoint.door)
        rows = (await self._session.execute(query.where(Door.site == site))).all()
        return {row.id: row.name for row in rows}

    async def encoding(self, encoding: str) -> BadgeEncoding | None:
        """Return one encoding."""
        return await self._session.get(BadgeEncoding, encoding)
