"""The parts of the live page that change on their own, rendered for one audience.

An audience is a language and what its people may: ``fr`` may all, ``fr:r`` may release doors but
neither lock them down nor read names.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from loquet_server.live.schemas import LiveView, PassageView
from loquet_server.web.i18n import N_, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import macros
from loquet_server.who import Actor, Permission

PARTS = "live_parts.html"
LETTERS: Final = {
    "n": Permission.LOG_READ, "r": Permission.DOORS_RELEASE, "l": Permission.DOORS_LOCKDOWN
}  # fmt: skip
"""Names of people, releasing, locking down: each a letter of an audience."""
EVERYTHING: Final = "".join(LETTERS)


def audience_of(language: str, actor: Actor) -> str:
    """Return whom a page is rendered for."""
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
    return replace(view, may=may, doors=doors, passages=passages)


def render_fragments(view: LiveView, audience: str) -> dict[str, str]:
    """Return every fragment of the page by the id of its outermost element."""
    return dict(_fragments(seen_by(view, audience), audience.partition(":")[0]))


def moments_of(view: LiveView, language: str) -> Moments:
    """Return how instants are written for this space and language."""
    return Moments(translations(language).locale, ZoneInfo(view.space.timezone))


def _fragments(view: LiveView, language: str) -> Iterator[tuple[str, str]]:
    parts, moments = macros(language, PARTS), moments_of(view, language)
    for name in ("figures", "incidents", "passages", "spoken"):
        yield name, getattr(parts, name)(view, moments)
    yield "site-orders", parts.site_orders(view)
    for door in view.doors:
        yield f"door-{door.id}", parts.door(view, moments, door)
    for area in view.areas:
        if area.desks:
            yield f"area-{area.id}", parts.area(view, moments, area)
    for unit in view.units:
        yield f"unit-{unit.id}", parts.unit(view, moments, unit)
