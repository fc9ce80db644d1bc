"""The parts of the live page that change on their own, rendered for one language."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from loquet_server.live.schemas import LiveView
from loquet_server.web.i18n import translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import macros

PARTS = "live_parts.html"


def render_fragments(view: LiveView, language: str) -> dict[str, str]:
    """Return every fragment of the page by the id of its outermost element."""
    return dict(_fragments(view, language))


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
