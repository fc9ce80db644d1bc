"""Incidents, their story, what is muted, and the names of what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.incidence.kinds import KINDS, Severity, kind_of
from loquet_server.incidence.life import State
from loquet_server.models import (
    Area,
    Door,
    Incident,
    IncidentMute,
    IncidentStep,
    Notice,
    NoticeChannel,
    Operator,
    Unit,
    UnitState,
)
from loquet_server.models.base import Base

OPEN = Incident.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents to list. ``site`` None: all; those of no site belong to every site."""

    site: str | None = None
    unit: str | None = None
    severity: Severity | None = None
    state: State | None = None
    open_only: bool = False


class IncidentRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    async def all(self, wanted: Wanted, limit: int, after: int | None = None) -> Sequence[Incident]:
        """Return incidents, last seen first; ``after``: those that follow this one."""
        query = select(Incident).order_by(Incident.last_at.desc(), Incident.id.desc())
        query = query.where(*_meant(wanted))
        last = None if after is None else await self.one(after)
        if last is not None:
            query = query.where(
                (Incident.last_at < last.last_at)
                | ((Incident.last_at == last.last_at) & (Incident.id < last.id))
            )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def one(self, incident: int) -> Incident | None:
        """Return one incident."""
        return await self._session.get(Incident, incident)

    async def steps(self, incident: int) -> Sequence[IncidentStep]:
        """Return an incident's story, from its beginning."""
        query = select(IncidentStep).where(IncidentStep.incident == incident)
        found = await self._session.execute(query.order_by(IncidentStep.at, IncidentStep.id))
        return list(found.scalars())

    async def parts(self, incident: int, limit: int) -> Sequence[Incident]:
        """Return the incidents that this one explains."""
        query = select(Incident).where(Incident.part_of == incident).order_by(Incident.id)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def told(self, incident: int) -> Sequence[tuple[Notice, str, str]]:
        """Return who was told of an incident: notice, name and way."""
        query = (
            select(Notice, Operator.name, NoticeChannel.way)
            .join(Operator, Operator.id == Notice.operator)
            .join(NoticeChannel, NoticeChannel.id == Notice.channel)
            .where(Notice.incident == incident)
            .order_by(Notice.id)
        )
        return [(row.Notice, row.name, row.way) for row in await self._session.execute(query)]

    # ---- the watch ----------------------------------------------------------------------

    async def heard(self) -> dict[str, list[tuple[str, bool, int]]]:
        """Return units in use that were heard of: unit, online and when, by site."""
        query = (
            select(Unit.site, Unit.id, UnitState.online, UnitState.seen_at)
            .join(UnitState, UnitState.unit == Unit.id)
            .where(Unit.revoked_at.is_(None), UnitState.seen_at.is_not(None))
            .order_by(Unit.id)
        )
        found: dict[str, list[tuple[str, bool, int]]] = {}
        for row in await self._session.execute(query):
            found.setdefault(row.site, []).append((row.id, row.online, row.seen_at or 0))
        return found

    async def open_of(self, site: str, kind: str) -> Sequence[Incident]:
        """Return a site's open incidents of a kind."""
        query = select(Incident).where(Incident.site == site, Incident.kind == kind, OPEN)
        return list((await self._session.execute(query.order_by(Incident.id))).scalars())

    async def quiet(self, kind: str, before: int) -> Sequence[Incident]:
        """Return open incidents of a kind that were not seen since then, by either clock."""
        query = select(Incident).where(
            Incident.kind == kind, OPEN, Incident.last_at < before,
            func.coalesce(Incident.round_at, Incident.first_at) < before,
        )  # fmt: skip
        return list((await self._session.execute(query.order_by(Incident.id))).scalars())

    # ---- mutes --------------------------------------------------------------------------

    async def mute_of(self, row: Incident, now_ms: int) -> IncidentMute | None:
        """Return what keeps notices of such an incident back now, if anything does."""
        query = select(IncidentMute).where(
            IncidentMute.kind == row.kind,
            IncidentMute.unit.is_(None) if row.unit is None else IncidentMute.unit == row.unit,
            IncidentMute.until > now_ms,
        )
        if row.site is not None:
            query = query.where(IncidentMute.site == row.site)
        query = query.order_by(IncidentMute.until.desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def mutes(self, site: str, now_ms: int) -> Sequence[IncidentMute]:
        """Return what is muted in a site now."""
        query = select(IncidentMute).where(IncidentMute.site == site, IncidentMute.until > now_ms)
        return list((await self._session.execute(query.order_by(IncidentMute.until))).scalars())

    # ---- names --------------------------------------------------------------------------

    async def units(self, site: str | None) -> dict[str, str]:
        """Return the names of units."""
        query = select(Unit.id, Unit.name).order_by(Unit.name)
        if site is not None:
            query = query.where(Unit.site == site)
        return {row.id: row.name for row in await self._session.execute(query)}

    async def places(self, site: str | None) -> dict[str, str]:
        """Return the names of doors and areas."""
        found: dict[str, str] = {}
        for table in (Area, Door):
            query = select(table.id, table.name)
            if site is not None:
                query = query.where(table.site == site)
            found |= {row.id: row.name for row in await self._session.execute(query)}
        return found


def _meant(wanted: Wanted) -> list[Any]:
    meant: list[Any] = []
    if wanted.site is not None:
        meant.append((Incident.site == wanted.site) | Incident.site.is_(None))
    if wanted.unit is not None:
        meant.append(Incident.unit == wanted.unit)
    if wanted.severity is not None:
        meant.append(_of_severity(wanted.severity))
    if wanted.open_only:
        meant.append(OPEN)
    taken = Incident.acknowledged_at
    if wanted.state is State.RESOLVED:
        meant.append(Incident.ended_at.is_not(None))
    elif wanted.state is not None:
        is_open = wanted.state is State.OPEN
        meant += [OPEN, taken.is_(None) if is_open else taken.is_not(None)]
    return meant


def _of_severity(severity: Severity) -> Any:
    """A kind that we do not know is taken for a warning."""
    if severity is Severity.WARNING:
        others = [kind for kind in KINDS if kind_of(kind).severity is not severity]
        return Incident.kind.not_in(others)
    return Incident.kind.in_([k for k in KINDS if kind_of(k).severity is severity])
