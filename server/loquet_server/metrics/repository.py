"""What the database counts for a monitor; by ids of units and areas, never of people."""

from dataclasses import dataclass, field

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from loquet_server.areas.counts import area_counts
from loquet_server.areas.topics import one_persons
from loquet_server.models import (
    DeadLetter,
    Hook,
    HookDelivery,
    Incident,
    Journal,
    Policy,
    Unit,
    UnitState,
)

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """``policy_age``: seconds since the oldest policy that the unit does not enforce yet."""

    site: str
    unit: str
    online: bool
    backlog: int
    policy_age: float
    clock_trusted: bool = True
    health: dict[str, int] = field(default_factory=dict)
    """As the unit says it, by the names of the contract."""


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """Desks by state, people as far as known."""

    site: str
    area: str
    desks: dict[str, int]
    people: dict[str, int | None]
    seen_today: int | None
    capacity: int | None


class MetricsRepository:
    """Questions of one reading; ``site`` None: all sites."""

    def __init__(self, session: Session, site: str | None) -> None:
        self._session = session
        self._site = site

    def units(self, now_ms: int) -> list[UnitFigures]:
        """Return how each unit fares."""
        waiting = (
            select(Policy.unit, func.min(Policy.created_at).label("since"))
            .where(Policy.enforced_at.is_(None))
            .group_by(Policy.unit)
            .subquery()
        )
        query = (
            select(
                Unit.site,
                Unit.id,
                UnitState.online,
                UnitState.backlog,
                waiting.c.since,
                UnitState.clock_trusted,
                UnitState.health,
            )
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .outerjoin(waiting, waiting.c.unit == Unit.id)
            .where(Unit.revoked_at.is_(None))
            .order_by(Unit.id)
        )
        if self._site is not None:
            query = query.where(Unit.site == self._site)
        return [
            UnitFigures(
                row.site, row.id, bool(row.online), row.backlog or 0,
                0.0 if row.since is None else max(0.0, (now_ms - row.since) / 1000),
                row.clock_trusted is not False, row.health or {},
            )
            for row in self._session.execute(query)
        ]  # fmt: skip

    def areas(self, now_ms: int) -> list[AreaFigures]:
        """Return how full each area is."""
        found = area_counts(self._session, now_ms, site=self._site)
        alone = one_persons(self._session)
        return [
            AreaFigures(
                str(each.site), str(each.area),
                {} if each.area in alone else {
                    "free": each.desks_free, "occupied": each.desks_occupied,
                    "unknown": each.desks_unknown,
                },
                {"best": each.present, "low": each.present_low, "high": each.present_high},
                each.seen_today, each.capacity,
            )
            for each in found
        ]  # fmt: skip

    def incidents(self) -> dict[str, int]:
        """Return how many incidents are open, by kind."""
        query = select(Incident.kind, func.count()).where(Incident.ended_at.is_(None))
        if self._site is not None:
            query = query.where(Incident.site == self._site)
        rows = self._session.execute(query.group_by(Incident.kind).order_by(Incident.kind))
        return {kind: count for kind, count in rows}  # noqa: C416

    def entries(self) -> int:
        """Return how many facts were ever taken in."""
        return int(self._session.execute(select(func.sum(Journal.acked))).scalar_one() or 0)

    def refused(self) -> int:
        """Return how many messages of units were ever refused: letters are numbered."""
        return int(self._session.execute(select(func.max(DeadLetter.id))).scalar_one() or 0)

    def deliveries(self) -> dict[str, int]:
        """Return how many messages wait for other programs, or were given up."""
        query = select(HookDelivery.state, func.count()).where(
            HookDelivery.state.in_(("waiting", "dead"))
        )
        if self._site is not None:
            query = query.join(Hook, Hook.id == HookDelivery.hook).where(Hook.site == self._site)
        rows = self._session.execute(query.group_by(HookDelivery.state)).all()
        return {"waiting": 0, "dead": 0} | {state: count for state, count in rows}  # noqa: C416

    def database_bytes(self) -> int:
        """Return how large the database is."""
        if self._session.get_bind().dialect.name == "sqlite":
            pages = self._session.execute(text("PRAGMA page_count")).scalar_one()
            return int(pages * self._session.execute(text("PRAGMA page_size")).scalar_one())
        size = text("SELECT pg_database_size(current_database())")
        return int(self._session.execute(size).scalar_one())
