"""What a rotation reads and rewrites: digests under the old pepper, and how the units stand."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    CardKey,
    Credential,
    DerivedNumber,
    FormerDigest,
    NextDigest,
    Passage,
    Pin,
    Policy,
    Site,
    SitePepper,
    Unit,
    UnitState,
)

SOME = 5000
"""Rows read, and digests made, at once."""
ROWS = 500
"""Rows written at once."""
MOST_TAPS = 2000
"""Refused badges whose numbers are still looked up after a rotation: the newest."""
_TABLES = (Credential, DerivedNumber, Pin)


class RotationRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def sites(self) -> Sequence[str]:
        """Return all sites."""
        query = select(Site.id).order_by(Site.id)
        return list((await self._session.execute(query)).scalars())

    async def rotating(self) -> Sequence[str]:
        """Return the sites with more than one pepper in force."""
        query = select(SitePepper.site).where(SitePepper.retired_at.is_(None))
        query = query.group_by(SitePepper.site).having(func.count() > 1)
        return list((await self._session.execute(query.order_by(SitePepper.site))).scalars())

    async def without_rows(self) -> Sequence[str]:
        """Return the sites of which no pepper is kept yet."""
        query = select(Site.id).where(Site.id.not_in(select(SitePepper.site)))
        return list((await self._session.execute(query)).scalars())

    # ---- units -----------------------------------------------------------------------------

    async def units(self, site: str) -> Sequence[tuple[Unit, UnitState | None]]:
        """Return the enrolled units of a site that were not revoked."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site, Unit.public_key.is_not(None), Unit.revoked_at.is_(None))
            .order_by(Unit.name, Unit.id)
        )
        return [(row.Unit, row.UnitState) for row in (await self._session.execute(query)).all()]

    async def newest_versions(self, site: str) -> dict[str, int]:
        """Return the newest policy version of each unit of a site."""
        query = (
            select(Policy.unit, func.max(Policy.version))
            .join(Unit, Unit.id == Policy.unit)
            .where(Unit.site == site)
            .group_by(Policy.unit)
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def masters(self, site: str) -> Sequence[CardKey]:
        """Return all card masters of a site, the newest first, locked."""
        query = select(CardKey).where(CardKey.site == site).order_by(CardKey.version.desc())
        return list((await self._session.execute(query.with_for_update())).scalars())

    # ---- digests ---------------------------------------------------------------------------

    async def badges(self, site: str, most: int | None = SOME) -> Sequence[Credential]:
        """Return badges whose next digest is not known yet."""
        query = _waiting(select(Credential), Credential, site).order_by(Credential.id)
        return list((await self._session.execute(query.limit(most))).scalars())

    async def derived(
        self, site: str, most: int | None = SOME
    ) -> Sequence[tuple[DerivedNumber, Credential]]:
        """Return what readers make of badges, where its next digest is not known yet."""
        query = select(DerivedNumber, Credential).join(
            Credential, Credential.id == DerivedNumber.badge
        )
        query = _waiting(query, DerivedNumber, site).order_by(DerivedNumber.digest).limit(most)
        rows = (await self._session.execute(query)).all()
        return [(row.DerivedNumber, row.Credential) for row in rows]

    async def pins(self, site: str, most: int | None = SOME) -> Sequence[Pin]:
        """Return PINs whose next digest is not known yet."""
        query = _waiting(select(Pin), Pin, site).order_by(Pin.holder).limit(most)
        return list((await self._session.execute(query)).scalars())

    async def left(self, site: str) -> int:
        """Return how many digests are still to be made."""
        found = 0
        for table in _TABLES:
            query = _waiting(select(func.count()).select_from(table), table, site)
            found += (await self._session.execute(query)).scalar_one()
        return found

    async def note(self, site: str, next_ones: Mapping[str, str]) -> None:
        """Keep what digests become."""
        rows = [{"site": site, "before": old, "after": new} for old, new in next_ones.items()]
        for at in range(0, len(rows), ROWS):
            await self._session.execute(insert(NextDigest), rows[at : at + ROWS])

    async def take_up(self, site: str, now_ms: int) -> None:
        """Put the next digests in place; the old ones of badges are kept as former ones."""
        for table, badge in ((Credential, Credential.id), (DerivedNumber, DerivedNumber.badge)):
            found = (
                select(literal(site), table.digest, badge, literal(now_ms))
                .join(NextDigest, NextDigest.before == table.digest)
                .where(NextDigest.site == site, table.site == site)
            )
            # a number that is stored as a badge of its own counts as that badge
            known = select(FormerDigest.digest).where(FormerDigest.site == site)
            found = found.where(table.digest.not_in(known))
            columns = ["site", "digest", "badge", "ended_at"]
            await self._session.execute(insert(FormerDigest).from_select(columns, found))
        for each in _TABLES:
            after = (
                select(NextDigest.after)
                .where(NextDigest.site == site, NextDigest.before == each.digest)
                .scalar_subquery()
            )
            there = select(NextDigest.before).where(NextDigest.site == site)
            changed = update(each).where(each.site == site, each.digest.in_(there))
            await self._quietly(changed.values(digest=after))
        await self.forget_next(site)

    async def forget_next(self, site: str) -> None:
        """Forget what digests become."""
        await self._quietly(delete(NextDigest).where(NextDigest.site == site))

    async def sealed_taps(self, site: str) -> Sequence[tuple[int, str]]:
        """Return ids and sealed numbers of refused badges, the newest first."""
        query = (
            select(Passage.id, Passage.sealed)
            .where(Passage.site == site, Passage.sealed.is_not(None))
            .order_by(Passage.at.desc(), Passage.id.desc())
            .limit(MOST_TAPS)
        )
        rows = (await self._session.execute(query)).all()
        return [(row.id, row.sealed or "") for row in rows]

    async def rename_taps(self, digests: Mapping[int, str]) -> None:
        """Let refused badges be known by these digests."""
        rows = [{"id": passage, "credential": digest} for passage, digest in digests.items()]
        if rows:
            await self._session.execute(update(Passage), rows)

    async def forget_former(self, before_ms: int) -> None:
        """Forget former digests that no kept fact can name any more."""
        await self._quietly(delete(FormerDigest).where(FormerDigest.ended_at < before_ms))

    async def _quietly(self, statement: Any) -> None:
        await self._session.execute(statement, execution_options={"synchronize_session": False})


def _waiting(query: Any, table: Any, site: str) -> Any:
    known = select(NextDigest.before).where(NextDigest.site == site)
    return query.where(table.site == site, table.digest.not_in(known))
