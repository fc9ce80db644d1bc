"""What was left over at quiet hours, when everybody should have been gone: how well it counts.

A pure function of the facts: computed whenever, also days later, it says the same, and what
came late from a unit that was cut off corrects it.
"""

from typing import Any, Final

from sqlalchemy.orm import Session

from loquet_contract.ids import SiteId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import Change
from loquet_server.days import DAY_MS
from loquet_server.headcount.days import resets_between
from loquet_server.headcount.pure import estimate
from loquet_server.headcount.repository import HeadcountRepository
from loquet_server.headcount.scenes import Desks, begins, facts_of, scene_of
from loquet_server.models import Area, CountReset, Site
from loquet_server.publication import Publication

DRIFT: Final = "count_drift"
KEPT_MS: Final = 4 * DAY_MS
"""Crossings that no badge tells are kept so long: a unit cut off for days still mends the count."""
LOOKED: Final = 5
OFTEN: Final = 3
"""Of the last five quiet hours, so many with much left over are an incident."""
LARGE: Final = 3
SHARE: Final = 0.1
"""Much: three people, and a tenth of those who came."""


def settle(session: Session, now_ms: int) -> list[Publication]:
    """Keep what was left over at the quiet hours of the last days; return what to publish."""
    repository = HeadcountRepository(session)
    found: list[Publication] = []
    for area, site in repository.areas():
        if area.exit_sensing:
            repository.write_resets(_left_over(repository, site, area, now_ms))
            session.flush()
            found += _drift(repository, site.id, area.id, now_ms)
    repository.forget(now_ms - KEPT_MS)
    return found


def _left_over(
    repository: HeadcountRepository, site: Site, area: Area, now_ms: int
) -> list[dict[str, Any]]:
    minutes = site.day_starts if area.reset_at is None else area.reset_at
    moments = resets_between(now_ms - 2 * DAY_MS, now_ms, site.timezone, minutes)
    units = repository.units(site.id)
    rows = []
    for at in moments:
        start = begins(area, site, at - 1)
        facts = facts_of(repository, site, units, [area], start, at - 1)
        scene = scene_of(facts, area, Desks(), start)
        left = estimate(scene, at - 1)
        if left.crossings:
            rows.append({
                "area": area.id, "at": at, "people": left.best, "low": left.low,
                "high": left.high, "crossings": left.crossings,
            })  # fmt: skip
    return rows


def is_large(row: CountReset) -> bool:
    """True if much was left over; whoever came also left, so half the crossings are people."""
    return row.people >= max(LARGE, row.crossings / 2 * SHARE)


def _drift(repository: HeadcountRepository, site: str, area: str, now_ms: int) -> list[Publication]:
    latest = repository.resets(area, LOOKED)
    often = sum(is_large(row) for row in latest) >= OFTEN
    known = repository.open_incidents(site, (DRIFT,)).get((DRIFT, area))
    if often and known is None:
        repository.open_incident(site, DRIFT, area, now_ms)
    elif known is not None and not any(is_large(row) for row in latest[:2]):
        known.ended_at, known.last_at, known.revision = now_ms, now_ms, known.revision + 1
    else:
        return []
    return [Publication(topics.changes(SiteId(site)), encode(Change("incident", DRIFT, now_ms)))]
