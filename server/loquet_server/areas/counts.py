"""How full areas are: counts without identity, as they are published and shown.

A lower room on purpose: ingest publishes these, pages and API show them.
"""

from collections.abc import Iterable

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, SiteId
from loquet_contract.wire.messages import AreaCounts
from loquet_server.days import day_of
from loquet_server.models import Area, AreaDay, Desk, DeskState, Site, UnitState


def area_counts(
    session: Session, now_ms: int, areas: Iterable[str] | None = None, site: str | None = None
) -> list[AreaCounts]:
    """Return the counts of these areas (default: all of the site, or of all sites), by rank."""
    found = _areas(session, areas, site)
    desks = _desks(session, [area.id for area, _ in found])
    days = {timezone: day_of(now_ms, timezone) for _, timezone in found}
    people = _people(session, [area.id for area, _ in found], sorted(set(days.values())))
    return [
        _counts(area, desks.get(area.id, {}), people.get((area.id, days[timezone])), now_ms)
        for area, timezone in found
    ]


def areas_of_units(session: Session, units: Iterable[str]) -> set[str]:
    """Return the areas in which these units have desks."""
    query = select(Desk.area).where(Desk.unit.in_(list(units))).distinct()
    return set(session.execute(query).scalars())


def _counts(area: Area, desks: dict[str, int], day: AreaDay | None, now_ms: int) -> AreaCounts:
    """Presence is shown only where exits are sensed; never below occupied desks nor zero."""
    occupied = desks.get("occupied", 0)
    free = desks.get("free", 0)
    seen = present = None
    if area.exit_sensing:
        inside = 0 if day is None else day.entries - day.exits
        present = max(inside, occupied, 0)
    else:
        seen = 0 if day is None else day.seen
    unknown = sum(desks.values()) - occupied - free
    return AreaCounts(
        SiteId(area.site), AreaId(area.id), now_ms, free, occupied, unknown, seen, present
    )


def _areas(
    session: Session, areas: Iterable[str] | None, site: str | None
) -> list[tuple[Area, str]]:
    query = select(Area, Site.timezone).join(Site, Site.id == Area.site)
    if areas is not None:
        query = query.where(Area.id.in_(list(areas)))
    if site is not None:
        query = query.where(Area.site == site)
    rows = (session.execute(query.order_by(Area.site, Area.rank, Area.id))).all()
    return [(row.Area, row.timezone) for row in rows]


def _desks(session: Session, areas: list[str]) -> dict[str, dict[str, int]]:
    """Return desks by area and state; those of units that are not connected are unknown."""
    heard = UnitState.online.is_(True)
    known = case((heard, func.coalesce(DeskState.state, "unknown")), else_="unknown")
    state = known.label("state")
    query = (
        select(Desk.area, state, func.count())
        .outerjoin(DeskState, DeskState.desk == Desk.id)
        .outerjoin(UnitState, UnitState.unit == Desk.unit)
        .where(Desk.area.in_(areas))
        .group_by(Desk.area, state)
    )
    found: dict[str, dict[str, int]] = {}
    for area, name, count in (session.execute(query)).all():
        found.setdefault(area, {})[name] = count
    return found


def _people(session: Session, areas: list[str], days: list[str]) -> dict[tuple[str, str], AreaDay]:
    query = select(AreaDay).where(AreaDay.area.in_(areas), AreaDay.day.in_(days))
    return {(row.area, row.day): row for row in (session.execute(query)).scalars()}
