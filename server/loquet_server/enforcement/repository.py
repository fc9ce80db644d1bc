"""Which versions units have, and what stands in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from loquet_server.models import (
    AccessPoint,
    Credential,
    Door,
    Holder,
    Plan,
    Policy,
    PolicyRecord,
    Rule,
    Unit,
    UnitState,
)


class EnforcementRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def units(self, site: str | None) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return ``(Unit, UnitState | None, newest, enforced, next)``, the last three Policies.

        ``enforced`` is the version that the unit said last, ``next`` the one after it; each is
        ``(version, created_at, enforced_at)``, of None if there is none.
        """
        newest, enforced, following = aliased(Policy), aliased(Policy), aliased(Policy)
        last = (
            select(func.max(Policy.version))
            .where(Policy.unit == Unit.id)
            .correlate(Unit)
            .scalar_subquery()
        )
        query = (
            select(
                Unit, UnitState, newest.version, newest.created_at, enforced.created_at,
                enforced.enforced_at, following.created_at,
            )
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .outerjoin(newest, (newest.unit == Unit.id) & (newest.version == last))
            .outerjoin(
                enforced,
                (enforced.unit == Unit.id) & (enforced.version == UnitState.policy_version),
            )
            .outerjoin(
                following,
                (following.unit == Unit.id)
                & (following.version == UnitState.policy_version + 1),
            )
            .where(Unit.revoked_at.is_(None), Unit.public_key.is_not(None))
            .order_by(Unit.site, Unit.name, Unit.id)
        )  # fmt: skip
        if site is not None:
            query = query.where(Unit.site == site)
        return list((await self._session.execute(query)).all())

    async def doors(self, site: str | None) -> dict[str, list[str]]:
        """Return the names of each unit's doors that have a reader."""
        query = (
            select(Door.unit, Door.name)
            .where(
                Door.unit.is_not(None),
                select(AccessPoint.id).where(AccessPoint.door == Door.id).exists(),
            )
            .order_by(Door.rank, Door.name, Door.id)
        )
        if site is not None:
            query = query.where(Door.site == site)
        found: dict[str, list[str]] = {}
        for unit, name in await self._session.execute(query):
            found.setdefault(str(unit), []).append(name)
        return found

    async def rules(self, site: str | None) -> dict[str, list[str]]:
        """Return the lines of each unit's rules, as they stand."""
        query = (
            select(PolicyRecord.scope, PolicyRecord.line)
            .where(PolicyRecord.scope != "", PolicyRecord.key.startswith("rule/"))
            .order_by(PolicyRecord.scope, PolicyRecord.key)
        )
        if site is not None:
            query = query.where(PolicyRecord.site == site)
        found: dict[str, list[str]] = {}
        for unit, line in await self._session.execute(query):
            found.setdefault(unit, []).append(line)
        return found

    async def plans(self, site: str | None) -> dict[str, tuple[str, str, str]]:
        """Return the plan (id, French and English name) of each rule."""
        query = select(Rule.id, Plan.id, Plan.name_fr, Plan.name_en).join(
            Plan, Plan.id == Rule.plan
        )
        if site is not None:
            query = query.where(Plan.site == site)
        rows = await self._session.execute(query)
        return {rule: (plan, name_fr, name_en) for rule, plan, name_fr, name_en in rows}

    async def badge(self, badge: str) -> tuple[Credential, Holder | None] | None:
        """Return a badge and whose it is; None if there is none."""
        query = (
            select(Credential, Holder)
            .outerjoin(Holder, Holder.id == Credential.holder)
            .where(Credential.id == badge)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Credential, row.Holder)

    async def revision(self, site: str, key: str) -> tuple[int, str] | None:
        """Return a shared record's revision and line; None if there is no such record."""
        query = select(PolicyRecord.revision, PolicyRecord.line).where(
            PolicyRecord.site == site, PolicyRecord.scope == "", PolicyRecord.key == key
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def first_since(
        self, site: str, revision: int | None, at_ms: int | None
    ) -> dict[str, tuple[int, int]]:
        """Return each unit's first version of a revision (or made at an instant) or later.

        A version and when it was made.
        """
        later = Policy.revision >= revision if revision is not None else Policy.created_at >= at_ms
        query = (
            select(Policy.unit, func.min(Policy.version), func.min(Policy.created_at))
            .join(Unit, Unit.id == Policy.unit)
            .where(Unit.site == site, later)
            .group_by(Policy.unit)
        )
        rows = await self._session.execute(query)
        return {unit: (version, created_at) for unit, version, created_at in rows}

    async def confirmed(self, unit: str, version: int) -> int | None:
        """Return when a unit first said that it enforces a version, or a later one."""
        query = select(func.min(Policy.enforced_at)).where(
            Policy.unit == unit, Policy.version >= version
        )
        return (await self._session.execute(query)).scalar_one()
