"""``/units/waiting``: units that ask to be let in, and where each is to go."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.adoption import WAITING
from loquet_server.admission.repository import AdmissionRepository
from loquet_server.admission.taking import offered
from loquet_server.adoption import views
from loquet_server.adoption.form import PROBLEMS, AdoptForm, place_of
from loquet_server.adoption.repository import NETWORK, AdoptionRepository
from loquet_server.adoption.service import AdoptionService, waiting_of
from loquet_server.errors import Conflict, Invalid
from loquet_server.models import Door, WaitingUnit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Waiting = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
HERE: Final = "/units/waiting"
DONE: Final = {
    "adopted": N_("The unit is let in. It sets itself up now, which takes a few seconds."),
    "replaced": N_("The unit takes the other one's place. The other one is shut out."),
    "refused": N_("The unit was turned away."),
    "looking": N_("Units on this network are shown for ten minutes."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the waiting units' pages."""
    return router


@router.get(HERE)
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the units that wait, and those that were just let in."""
    space = await space_of(request, session, office, actor)
    now, repository = office.now_ms(), AdoptionRepository(session)
    window = await repository.window(space.site.id)
    rows = await repository.all(space.site.id)
    replaces, wanted = (request.query_params.get(name, "") for name in ("replaces", "door"))
    lost = await AdmissionRepository(session).lost(Door, space.site.id) if wanted else []
    units = {unit.id: unit for unit, _ in await repository.units(space.site.id)}
    values = {
        "lines": [views.line_of(row, state, now, space.texts) for row, state in rows],
        "model_of": lambda row: views.model_of(row, space.texts),
        "open_until": window.open_until if window and window.open_until > now else None,
        "replaces": units.get(replaces),
        "door": next((door for door, _ in lost if door.id == wanted), None),
        "names": {unit.id: unit.name for unit in units.values()},
        "done": space.said(DONE),
        "now_ms": now,
    }
    office.waiting_shown()
    return space.page("units_waiting.html", values)


@router.post(HERE + "/look")
async def look(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Show units of the network for ten minutes."""
    space = await space_of(request, transaction.session, office, actor)
    await AdoptionService(office, transaction, actor).look(space.site.id)
    return go(HERE, "looking")


@router.get(HERE + "/{waiting}")
async def one_page(
    request: Request, waiting: Waiting, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the form for one unit."""
    row = await waiting_of(session, waiting, actor)
    if row.state != WAITING:
        return go(HERE)
    space = await space_of(request, session, office, actor, row.site)
    replaces = request.query_params.get("replaces", "") or row.was or row.wish or ""
    first: dict[str, Any] = {"replaces": replaces, "kind": "one_door", "desks": 4}
    lost = await AdmissionRepository(session).lost(Door, row.site)
    wanted = [door for door, _ in lost if door.id == request.query_params.get("door", "")]
    if wanted:
        first |= {"replaces": "", "doors": [wanted[0].id], "name": wanted[0].name[:60]}
    return await _form(space, session, office, row, Typed(first))


@router.post(HERE + "/{waiting}")
async def adopt(
    request: Request, waiting: Waiting, office: OfficeDep, transaction: TransactionDep,
    actor: Writes,
) -> Response:  # fmt: skip
    """Let the unit in."""
    session = transaction.session
    row = await waiting_of(session, waiting, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, AdoptForm, space.texts)
    place = place_of(given, row, space.texts)
    if place is not None:
        try:
            async with whole(transaction):
                found = await AdoptionService(office, transaction, actor).adopt(row.id, place)
            return go(HERE, "replaced" if found.replaced else "adopted")
        except (Invalid, Conflict) as error:
            _complain(space, given, error)
    return await _form(space, session, office, row, given)


@router.post(HERE + "/{waiting}/refuse")
async def refuse(
    waiting: Waiting, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Turn the unit away."""
    row = await waiting_of(transaction.session, waiting, actor)
    try:
        await AdoptionService(office, transaction, actor).refuse(row)
    except Conflict:  # it was let in meanwhile, as the page shows
        return go(HERE)
    return go(HERE, "refused")


async def _form(
    space: Space, session: AsyncSession, office: Office, row: WaitingUnit, given: Typed[AdoptForm]
) -> Response:
    repository = AdoptionRepository(session)
    units = await repository.units(space.site.id)
    values: dict[str, Any] = {
        "line": views.line_of(row, None, office.now_ms(), space.texts),
        "model": views.model_of(row, space.texts),
        "typed": given,
        "places": views.places(units, space.texts),
        "lost": await offered(session, space.site.id, space.texts),
        "areas": await repository.areas(space.site.id),
        "network": row.way == NETWORK,
        "was": next((unit.name for unit, _ in units if unit.id == row.was), None),
        "now_ms": office.now_ms(),
    }
    return space.page("units_adopt.html", values, 422 if given.complaints else 200)


def _complain(space: Space, given: Typed[AdoptForm], error: Invalid | Conflict) -> None:
    name = str(error.more.get("field", ""))
    text = PROBLEMS.get(name)
    field = name if name in AdoptForm.model_fields else ""
    given.complain(field, error.detail if text is None else space.texts.gettext(text))
