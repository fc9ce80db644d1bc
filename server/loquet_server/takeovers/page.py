"""``/units/{unit}/take-over``: what has lost its unit goes to one that works."""

from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.admission.repository import AdmissionRepository
from loquet_server.admission.suggestion import names_toml
from loquet_server.admission.taking import offered
from loquet_server.errors import Conflict, Invalid
from loquet_server.models import Unit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.takeovers.schemas import TakeOver
from loquet_server.takeovers.service import take_over, unit_of
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE: Final = {"taken": N_("They hang on this unit now. Its rights follow at once.")}
NOTHING: Final = N_("Tick what this unit is to take over.")
TOO_MANY: Final = N_(
    "This cannot be taken over: a unit takes four doors and 32 desks at most, and the list may"
    " have changed meanwhile."
)
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of taking over."""
    return router


@router.get("/units/{unit}/take-over")
async def form_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show what has lost its unit, and what hangs on this one."""
    try:
        row = await unit_of(session, unit, actor)
    except Conflict:  # its page says that it is shut out
        return go(f"/units/{unit}")
    space = await space_of(request, session, office, actor, row.site)
    return await _form(space, session, row, Typed({}))


@router.post("/units/{unit}/take-over")
async def take(
    request: Request, unit: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Hang doors and desks on this unit."""
    session = transaction.session
    row = await unit_of(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, TakeOver, space.texts)
    if given.model is not None:
        try:
            async with whole(transaction):
                await take_over(office, transaction, row.id, given.model, actor)
            return go(f"/units/{row.id}/take-over", "taken")
        except Invalid as error:
            field = str(error.more.get("field", ""))
            given.complain(field, space.texts.gettext(TOO_MANY if field else NOTHING))
    return await _form(space, session, row, given)


async def _form(space: Space, session: AsyncSession, row: Unit, given: Typed[TakeOver]) -> Response:
    repository = AdmissionRepository(session)
    doors, desks = await repository.doors(row.id), await repository.desks(row.id)
    values = {
        "unit": row,
        "typed": given,
        "lost": await offered(session, row.site, space.texts),
        "names": names_toml(doors, desks),
        "heard": any(each.heard for each in desks),
        "done": space.said(DONE),
    }
    return space.page("takeovers.html", values, 422 if given.complaints else 200)
