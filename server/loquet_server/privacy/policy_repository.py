"""Policies of the past, which no unit can ask for any more."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import MovingFact, Policy, PolicySnapshot, Site, Unit, UnitState


class OldPolicies:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def old(self, site: str) -> Sequence[Policy]:
        """Return the versions before each unit's newest whole one."""
        newest = _newest_whole()
        query = (
            select(Policy)
            .join(Unit, Unit.id == Policy.unit)
            .where(Unit.site == site, Policy.version < newest)
            .order_by(Policy.unit, Policy.version)
        )
        return list((await self._session.execute(query)).scalars())

    async def snapshots(self, site: str) -> Sequence[PolicySnapshot]:
        """Return what was shared at revisions that no unit can ask for any more."""
        used = (
            select(Policy.revision)
            .join(Unit, Unit.id == Policy.unit)
            .where(
                Unit.site == site, Policy.version == _newest_whole(), Policy.revision.is_not(None)
            )
        )
        query = select(PolicySnapshot).where(
            PolicySnapshot.site == site, PolicySnapshot.revision.not_in(used)
        )
        return list((await self._session.execute(query)).scalars())

    async def drop(self, before: int) -> int:
        """Delete versions that ended before a moment, up to a whole one; return how many."""
        done = 0
        query = (
            select(Policy.unit, func.max(Policy.version))
            .where(Policy.base.is_(None), Policy.created_at < before)
            .group_by(Policy.unit)
        )
        for unit, whole in (await self._session.execute(query)).all():
            found = await self._session.execute(
                delete(Policy).where(Policy.unit == unit, Policy.version < whole)
            )
            done += getattr(found, "rowcount", 0)
        return done + await self._drop_snapshots()

    async def _drop_snapshots(self) -> int:
        done = 0
        for site in (await self._session.execute(select(Site.id))).scalars():
            used = (
                select(Policy.revision)
                .join(Unit, Unit.id == Policy.unit)
                .where(Unit.site == site, Policy.base.is_(None), Policy.revision.is_not(None))
            )
            found = await self._session.execute(
                delete(PolicySnapshot).where(
                    PolicySnapshot.site == site, PolicySnapshot.revision.not_in(used)
                )
            )
            done += getattr(found, "rowcount", 0)
        return done

    async def ageing(self, before: int) -> list[str]:
        """Return the sites whose units build on a whole policy from before a moment."""
        query = (
            select(Unit.site)
            .join(Policy, Policy.unit == Unit.id)
            .where(
                Unit.revoked_at.is_(None),
                Policy.version == _newest_whole(),
                Policy.created_at < before,
            )
            .distinct()
        )
        return list((await self._session.execute(query)).scalars())

    async def drop_moving(self) -> int:
        """Delete moving facts that are no more and that every unit of their site knows of."""
        done = 0
        for site in (await self._session.execute(select(Site.id))).scalars().all():
            query = (
                select(func.min(func.coalesce(UnitState.moving_version, 0)))
                .select_from(Unit)
                .outerjoin(UnitState, UnitState.unit == Unit.id)
                .where(Unit.site == site, Unit.revoked_at.is_(None), Unit.public_key.is_not(None))
            )
            known = (await self._session.execute(query)).scalar_one_or_none()
            gone = [
                fact.key
                for fact in (
                    await self._session.execute(select(MovingFact).where(MovingFact.site == site))
                ).scalars()
                if fact.value is None and (known is None or fact.version <= known)
            ]
            for key in gone:
                await self._session.execute(
                    delete(MovingFact).where(MovingFact.site == site, MovingFact.key == key)
                )
            done += len(gone)
        return done


def _newest_whole() -> object:
    """The version of the newest whole policy of the unit of the query around it."""
    other = Policy.__table__.alias("whole")
    return (
        select(func.max(other.c.version))
        .where(other.c.unit == Unit.id, other.c.base.is_(None))
        .correlate(Unit)
        .scalar_subquery()
    )
