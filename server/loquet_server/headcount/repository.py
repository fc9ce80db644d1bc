"""What the count of people asks the database: facts since a moment, and what was not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, delete, func, or_, select
from sqlalchemy.orm import Session

from loquet_server.days import DAY_MS, day_of
from loquet_server.dialect import upsert
from loquet_server.models import (
    AccessPoint,
    Area,
    AreaDay,
    Counter,
    CountReset,
    Crossing,
    Desk,
    DeskState,
    Door,
    Entry,
    Incident,
    Journal,
    Passage,
    PeopleCorrection,
    Site,
    Unit,
    UnitState,
)

LOST = ("reader_lost", "counter_lost")
"""Incidents that hide people."""
FEW = 50
"""So many facts under way are no backlog."""

# Built once: to build them anew costs more than what they ask, and every tap asks.
_AREAS: BindParameter[Sequence[str]] = bindparam("areas", expanding=True)
_SEEN = select(AreaDay.area, AreaDay.day, AreaDay.seen).where(
    AreaDay.area.in_(_AREAS), AreaDay.day.in_(bindparam("days", expanding=True))
)
_STATE = func.coalesce(DeskState.state, "unknown").label("state")
_DESKS = (
    select(Desk.area, Desk.unit, _STATE, func.count().label("desks"))
    .outerjoin(DeskState, DeskState.desk == Desk.id)
    .where(Desk.area.in_(_AREAS))
    .group_by(Desk.area, Desk.unit, _STATE)
)
_OPEN = select(Incident).where(
    Incident.site == bindparam("of_site"),
    Incident.kind.in_(bindparam("kinds", expanding=True)),
    Incident.ended_at.is_(None),
)
_BEHIND = UnitState.last_sequence > Journal.acked + FEW
_UNITS = (
    select(
        Unit.id, Unit.name, UnitState.online, UnitState.seen_at,
        case((_BEHIND, func.coalesce(Entry.utc, 0))).label("told_at"),
    )
    .outerjoin(UnitState, UnitState.unit == Unit.id)
    .outerjoin(Journal, Journal.id == UnitState.journal)
    .outerjoin(Entry, (Entry.journal == Journal.id) & (Entry.sequence == Journal.acked))
    .where(Unit.site == bindparam("of_site"), Unit.revoked_at.is_(None))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One direction through a door, and its unit."""

    point: str
    reader: str
    door: str
    unit: str | None
    area_from: str
    area_to: str


