"""What follows from a count: units are told it, and a full area is an incident, once.

Called wherever a count may have changed: by ingest with what came, and every minute, since a
quiet hour or a unit that falls silent changes it as well.
"""

import math
from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from loquet_contract.ids import SiteId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import Change
from loquet_server.headcount.reading import Counted
from loquet_server.headcount.repository import HeadcountRepository
from loquet_server.hooks.incidents import ended, opened
from loquet_server.hooks.outbox import notices
from loquet_server.models import Incident
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.publication import Publication

WARNING: Final = "area_warning"
FULL: Final = "area_full"
SLACK: Final = 0.05
"""An incident ends once the count is this part of the threshold below it, and one at least:
a person at the door must not raise it again and again."""


def watch(
    session: Session, moving: MovingPublisher, found: Iterable[Counted], now_ms: int
) -> list[Publication]:
    """Tell units the counts that matter to them, raise and end incidents; return what to publish.

    After a flush; nothing is told twice.
    """
    each_site: dict[str, list[Counted]] = {}
    for each in found:
        each_site.setdefault(each.site.id, []).append(each)
    publications: list[Publication] = []
    for site, areas in each_site.items():
        facts = {f"people/{each.area.id}": _told(each) for each in areas}
        publications += moving.tell_in(session, site, facts, now_ms)
        publications += _incidents(session, site, areas, now_ms)
    return publications


def _told(each: Counted) -> int | None:
    """Return what units are told: only where somebody may be refused or warned of."""
    return None if each.area.capacity is None else each.headcount.present


def _incidents(session: Session, site: str, areas: list[Counted], now_ms: int) -> list[Publication]:
    repository = HeadcountRepository(session)
    known = repository.open_incidents(site, (WARNING, FULL))
    changed: list[Incident] = []
    for each in areas:
        for kind, limit in ((WARNING, each.area.warn_at), (FULL, each.area.capacity)):
            row = known.get((kind, each.area.id))
            people = each.headcount.present
            over = limit is not None and people is not None and people >= limit
            if row is None and over:
                changed.append(repository.open_incident(site, kind, each.area.id, now_ms))
            elif row is not None and not over and _calm(people, limit):
                row.ended_at, row.last_at, row.revision = now_ms, now_ms, row.revision + 1
                changed.append(row)
    begun = [row for row in changed if row.ended_at is None]
    past = [row for row in changed if row.ended_at is not None]
    notices(session, [*opened(begun), *ended(past)], now_ms)
    return [_change(site, row.kind, now_ms) for row in changed]


def _calm(people: int | None, limit: int | None) -> bool:
    """True if a threshold is left far enough behind, or there is none any more."""
    return people is None or limit is None or people <= limit - max(1, math.ceil(limit * SLACK))


def _change(site: str, kind: str, now_ms: int) -> Publication:
    change = Change("incident", kind, now_ms)
    return Publication(topics.changes(SiteId(site)), encode(change))
