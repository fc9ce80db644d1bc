"""``headcounts``: how many people are in each area of a site, as pages and units are told it.

A lower room on purpose: ingest publishes these, pages, API and metrics show them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy.orm import Session

from loquet_server.days import day_of
from loquet_server.headcount.facts import Estimate
from loquet_server.headcount.pure import estimate
from loquet_server.headcount.repository import HeadcountRepository
from loquet_server.headcount.scenes import Desks, begins, desks_of, facts_of, scene_of
from loquet_server.models import Area, Site


@dataclass(frozen=True, slots=True)
class Headcount:
    """The people of an area.

    ``present`` is the best estimate, and the truth should lie from ``low`` to ``high``; all None
    where exits are not sensed: then only ``seen_today`` may be shown. ``level``: ok, warn or
    full, None where there is no threshold or no estimate. ``since``: when the count was last
    sure, UTC milliseconds. ``reasons``: why it is no surer, coded; ``words.sentences`` says them.
    """

    area: str
    exit_sensing: bool
    present: int | None
    low: int | None
    high: int | None
    seen_today: int
    capacity: int | None
    warn_at: int | None
    level: str | None
    reasons: tuple[str, ...]
    since: int
    desks: Desks = field(default_factory=Desks)


@dataclass(frozen=True, slots=True)
class Counted:
    """A headcount with what is known of those who are inside; only for who may read names."""

    area: Area
    site: Site
    headcount: Headcount
    estimate: Estimate | None


def headcounts(session: Session, site: str, now_ms: int) -> dict[str, Headcount]:
    """Return the people of every area of a site, by area, in the order of their rank."""
    return {each.area.id: each.headcount for each in counted(session, now_ms, site)}


def counted(
    session: Session, now_ms: int, site: str | None = None, areas: Iterable[str] | None = None
) -> list[Counted]:
    """Return the people of these areas (default: all of the site, or of all sites), by rank."""
    repository = HeadcountRepository(session)
    found: list[Counted] = []
    rows = repository.areas(site, areas)
    for _, group in groupby(rows, lambda row: row[1].id):
        pairs = list(group)
        found += _of_site(repository, pairs[0][1], [area for area, _ in pairs], now_ms)
    return found


def _of_site(
    repository: HeadcountRepository, site: Site, areas: Sequence[Area], now: int
) -> list[Counted]:
    day = day_of(now, site.timezone)
    ids = [area.id for area in areas]
    seen = repository.seen(ids, [day])
    units = repository.units(site.id)
    desks = desks_of(repository.desks(ids), units)
    sensed = [area for area in areas if area.exit_sensing]
    starts = {area.id: begins(area, site, now) for area in areas}
    estimates: dict[str, Estimate] = {}
    if sensed:
        start = min(starts[area.id] for area in sensed)
        facts = facts_of(repository, site, units, sensed, start, now)
        for area in sensed:
            own = desks.get(area.id, Desks())
            scene = scene_of(facts, area, own, starts[area.id])
            estimates[area.id] = estimate(scene, now)
    return [
        _counted(
            area, site, desks.get(area.id, Desks()), seen.get((area.id, day), 0),
            starts[area.id], estimates.get(area.id),
        )
        for area in areas
    ]  # fmt: skip


def _counted(
    area: Area, site: Site, desks: Desks, seen: int, start: int, found: Estimate | None
) -> Counted:
    if found is None:
        none = Headcount(
            area.id, False, None, None, None, seen, area.capacity, area.warn_at, None, (), start,
            desks,
        )  # fmt: skip
        return Counted(area, site, none, None)
    headcount = Headcount(
        area.id, True, found.best, found.low, found.high, seen, area.capacity, area.warn_at,
        level_of(found.best, area.warn_at, area.capacity), tuple(map(str, found.reasons)),
        found.since, desks,
    )  # fmt: skip
    return Counted(area, site, headcount, found)


def level_of(people: int, warn_at: int | None, capacity: int | None) -> str | None:
    """Return ok, warn or full; None where nothing was set."""
    if capacity is not None and people >= capacity:
        return "full"
    if warn_at is not None and people >= warn_at:
        return "warn"
    return None if capacity is None and warn_at is None else "ok"
