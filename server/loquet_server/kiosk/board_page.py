"""``/kiosk``: one page without a way to scroll or to sign in, for a screen on the wall.

A screen comes with its link once; from then on its cookie says which it is. Somebody who has
signed in sees the whole space as a screen would show it.
"""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hosts import line_of
from loquet_server.identity.arriving import secure
from loquet_server.kiosk.board import Wanted, board
from loquet_server.kiosk.keys import COOKIE, set_cookie
from loquet_server.kiosk.repository import KioskRepository
from loquet_server.kiosk.service import SEEN_MS, find
from loquet_server.kiosk.showing import words
from loquet_server.models import Screen
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.web.assets import asset
from loquet_server.web.pages import Audience, environment
from loquet_server.who import Actor, Permission

NO_STORE: Final = {"cache-control": "no-store"}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """Who looks, or why nobody may: ``trouble`` is unknown or revoked."""

    wanted: Wanted | None = None
    language: str = "fr"
    screen: Screen | None = None
    trouble: str = ""


@router.get("/kiosk/s/{secret}")
async def arrive(request: Request, secret: str, office: OfficeDep, session: ReadingDep) -> Response:
    """Let a screen in by its link; whoever guesses is soon told to wait."""
    client = request.client.host if request.client else ""
    office.enrolments.check(client)
    screen = await find(session, secret)
    if screen is None or screen.revoked_at is not None:
        office.enrolments.failed(line_of(client))
        return _trouble(request, "unknown" if screen is None else "revoked")
    answer = RedirectResponse("/kiosk", 303, headers=NO_STORE)
    set_cookie(answer, secret, secure=secure(request))
    return answer


@router.get("/kiosk")
async def show(request: Request, office: OfficeDep, session: ReadingDep) -> Response:
    """Show the screen; its script asks for the board from then on."""
    shown = await _shown(request, session)
    if shown.wanted is None:
        return _trouble(request, shown.trouble)
    answer = await _board(request, "kiosk.html", office, session, shown)
    if shown.screen is not None:  # a young cookie each time, so that it never ends
        set_cookie(answer, request.cookies[COOKIE], secure=secure(request))
    return answer


@router.get("/kiosk/board")
async def refresh(request: Request, office: OfficeDep, session: ReadingDep) -> Response:
    """Return the board alone; 401 for nobody's screen, 410 for one that was switched off."""
    shown = await _shown(request, session)
    if shown.wanted is None:
        return Response(status_code=410 if shown.trouble == "revoked" else 401, headers=NO_STORE)
    return await _board(request, "kiosk_board.html", office, session, shown)


async def _shown(request: Request, session: AsyncSession) -> Shown:
    repository = KioskRepository(session)
    secret = request.cookies.get(COOKIE)
    if secret:
        screen = await find(session, secret)
        if screen is not None and screen.revoked_at is None:
            site = await repository.site(screen.site)
            assert site is not None
            wanted = Wanted(site, tuple(screen.areas), screen.names)
            return Shown(wanted, screen.language, screen)
        if screen is not None:
            return Shown(trouble="revoked")
    actor = getattr(request.state, "actor", None)
    if isinstance(actor, Actor) and actor.may(Permission.LIVE_READ):
        site = await repository.site(actor.site)
        if site is not None:
            return Shown(Wanted(site, (), False), Audience.of(request).language)
    return Shown(trouble="unknown")


async def _board(
    request: Request, template: str, office: Office, session: AsyncSession, shown: Shown
) -> Response:
    assert shown.wanted is not None
    now = office.now_ms()
    found = await board(session, shown.wanted, now)
    version = asset("loquet/kiosk.js") + asset("loquet/kiosk.css")
    values = words(found, shown.language) | {
        "now": now, "version": version[-40:], "preview": shown.screen is None,
        "theme": "dark" if found.night else "light", "refresh": request.url.path,
    }  # fmt: skip
    text = environment(shown.language).get_template(template).render(values)
    await _touch(office, shown.screen, now)
    return Response(text, media_type="text/html; charset=utf-8", headers=NO_STORE)


async def _touch(office: Office, screen: Screen | None, now: int) -> None:
    """Keep when a screen asked last, to the minute."""
    if screen is None or (screen.seen_at or 0) > now - SEEN_MS:
        return
    async with office.database.with_transaction() as session:
        row = await KioskRepository(session).one(screen.id)
        if row is not None:
            row.seen_at = now


def _trouble(request: Request, trouble: str) -> Response:
    language = Audience.of(request).language
    template = environment(language).get_template("kiosk_trouble.html")
    text = template.render({"trouble": trouble})
    status = 410 if trouble == "revoked" else 401
    return Response(text, status, media_type="text/html; charset=utf-8", headers=NO_STORE)
