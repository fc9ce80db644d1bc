"""``/enforcement``: what every door goes by now; and the proof for one badge."""

from typing import Annotated, Any

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from loquet_server.enforcement import service
from loquet_server.enforcement.schemas import UnitEnforcement
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.people.frame import Frame
from loquet_server.web.i18n import Translations
from loquet_server.who import Actor, Permission, needs

DAY_MS = 86_400_000
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of these pages."""
    return router


@router.get("/enforcement")
async def list_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.UNITS_READ)],
) -> HTMLResponse:
    """Show which version each unit's doors go by, and how long it would last without us."""
    frame = await Frame.of(request, office, session, actor)
    units = await service.units(session, frame.site.id)
    behind = [each for each in units if each.behind_since is not None]
    values = {
        "units": sorted(units, key=_most_urgent),
        "behind": len(behind),
        "took": _Took(frame.texts),
        "days_left": lambda at: max((at - frame.now_ms) // DAY_MS, 0),
    }
    return frame.show("enforcement.html", values)


@router.get("/enforcement/badges/{badge}")
async def proof_page(
    badge: Annotated[str, Path(max_length=64)],
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.MEMBERS_READ)],
) -> HTMLResponse:
    """Show where a badge opens nothing any more, and where it may still."""
    frame = await Frame.of(request, office, session, actor)
    found = await service.proof(session, badge, actor)
    waiting = [each for each in found.doors if each.confirmed_at is None]
    values: dict[str, Any] = {
        "proof": found,
        "waiting": waiting,
        "confirmed": [each for each in found.doors if each.confirmed_at is not None],
        "took": _Took(frame.texts),
    }
    return frame.show("enforcement_badge.html", values)


class _Took:
    """Says how long something took, in words: 0.2 s, 3 minutes."""

    def __init__(self, texts: Translations) -> None:
        self._texts = texts

    def __call__(self, ms: int) -> str:
        if ms < 60_000:
            shown = format_decimal(round(ms / 1000, 1), locale=self._texts.locale)
            return f"{shown} s"
        return str(format_timedelta(ms // 1000, locale=self._texts.locale, threshold=1))


def _most_urgent(unit: UnitEnforcement) -> tuple[bool, bool, str]:
    return unit.behind_since is None, unit.online, unit.name
