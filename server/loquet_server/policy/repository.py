"""What the publisher asks the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    Credential,
    DesiredState,
    Door,
    Holder,
    Lockdown,
    Plan,
    Policy,
    Rule,
    Schedule,
    Site,
    Unit,
)
from loquet_server.policy.history import Version
from loquet_server.policy.rows import (
    AccessPointRow,
    CredentialRow,
    DoorRow,
    HolderRow,
    RuleRow,
    ScheduleRow,
    SiteRows,
    Source,
)

DAY = 86_400


class PolicyRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unit(self, unit: str, *, lock: bool = False) -> tuple[Unit, Site] | None:
        """Return a unit and its site; ``lock``: nobody else makes a version of it meanwhile."""
        query = select(Unit, Site).join(Site, Site.id == Unit.site).where(Unit.id == unit)
        if lock:
            query = query.with_for_update(of=Unit)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Unit, row.Site)

    async def units(self, site: str | None = None) -> Sequence[str]:
        """Return the unrevoked units of a site, or of all."""
        query = select(Unit.id).where(Unit.revoked_at.is_(None)).order_by(Unit.id)
        if site is not None:
            query = query.where(Unit.site == site)
        return list((await self._session.execute(query)).scalars())

    async def terms(self, site: str) -> int:
        """Return after how many days a manifest is stale: the least that a plan asks for."""
        query = select(Plan.stale_days).where(Plan.site == site).order_by(Plan.stale_days).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none() or 7

    async def site_rows(self, site: str) -> SiteRows:
        """Return what the policies of all units of a site have in common."""
        return SiteRows(
            schedules=await self._schedules(site),
            rules=await self._rules(site),
            holders=await self._holders(site),
            credentials=await self._credentials(site),
        )

    async def source(self, unit: Unit, site: Site, rows: SiteRows, start: int, days: int) -> Source:
        """Return all that a unit's policy is made of."""
        return Source(
            timezone=site.timezone,
            start=start,
            days=days,
            doors=await self._doors(unit.id),
            access_points=await self._points(unit.id),
            schedules=rows.schedules,
            rules=rows.rules,
            holders=rows.holders,
            credentials=rows.credentials,
        )

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        return list((await self._session.execute(query)).all())

    async def _doors(self, unit: str) -> tuple[DoorRow, ...]:
        query = select(Door.id, Door.unlock_schedule, Door.blocked).where(Door.unit == unit)
        return tuple(DoorRow(*row) for row in await self._rows(query))

    async def _points(self, unit: str) -> tuple[AccessPointRow, ...]:
        query = (
            select(
                AccessPoint.id, AccessPoint.door, AccessPoint.area_from, AccessPoint.area_to,
                AccessPoint.minimum_assurance, AccessPoint.untrusted_clock,
            )
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.unit == unit)
        )  # fmt: skip
        return tuple(AccessPointRow(*row) for row in (await self._session.execute(query)).all())

    async def _schedules(self, site: str) -> tuple[ScheduleRow, ...]:
        query = select(Schedule.id, Schedule.always, Schedule.intervals)
        rows = await self._rows(query.where(Schedule.site == site))
        return tuple(ScheduleRow(name, always, tuple(hours or ())) for name, always, hours in rows)

    async def _rules(self, site: str) -> tuple[RuleRow, ...]:
        query = (
            select(Rule.id, Rule.plan, Rule.access_points, Rule.schedule, Plan.expires_days)
            .join(Plan, Plan.id == Rule.plan)
            .where(Plan.site == site)
        )
        return tuple(
            RuleRow(rule, plan, tuple(points), schedule, expires * DAY)
            for rule, plan, points, schedule, expires in (await self._session.execute(query)).all()
        )

    async def _holders(self, site: str) -> tuple[HolderRow, ...]:
        query = select(
            Holder.id, Holder.plan, Holder.valid_from, Holder.valid_until, Holder.suspended,
            Holder.extended_release, Holder.may_lift_lockdown,
        ).where(Holder.site == site)  # fmt: skip
        return tuple(HolderRow(*row) for row in await self._rows(query))

    async def _credentials(self, site: str) -> tuple[CredentialRow, ...]:
        query = select(
            Credential.digest, Credential.holder, Credential.disabled, Credential.valid_from,
            Credential.valid_until,
        ).where(Credential.site == site)  # fmt: skip
        return tuple(CredentialRow(*row) for row in await self._rows(query))

    # ---- versions ------------------------------------------------------------------------

    async def versions(self, unit: str, at: int | None = None) -> list[Version]:
        """Return the last whole version up to ``at`` (default: the newest) and its deltas."""
        found: list[Version] = []
        query = select(Policy).where(Policy.unit == unit).order_by(Policy.version.desc())
        if at is not None:
            query = query.where(Policy.version <= at)
        rows = await self._session.stream_scalars(query.execution_options(yield_per=16))
        async for row in rows:
            found.append(
                Version(
                    row.version, row.base, row.manifest, row.digest, row.content, row.records,
                    row.created_at,
                )
            )  # fmt: skip
            if row.base is None:
                break
        return found[::-1]

    async def version_at(self, unit: str, at_ms: int) -> int | None:
        """Return the newest version that existed at an instant."""
        query = (
            select(Policy.version)
            .where(Policy.unit == unit, Policy.created_at <= at_ms)
            .order_by(Policy.version.desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    def add(self, unit: str, version: Version) -> None:
        """Store a new version."""
        self._session.add(
            Policy(
                unit=unit,
                version=version.version,
                base=version.base,
                manifest=version.manifest,
                digest=version.digest,
                content=version.content,
                records=version.records,
                created_at=version.created_at,
            )
        )

    # ---- desired states --------------------------------------------------------------------

    async def lockdowns(self, unit: str) -> Sequence[Lockdown]:
        """Return the lockdowns in force at a unit's doors."""
        query = (
            select(Lockdown)
            .join(Door, Door.id == Lockdown.door)
            .where(Door.unit == unit, Lockdown.lifted_at.is_(None))
            .order_by(Lockdown.since, Lockdown.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def desired(self, unit: str) -> DesiredState | None:
        """Return the unit's desired state; its row is ours until the commit."""
        return await self._session.get(DesiredState, unit, with_for_update=True)

    async def add_desired(self, state: DesiredState) -> None:
        """Store a desired state."""
        await self._session.merge(state)
