"""``/areas``: what spaces a space has, and what holds in each."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.areas.form import AreaForm, typed_of
from loquet_server.areas.repository import AreaRepository
from loquet_server.areas.service import AreaService, area_of
from loquet_server.errors import Conflict, Invalid
from loquet_server.models import Area
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.text import in_language
from loquet_server.timetable.foresight import foresee
from loquet_server.timetable.names import Key
from loquet_server.timetable.rows import AreaRow, Timetable
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.DOORS_WRITE)]
DONE: Final = {
    "added": N_("The area was added."),
    "changed": N_("The area was changed. The doors follow at once."),
    "deleted": N_("The area was deleted."),
}
PROBLEMS: Final = {
    "when_full": N_(
        "Nobody can be refused here: the exits are not sensed, so nobody knows how many people"
        " are inside. Choose to warn."
    ),
    "exit_sensing": N_(
        "A door into this area goes by hard anti-passback, which needs exits that are sensed."
        " Make it softer there first."
    ),
    "warn_at": N_(
        "Nobody can be warned here: the exits are not sensed, so nobody knows how many people are"
        " inside. Leave this empty."
    ),
    "warn_late": N_("This comes after the limit. Warn earlier."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the areas' pages."""
    return router


@router.get("/areas")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the areas and what holds in each."""
    space = await space_of(request, session, office, actor)
    repository = AreaRepository(session)
    values = {
        "areas": await repository.ranked(space.site.id),
        "entered": await repository.entered(space.site.id),
        "schedules": await _schedules(space, session),
        "done": space.said(DONE),
    }
    return space.page("areas.html", values)


@router.get("/areas/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show an empty form."""
    space = await space_of(request, session, office, actor)
    return await _form(space, session, None, Typed({"consumes": True, "when_full": "warn"}))


@router.post("/areas/new")
async def add(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Add an area."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, AreaForm, space.texts)
    if given.model is not None:
        try:
            service = AreaService(office, transaction, actor)
            await service.create(space.site.id, given.model.area())
            return go("/areas", "added")
        except Invalid as error:
            _complain(space, given, error)
    return await _form(space, transaction.session, None, given)


@router.get("/areas/{area}")
async def edit_page(
    request: Request, area: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show an area's form, its doors, and its lockdown."""
    row = await area_of(session, area, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _form(space, session, row, Typed(typed_of(row)))


@router.post("/areas/{area}")
async def edit(
    request: Request,
    area: Key,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Change an area; where its hours change, look at what that means first, which only reads."""
    row = await area_of(session, area, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, AreaForm, space.texts)
    if given.model is None or given.model.step == "back":
        return await _form(space, session, row, given)
    if given.model.step == "look" and given.model.opening != row.opening:
        return await _look(space, session, office, row, given)
    kept = await area_of(transaction.session, area, actor)
    try:
        await AreaService(office, transaction, actor).change(kept, given.model.area())
    except Invalid as error:
        _complain(space, given, error)
        return await _form(space, session, row, given)
    return go("/areas", "changed")


@router.get("/areas/{area}/delete")
async def delete_page(
    request: Request, area: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before an area is deleted."""
    row = await area_of(session, area, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _delete(space, session, row)


@router.post("/areas/{area}/delete")
async def delete(
    request: Request, area: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Delete an area that nothing is in."""
    row = await area_of(transaction.session, area, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    try:
        await AreaService(office, transaction, actor).delete(row)
    except Conflict:
        return await _delete(space, transaction.session, row, 409)
    return go("/areas", "deleted")


async def _form(
    space: Space, session: AsyncSession, row: Area | None, given: Typed[AreaForm]
) -> Response:
    doors: dict[str, str] = {}
    if row is not None:
        for door, way in await AreaRepository(session).doors(row.id):
            if way.area_to == row.id and not way.exit:
                doors[door.id] = door.name
    values = {
        "area": row,
        "typed": given,
        "doors": doors,
        "schedules": list((await _schedules(space, session)).items()),
    }
    return space.page("areas_form.html", values, 422 if given.complaints else 200)


async def _delete(space: Space, session: AsyncSession, row: Area, status: int = 200) -> Response:
    uses = await AreaRepository(session).uses(row)
    plans = [in_language(*each, space.texts) for each in uses.plans]
    values = {"area": row, "uses": uses, "plans": plans}
    return space.page("areas_delete.html", values, status)


async def _look(
    space: Space, session: AsyncSession, office: Office, row: Area, given: Typed[AreaForm]
) -> Response:
    assert given.model is not None
    wanted = AreaRow(row.id, given.model.name, given.model.opening)

    def proposal(before: Timetable) -> Timetable:
        areas = tuple(wanted if each.id == row.id else each for each in before.areas)
        return replace(before, areas=areas)

    found = await foresee(session, space.site, office.now_ms(), proposal)
    values: dict[str, Any] = {
        "area": row,
        "typed": given,
        "sentences": found.sentences(space.texts),
    }
    return space.page("areas_look.html", values)


def _complain(space: Space, given: Typed[AreaForm], error: Invalid) -> None:
    name = str(error.more.get("field", ""))
    text = PROBLEMS.get(name)
    field = "warn_at" if name == "warn_late" else name
    given.complain(field, error.detail if text is None else space.texts.gettext(text))


async def _schedules(space: Space, session: AsyncSession) -> dict[str, str]:
    rows = await AreaRepository(session).schedules(space.site.id)
    return {row.id: row.name for row in rows}