class HeadcountRepository:
    """Queries of one transaction, in plain, blocking code."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def areas(
        self, site: str | None = None, ids: Iterable[str] | None = None
    ) -> list[tuple[Area, Site]]:
        """Return areas, by rank, with their sites."""
        query = select(Area, Site).join(Site, Site.id == Area.site)
        if site is not None:
            query = query.where(Area.site == site)
        if ids is not None:
            query = query.where(Area.id.in_(list(ids)))
        rows = self._session.execute(query.order_by(Area.site, Area.rank, Area.id)).all()
        return [(row.Area, row.Site) for row in rows]

    def seen(self, areas: Iterable[str], days: Iterable[str]) -> dict[tuple[str, str], int]:
        """Return how many different people were seen, by area and day."""
        rows = self._session.execute(_SEEN, {"areas": list(areas), "days": list(days)})
        return {(row.area, row.day): row.seen for row in rows}

    def ways(self, sites: Iterable[str]) -> list[Way]:
        """Return all ways through the doors of these sites."""
        query = (
            select(
                AccessPoint.id, AccessPoint.reader, AccessPoint.door, Door.unit,
                AccessPoint.area_from, AccessPoint.area_to,
            )
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site.in_(list(sites)))
            .order_by(AccessPoint.id)
        )  # fmt: skip
        return [Way(*row) for row in self._session.execute(query)]

    def desks(self, areas: Iterable[str]) -> Sequence[Any]:
        """Return how many desks are in which state: (area, unit, state, how many)."""
        return self._session.execute(_DESKS, {"areas": list(areas)}).all()

    def passages(
        self,
        site: str,
        targets: Iterable[str],
        start: int,
        now: int,
        about: Iterable[str] | None = None,
    ) -> Sequence[Any]:
        """Return who went where since ``start``: (at, journal, sequence, holder, door, from, to).

        ``targets``: every area that a way leads to. ``about``: only what tells of people in
        these areas: who went in or out, and where those who went in went else.
        """
        days = _days(start, now)
        meant = (
            Passage.day.in_(days), Passage.site == site, Passage.outcome == "taken",
            Passage.at >= start, Passage.at <= now,
        )  # fmt: skip
        query = select(
            Passage.at, Passage.journal, Passage.sequence, Passage.holder, Passage.door,
            Passage.area_from, Passage.area_to,
        ).where(Passage.area_to.in_(list(targets)), *meant)  # fmt: skip
        if about is not None:
            areas = list(about)
            inside = select(Passage.holder).where(Passage.area_to.in_(areas), *meant)
            query = query.where(
                or_(
                    Passage.area_to.in_(areas),
                    Passage.area_from.in_(areas),
                    Passage.holder.in_(inside),
                )
            )
        return self._session.execute(query).all()

    def crossings(self, site: str, start: int, now: int) -> Sequence[Any]:
        """Return crossings without a badge, and desks that were taken or left."""
        query = select(
            Crossing.at, Crossing.journal, Crossing.sequence, Crossing.part, Crossing.source,
            Crossing.direction, Crossing.door, Crossing.area, Crossing.beyond,
        ).where(Crossing.site == site, Crossing.at >= start, Crossing.at <= now)  # fmt: skip
        return self._session.execute(query).all()

    def corrections(self, areas: Iterable[str], start: int) -> Sequence[PeopleCorrection]:
        """Return what people counted since ``start``."""
        query = select(PeopleCorrection).where(
            PeopleCorrection.area.in_(list(areas)), PeopleCorrection.at >= start
        )
        return self._session.execute(query.order_by(PeopleCorrection.at)).scalars().all()

    def counters(self, doors: Iterable[str]) -> dict[str, int]:
        """Return the doors that have a beam counter, and since when."""
        query = (
            select(Counter.door, func.min(Counter.known_at))
            .where(Counter.door.in_(list(doors)))
            .group_by(Counter.door)
        )
        return {door: at for door, at in self._session.execute(query)}  # noqa: C416

    def lost(self, site: str, start: int) -> Sequence[Incident]:
        """Return what did not see at some time since ``start``."""
        query = select(Incident).where(
            Incident.site == site,
            Incident.kind.in_(LOST),
            or_(Incident.ended_at.is_(None), Incident.ended_at > start),
        )
        return self._session.execute(query.order_by(Incident.id)).scalars().all()

    def units(self, site: str) -> Sequence[Any]:
        """Return (id, name, online, seen_at, told_at) of a site's units.

        ``told_at``: the time of the last fact of a unit that has many more to tell, else None.
        """
        return self._session.execute(_UNITS, {"of_site": site}).all()

    # ---- incidents --------------------------------------------------------------------------

    def open_incidents(self, site: str, kinds: Iterable[str]) -> dict[tuple[str, str], Incident]:
        """Return a site's open incidents of these kinds, by kind and subject."""
        rows = self._session.execute(_OPEN, {"of_site": site, "kinds": list(kinds)}).scalars()
        return {(row.kind, row.subject): row for row in rows}

    def open_incident(
        self, site: str, kind: str, subject: str, now_ms: int, detail: str = ""
    ) -> Incident:
        """Return a new incident."""
        row = Incident(
            site=site, kind=kind, subject=subject, detail=detail, count=1, first_at=now_ms,
            last_at=now_ms, revision=1,
        )  # fmt: skip
        self._session.add(row)
        return row

    # ---- what is kept ---------------------------------------------------------------------

    def write_resets(self, rows: list[dict[str, Any]]) -> None:
        """Keep what was left over at resets, in place of what was thought before."""
        upsert(self._session, CountReset, ["area", "at"], rows)

    def resets(self, area: str, most: int) -> Sequence[CountReset]:
        """Return what was left over at the latest resets of an area, newest first."""
        query = select(CountReset).where(CountReset.area == area)
        query = query.order_by(CountReset.at.desc()).limit(most)
        return self._session.execute(query).scalars().all()

    def latest_corrections(self, area: str, most: int) -> Sequence[PeopleCorrection]:
        """Return the latest corrections of an area, newest first."""
        query = select(PeopleCorrection).where(PeopleCorrection.area == area)
        query = query.order_by(PeopleCorrection.at.desc(), PeopleCorrection.id.desc()).limit(most)
        return self._session.execute(query).scalars().all()

    def add(self, row: PeopleCorrection) -> None:
        """Keep a correction."""
        self._session.add(row)

    def forget(self, before: int) -> None:
        """Let crossings go that no count needs any more."""
        self._session.execute(delete(Crossing).where(Crossing.at < before))


def _days(start: int, now: int) -> list[str]:
    """Return every day that a passage since ``start`` may count with, whatever the time zone."""
    return sorted({day_of(at, "UTC") for at in range(start - DAY_MS, now + 2 * DAY_MS, DAY_MS)})
