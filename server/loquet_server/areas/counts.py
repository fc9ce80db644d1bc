"""How full areas are: counts without identity, as they are published and shown.

A lower room on purpose: ingest publishes these, pages and API show them.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, SiteId
from loquet_contract.wire.messages import AreaCounts
from loquet_server.headcount.reading import Counted, counted
from loquet_server.models import Desk


def area_counts(
    session: Session, now_ms: int, areas: Iterable[str] | None = None, site: str | None = None
) -> list[AreaCounts]:
    """Return the counts of these areas (default: all of the site, or of all sites), by rank."""
    return [counts_of(each, now_ms) for each in counted(session, now_ms, site, areas)]


def counts_of(found: Counted, now_ms: int) -> AreaCounts:
    """Return what may be published of an area.

    Presence only where exits are sensed, else who was seen today. Away counts as occupied.
    """
    people, desks = found.headcount, found.headcount.desks
    return AreaCounts(
        SiteId(found.site.id),
        AreaId(found.area.id),
        now_ms,
        desks.free,
        desks.occupied + desks.away,
        desks.unknown,
        None if people.exit_sensing else people.seen_today,
        people.present,
        people.low,
        people.high,
        desks.away,
        capacity=people.capacity,
    )


def areas_of_units(session: Session, units: Iterable[str]) -> set[str]:
    """Return the areas in which these units have desks."""
    query = select(Desk.area).where(Desk.unit.in_(list(units))).distinct()
    return set(session.execute(query).scalars())
