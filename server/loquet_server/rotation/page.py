"""``/badge-key``: the key that turns badge numbers into what units know, and its replacement."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.peppers.repository import PepperRepository
from loquet_server.rotation.schemas import RotateIn
from loquet_server.rotation.service import RotationService, standing
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

PATH = "/badge-key"
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE = {
    "begun": N_("The new key is made. Units fetch it by themselves; doors go on opening."),
    "left": N_("Nobody waits for that unit any more. It catches up by itself when it is back."),
}
UNDER_WAY = N_("A replacement is under way already: it has to end first.")
NO_WAIT = N_("Nobody waits for that unit.")
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the key of badge numbers."""
    return router


@router.get(PATH)
async def key_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the key in force, and a replacement that is under way."""
    space = await space_of(request, session, office, actor)
    return await _shown(space, office, session, Typed({}))


@router.post(f"{PATH}/replace")
async def replace(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Begin a replacement."""
    session = transaction.session
    space = await space_of(request, session, office, actor)
    given = await typed(request, RotateIn, space.texts)
    if given.model is None:
        return await _shown(space, office, session, given, 422)
    try:
        async with whole(transaction):
            service = RotationService(office, transaction, actor.name, space.site.id)
            await service.begin(given.model.reason)
    except Conflict as problem:
        given.complain("", space.texts.gettext(UNDER_WAY))
        return await _shown(space, office, session, given, problem.status)
    return go(PATH, "begun")


@router.post(f"{PATH}/units/{{unit}}/leave")
async def leave(
    request: Request, unit: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Wait for a unit no longer."""
    session = transaction.session
    space = await space_of(request, session, office, actor)
    try:
        async with whole(transaction):
            service = RotationService(office, transaction, actor.name, space.site.id)
            await service.leave_behind(unit)
    except Conflict as problem:
        given: Typed[RotateIn] = Typed({})
        given.complain("", space.texts.gettext(NO_WAIT))
        return await _shown(space, office, session, given, problem.status)
    return go(PATH, "left")


async def _shown(
    space: Space, office: Office, session: AsyncSession, given: Typed[RotateIn], status: int = 200
) -> Response:
    rows = await PepperRepository(session, office.keys, space.site.id).rows()
    values = {
        "rows": rows,
        "rotating": await standing(session, office.keys, space.site.id),
        "typed": given,
        "done": space.said(DONE),
        "now_ms": office.now_ms(),
    }
    return space.page("rotation.html", values, status)
