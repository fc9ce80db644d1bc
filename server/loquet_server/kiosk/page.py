"""``/screens``: which screens show the space, and ``/kiosk``, what they show."""

from typing import Annotated, Any, Final

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity.arriving import base_of
from loquet_server.kiosk import board_page
from loquet_server.kiosk.repository import KioskRepository
from loquet_server.kiosk.schemas import ScreenForm
from loquet_server.kiosk.service import KioskService
from loquet_server.kiosk.showing import seen
from loquet_server.models import Screen
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE: Final = {"revoked": N_("The screen was switched off; its link counts no longer.")}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of screens."""
    both = APIRouter(include_in_schema=False)
    both.include_router(router)
    both.include_router(board_page.router)
    return both


@router.get("/screens")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the screens, and when each asked last."""
    space = await space_of(request, session, office, actor)
    repository = KioskRepository(session)
    names = {area.id: area.name for area in await repository.areas(space.site.id)}
    now = office.now_ms()
    values = {
        "screens": await repository.screens(space.site.id),
        "names": names,
        "seen": lambda screen: seen(screen.seen_at, now, space.texts),
        "quiet": lambda screen: screen.seen_at is None or now - screen.seen_at > 15 * 60_000,
        "done": space.said(DONE),
    }
    return space.page("screens.html", values)


@router.get("/screens/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show an empty form."""
    space = await space_of(request, session, office, actor)
    return await _form(space, session, Typed({"language": space.site.locale[:2]}))


@router.post("/screens/new")
async def add(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Make a screen, and show its link this once."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, ScreenForm, space.texts)
    if given.model is None:
        return await _form(space, transaction.session, given)
    service = KioskService(transaction.session, actor, office.now_ms())
    row, secret = await service.make(space.site.id, given.model)
    return _made(space, office, row, secret)


@router.post("/screens/{screen}/link")
async def renew(
    request: Request, screen: str, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Give a screen a new link; the old one counts no longer."""
    service = KioskService(transaction.session, actor, office.now_ms())
    row, secret = await service.renew(screen)
    space = await space_of(request, transaction.session, office, actor, row.site)
    return _made(space, office, row, secret)


@router.post("/screens/{screen}/revoke")
async def revoke(
    screen: str, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Switch a screen off."""
    await KioskService(transaction.session, actor, office.now_ms()).revoke(screen)
    return go("/screens", "revoked")


async def _form(space: Space, session: AsyncSession, given: Typed[Any]) -> Response:
    areas = await KioskRepository(session).areas(space.site.id)
    values = {"typed": given, "areas": [(area.id, area.name) for area in areas]}
    return space.page("screens_new.html", values, 422 if given.complaints else 200)


def _made(space: Space, office: Office, row: Screen, secret: str) -> Response:
    link = f"{base_of(office, space.request)}/kiosk/s/{secret}"
    drawn = segno.make(link, error="m").svg_inline(scale=5, border=3, light="#fff", dark="#000")
    values = {"screen": row, "link": link, "drawing": drawn}
    return space.page("screens_made.html", values)
