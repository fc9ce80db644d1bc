"""The parts of the live page that change on their own, rendered for one audience.

An audience is a language and what its people may: ``fr`` may all, ``fr:r`` may release doors but
neither lock them down nor read names. What hangs on a wall for all to read is ``fr:``.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from loquet_server.floorplan.plan import MarkKind
from loquet_server.live.schemas import LiveView, PassageView
from loquet_server.web.i18n import N_, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import macros
from loquet_server.who import Actor, Permission

PARTS = "live_parts.html"
PLAN = "live_plan.html"
LETTERS: Final = {
    "n": Permission.LOG_READ, "r": Permission.DOORS_RELEASE, "l": Permission.DOORS_LOCKDOWN,
    "e": Permission.EXPLAIN, "m": Permission.MEMBERS_WRITE, "f": Permission.FLOORS_WRITE,
    "u": Permission.UNITS_WRITE,
}  # fmt: skip
"""Names of people, releasing, locking down, explaining, looking after members, drawing plans,
looking after units: each a letter of an audience."""
EVERYTHING: Final = "".join(LETTERS)


def audience_of(language: str, actor: Actor, *, wall: bool = False) -> str:
    """Return whom a page is rendered for; ``wall``: everybody who passes reads it."""
    if wall:
        return f"{language}:"
    may = "".join(letter for letter, permission in LETTERS.items() if actor.may(permission))
    return language if may == EVERYTHING else f"{language}:{may}"


def seen_by(view: LiveView, audience: str) -> LiveView:
    """Return what an audience may see of the space."""
    language, colon, letters = audience.partition(":")
    may = frozenset(letters if colon else EVERYTHING)
    if "n" in may:
        return replace(view, may=may)
    somebody = translations(language).gettext(N_("A member"))

    def unnamed(passage: PassageView) -> PassageView:
        return replace(passage, who=somebody) if passage.who else passage

    doors = tuple(
        replace(door, passage=unnamed(door.passage)) if door.passage else door
        for door in view.doors
    )
    passages = tuple(unnamed(each) for each in view.passages)
    return replace(view, may=may, doors=doors, passages=passages, refusals=())


def render_fragments(view: LiveView, audience: str) -> dict[str, str]:
    """Return every fragment of the page by the id of its outermost element."""
    return dict(_fragments(seen_by(view, audience), audience.partition(":")[0]))


def moments_of(view: LiveView, language: str) -> Moments:
    """Return how instants are written for this space and language."""
    return Moments(translations(language).locale, ZoneInfo(view.space.timezone))


def _fragments(view: LiveView, language: str) -> Iterator[tuple[str, str]]:
    parts, moments = macros(language, PARTS), moments_of(view, language)
    for name in ("figures", "incidents", "refusals", "wishes", "passages", "spoken"):
        yield name, getattr(parts, name)(view, moments)
    yield "site-orders", parts.site_orders(view)
    for door in view.doors:
        yield f"door-{door.id}", parts.door(view, moments, door)
    for area in view.areas:
        if not area.desks:
            continue
        if not view.floors:
            yield f"area-{area.id}", parts.area(view, moments, area)
            continue
        yield f"area-{area.id}", parts.area_head(area)
        for desk in area.desks:  # a row each: one desk's change is not everybody's
            yield f"desk-{desk.id}", parts.desk_row(view, moments, desk)
    for unit in view.units:
        yield f"unit-{unit.id}", parts.unit(view, moments, unit)
    yield from _on_plans(view, language, moments)


def _on_plans(view: LiveView, language: str, moments: Moments) -> Iterator[tuple[str, str]]:
    """Yield what stands on the floors' plans, each mark a fragment of its own."""
    plan = macros(language, PLAN)
    things: dict[MarkKind, dict[str, Any]] = {
        MarkKind.AREA: {each.id: each for each in view.areas},
        MarkKind.DOOR: {each.id: each for each in view.doors},
        MarkKind.DESK: {desk.id: desk for area in view.areas for desk in area.desks},
        MarkKind.UNIT: {each.id: each for each in view.units},
        MarkKind.READER: {way: reader for way, (_, reader) in view.readers.items()},
        MarkKind.SENSOR: {each: name for each, (name, _, _) in view.sensors.items()},
    }
    for floor in view.floors:
        # A new revision has a new name: pages fetch the whole plan again.
        yield f"floor-{floor.id}-{floor.revision}", plan.legend(view, floor)
        for mark in floor.plan.marks:
            thing = things.get(mark.kind, {}).get(mark.subject)
            if thing is not None:
                name = f"plan-{mark.kind.value}-{mark.subject}"
                draw = getattr(plan, mark.kind.value)
                yield name, draw(view, moments, floor, mark, thing)
