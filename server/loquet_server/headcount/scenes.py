"""From the rows of a site to what the estimate needs of each area whose exits are sensed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from loquet_server.headcount.days import last_reset
from loquet_server.headcount.facts import Correction, Crossing, Scene, Source, Unseen
from loquet_server.headcount.pure import WITH_BADGE
from loquet_server.headcount.reasons import Kind
from loquet_server.headcount.repository import HeadcountRepository, Way
from loquet_server.models import Area, Incident, Site

NEVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Desks:
    """How many desks of an area are in which state, as far as their units are connected."""

    occupied: int = 0
    away: int = 0
    free: int = 0
    unknown: int = 0
    silent: tuple[tuple[int, int], ...] = ()
    """When a unit fell silent, and how many of its desks were taken then."""


@dataclass(slots=True)
class SiteFacts:
    """All that was seen at a site since ``start``, read once for all its areas."""

    units: Sequence[Any]
    ways: list[Way]
    passages: Sequence[Any] = ()
    crossings: Sequence[Any] = ()
    lost: Sequence[Incident] = ()
    corrections: Sequence[Any] = ()
    counters: dict[str, int] = field(default_factory=dict)


def begins(area: Area, site: Site, now: int) -> int:
    """Return the quiet hour since which an area is counted."""
    minutes = site.day_starts if area.reset_at is None else area.reset_at
    return last_reset(now, site.timezone, minutes)


def facts_of(
    repository: HeadcountRepository,
    site: Site,
    units: Sequence[Any],
    areas: Sequence[Area],
    start: int,
    now: int,
) -> SiteFacts:
    """Return what was seen at a site since ``start``."""
    found = SiteFacts(units, repository.ways([site.id]))
    targets = {way.area_to for way in found.ways}
    ids = [area.id for area in areas]
    found.passages = repository.passages(site.id, targets, start, now, ids)
    found.crossings = repository.crossings(site.id, start, now)
    found.lost = repository.lost(site.id, start)
    found.corrections = repository.corrections(ids, start)
    found.counters = repository.counters({way.door for way in found.ways})
    return found


def scene_of(facts: SiteFacts, area: Area, desks: Desks, start: int) -> Scene:
    """Return an area's scene from ``start`` on."""
    ways = [way for way in facts.ways if area.id in (way.area_from, way.area_to)]
    return Scene(
        start,
        [*_badges(facts, area.id), *_others(facts, area.id), *_silent(desks, start)],
        [
            Correction(row.at, row.id, row.people, row.actor)
            for row in facts.corrections
            if row.area == area.id
        ],
        list(_unseen(facts, area.id, ways, start)),
        {door: _sights(facts, door, at) for door, at in facts.counters.items()},
        desks.occupied,
        desks.unknown,
    )


def desks_of(rows: Iterable[Any], units: Sequence[Any]) -> dict[str, Desks]:
    """Return desks by area; those of units that are not connected are unknown."""
    heard = {row.id: row for row in units}
    counts: dict[str, dict[str, int]] = {}
    silent: dict[str, list[tuple[int, int]]] = {}
    for area, unit, state, number in rows:
        found = counts.setdefault(area, {})
        known = heard.get(unit)
        if known is None or not known.online:
            if state == "occupied":
                at = 0 if known is None else known.seen_at or 0
                silent.setdefault(area, []).append((at, number))
            state = "unknown"
        name = state if state in ("occupied", "away", "free") else "unknown"
        found[name] = found.get(name, 0) + number
    return {
        area: Desks(**found, silent=tuple(silent.get(area, ()))) for area, found in counts.items()
    }


def _badges(facts: SiteFacts, area: str) -> Iterable[Crossing]:
    for at, journal, sequence, holder, door, area_from, area_to in facts.passages:
        if area_to == area:
            source, direction = Source.BADGE, 1
        elif area_from == area:
            source, direction = Source.BADGE, -1
        else:
            source, direction = Source.ELSEWHERE, -1
        yield Crossing(at, journal, sequence, source, direction, holder or "", door)


def _others(facts: SiteFacts, area: str) -> Iterable[Crossing]:
    for row in facts.crossings:
        if row.area == area:
            direction = row.direction
        elif row.beyond == area and row.source != Source.DESK:
            direction = -row.direction
        else:
            continue
        source = _seen_from(Source(row.source), direction)
        yield Crossing(
            row.at, row.journal, row.sequence, source, direction, "", row.door or "", row.part
        )


def _seen_from(source: Source, direction: int) -> Source:
    """Return how a crossing counts: what leaves one side by a handle comes into the other."""
    if source in (Source.OPENING, Source.BUTTON) and direction > 0:
        return Source.RELEASE
    if source is Source.RELEASE and direction < 0:
        return Source.OPENING
    return source


def _silent(desks: Desks, start: int) -> Iterable[Crossing]:
    """A desk of which nothing is heard any more is no longer known to be taken."""
    for part, (at, number) in enumerate(desks.silent):
        yield Crossing(max(at, start), "", 0, Source.DESK, -number, part=part)


def _sights(facts: SiteFacts, door: str, known_at: int) -> list[tuple[int, int]]:
    """Return the spans in which a door's counter sees; a badge comes just before its beam."""
    spans, at = [], known_at - WITH_BADGE
    lost = [each for each in facts.lost if (each.kind, each.subject) == ("counter_lost", door)]
    for each in sorted(lost, key=lambda each: each.first_at):
        if each.first_at > at:
            spans.append((at, each.first_at))
        at = max(at, NEVER if each.ended_at is None else each.ended_at)
    return [*spans, (at, NEVER)]


def _unseen(facts: SiteFacts, area: str, ways: Sequence[Way], start: int) -> Iterable[Unseen]:
    doors = {way.door for way in ways}
    for unit in facts.units:
        own = {way.door for way in ways if way.unit == unit.id}
        if not own:
            continue
        share = len(own) / len(doors)
        if not unit.online:
            yield Unseen(
                Kind.UNIT_OFFLINE, unit.name, max(unit.seen_at or start, start), None, share
            )
        elif unit.told_at is not None:
            yield Unseen(Kind.UNIT_BEHIND, unit.name, max(unit.told_at, start), None, share)
    for each in facts.lost:
        hidden = [way for way in ways if _hides(each, way)]
        if hidden:
            yield Unseen(
                Kind(each.kind), each.subject, max(each.first_at, start), each.ended_at,
                len({way.door for way in hidden}) / len(doors),
                any(way.area_to == area for way in hidden),
                any(way.area_from == area for way in hidden),
            )  # fmt: skip


def _hides(incident: Incident, way: Way) -> bool:
    if incident.kind == "counter_lost":
        return incident.subject == way.door
    return (incident.unit, incident.subject) == (way.unit, way.reader)
