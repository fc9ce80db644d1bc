"""Units, their states, what they should enforce, and what is watched of them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.events import ProcessRestarted, UnitStarted, UnitStopped
from loquet_server.models import (
    AccessPoint,
    DesiredState,
    Desk,
    Door,
    Entry,
    Incident,
    Journal,
    Policy,
    Site,
    Unit,
    UnitExam,
    UnitLogOrder,
    UnitState,
    UnitWatch,
)

_STORY = (UnitStarted.kind, UnitStopped.kind, ProcessRestarted.kind)


class UnitRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None = None, unit: str | None = None, *, archived: bool = True
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return units with what they said last, their policies, and what is acknowledged."""
        own = Policy.unit == Unit.id
        current = select(func.max(Policy.version)).where(own).scalar_subquery()
        enforced = select(func.min(Policy.enforced_at)).where(
            own, Policy.version == UnitState.policy_version
        )
        late = select(func.min(Policy.created_at)).where(own, Policy.enforced_at.is_(None))
        acked = select(Journal.acked).where(Journal.id == UnitState.journal).scalar_subquery()
        query = (
            select(
                Unit, UnitState, current.label("current"), acked.label("acked"),
                enforced.scalar_subquery().label("enforced"), late.scalar_subquery().label("late"),
            )
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .order_by(Unit.site, Unit.id)
        )  # fmt: skip
        if site is not None:
            query = query.where(Unit.site == site)
        if unit is not None:
            query = query.where(Unit.id == unit)
        if not archived:
            query = query.where(Unit.archived_at.is_(None))
        return list((await self._session.execute(query)).all())

    async def with_state(self, unit: str) -> tuple[Unit, UnitState | None] | None:
        """Return an enrolled unit and what it said last, or None."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.id == unit, Unit.public_key.is_not(None), Unit.revoked_at.is_(None))
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Unit, row.UnitState)

    async def behind(self, before_ms: int) -> Sequence[str]:
        """Return who is here and holds less than it was to hold before that time."""
        policy = (
            select(func.max(Policy.version))
            .where(Policy.unit == Unit.id, Policy.created_at < before_ms)
            .scalar_subquery()
        )
        query = (
            select(Unit.id)
            .join(UnitState, UnitState.unit == Unit.id)
            .outerjoin(
                DesiredState,
                (DesiredState.unit == Unit.id) & (DesiredState.created_at < before_ms),
            )
            .where(
                Unit.revoked_at.is_(None),
                UnitState.online,
                or_(
                    func.coalesce(UnitState.policy_version, 0) < policy,
                    func.coalesce(UnitState.desired_version, 0) < DesiredState.version,
                ),
            )
            .order_by(Unit.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def broker_users(self) -> Sequence[tuple[str, str, str]]:
        """Return ``(site, unit, password hash)`` of all units that may come to the broker."""
        query = select(Unit.site, Unit.id, Unit.broker_password_hash).where(
            Unit.broker_password_hash.is_not(None), Unit.revoked_at.is_(None)
        )
        rows = (await self._session.execute(query)).all()
        return [(site, unit, found or "") for site, unit, found in rows]

    async def one(self, unit: str) -> Unit | None:
        """Return one unit."""
        return await self._session.get(Unit, unit)

    async def doors(self, units: Collection[str]) -> Sequence[Door]:
        """Return the doors that hang on these units."""
        query = select(Door).where(Door.unit.in_(units)).order_by(Door.rank, Door.name, Door.id)
        return list((await self._session.execute(query)).scalars())

    async def desks(self, units: Collection[str]) -> Sequence[Desk]:
        """Return the desks that hang on these units."""
        query = select(Desk).where(Desk.unit.in_(units)).order_by(Desk.rank, Desk.name, Desk.id)
        return list((await self._session.execute(query)).scalars())

    async def ways(self, units: Collection[str]) -> Sequence[tuple[AccessPoint, Door]]:
        """Return the ways through the doors of these units."""
        query = (
            select(AccessPoint, Door)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.unit.in_(units))
        )
        rows = (await self._session.execute(query)).all()
        return [(row.AccessPoint, row.Door) for row in rows]

    async def sites(self) -> dict[str, str]:
        """Return the names of all spaces."""
        rows = (await self._session.execute(select(Site.id, Site.name))).all()
        return {row.id: row.name for row in rows}

    async def exam(self, unit: str) -> UnitExam | None:
        """Return what the unit found of itself last."""
        return await self._session.get(UnitExam, unit)

    async def story(self, unit: str, most: int) -> Sequence[Entry]:
        """Return when it started, stopped and was restarted, and why; the newest first."""
        query = (
            select(Entry)
            .join(Journal, Journal.id == Entry.journal)
            .where(Journal.unit == unit, Entry.kind.in_(_STORY))
            .order_by(Entry.received_at.desc(), Entry.sequence.desc())
            .limit(most)
        )
        return list((await self._session.execute(query)).scalars())

    async def incidents(
        self, unit: str, most: int, kinds: Collection[str] | None = None, *, open_only: bool = False
    ) -> Sequence[Incident]:
        """Return incidents of a unit, the newest first."""
        query = select(Incident).where(Incident.unit == unit)
        if kinds is not None:
            query = query.where(Incident.kind.in_(kinds))
        if open_only:
            query = query.where(Incident.ended_at.is_(None))
        query = query.order_by(Incident.last_at.desc(), Incident.id.desc()).limit(most)
        return list((await self._session.execute(query)).scalars())

    # ---- watching ---------------------------------------------------------------------------

    async def watched(self) -> Sequence[tuple[Unit, UnitState, UnitWatch | None]]:
        """Return all units that have ever spoken, with what is known of them over time."""
        query = (
            select(Unit, UnitState, UnitWatch)
            .join(UnitState, UnitState.unit == Unit.id)
            .outerjoin(UnitWatch, UnitWatch.unit == Unit.id)
            .where(UnitState.seen_at.is_not(None))
            .order_by(Unit.id)
        )
        rows = (await self._session.execute(query)).all()
        return [(row.Unit, row.UnitState, row.UnitWatch) for row in rows]

    async def open_kinds(self, kinds: Collection[str]) -> dict[str, set[str]]:
        """Return which of these incidents are open, by unit."""
        query = select(Incident.unit, Incident.kind).where(
            Incident.kind.in_(kinds), Incident.ended_at.is_(None), Incident.unit.is_not(None)
        )
        found: dict[str, set[str]] = {}
        for unit, kind in (await self._session.execute(query)).all():
            found.setdefault(str(unit), set()).add(kind)
        return found

    # ---- logs -------------------------------------------------------------------------------

    async def log_order(self, command: str) -> UnitLogOrder | None:
        """Return a log that was asked for, locked until the end of the transaction."""
        query = select(UnitLogOrder).where(UnitLogOrder.command == command).with_for_update()
        return (await self._session.execute(query)).scalar_one_or_none()

    async def newest_log(self, unit: str, actor: str) -> UnitLogOrder | None:
        """Return the log that somebody asked of a unit last and has not been shown."""
        query = (
            select(UnitLogOrder)
            .where(
                UnitLogOrder.unit == unit,
                UnitLogOrder.actor == actor,
                UnitLogOrder.shown_at.is_(None),
            )
            .order_by(UnitLogOrder.asked_at.desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def forget_logs(self, before_ms: int, unit: str | None = None) -> None:
        """Forget logs that were asked for before then, and those that were shown."""
        query = delete(UnitLogOrder).where(
            or_(UnitLogOrder.asked_at < before_ms, UnitLogOrder.shown_at.is_not(None))
        )
        if unit is not None:
            query = query.where(UnitLogOrder.unit == unit)
        await self._session.execute(query)
