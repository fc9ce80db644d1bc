"""``/floors``: the plans of a space's floors, by mouse, touch and keyboard, or typed."""

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import TooLarge
from loquet_server.floorplan.plan import MarkKind, read
from loquet_server.floorplan.repository import FloorRepository
from loquet_server.floors.endpoints import images
from loquet_server.floors.form import WORDS, floor_of_form, typed_of
from loquet_server.floors.picture import FIELD, MOST_BYTES, TOO_LARGE, Picture, picture
from loquet_server.floors.repository import Thing, ThingRepository
from loquet_server.floors.schemas import FloorIn
from loquet_server.floors.service import FloorService, floor_of, still_there
from loquet_server.models import Floor
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import DoesNotFit, InTheWay, Refused
from loquet_server.people.text import Name
from loquet_server.timetable.names import Key
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go, whole
from loquet_server.web.uploads import uploaded
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.FLOORS_WRITE)]
MOST_FIELDS: Final = 4000
DONE: Final = {
    "saved": N_("The plan is saved. The live view shows it at once."),
    "image": N_("The picture is under the plan now."),
    "bare": N_("The picture was taken away."),
    "moved": N_("The order was changed."),
    "deleted": N_("The floor was deleted. Its doors and desks are still there."),
}
NO_FILE: Final = N_("Choose a picture first.")
KINDS: Final = {
    MarkKind.AREA: N_("Areas"), MarkKind.DOOR: N_("Doors"), MarkKind.DESK: N_("Desks"),
    MarkKind.READER: N_("Readers"), MarkKind.UNIT: N_("Units on the wall"),
    MarkKind.SENSOR: N_("Sensors"),
}  # fmt: skip
router = APIRouter(include_in_schema=False)


class NewForm(BaseModel):
    """What a person types to add a floor."""

    name: Name


def routes(_office: Office) -> APIRouter:
    """Return the routes of the pages of floors."""
    found = APIRouter(include_in_schema=False)
    found.include_router(router)
    found.include_router(images)
    return found


@router.get("/floors")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the floors, and the form to add one."""
    return await _list(await Frame.of(request, office, session, actor), session, Typed({}))


@router.post("/floors")
async def add(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Add a floor, and go to its plan."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, NewForm, frame.texts)
    if given.model is None:
        return await _list(frame, transaction.session, given)
    service = FloorService(office, transaction, actor)
    row = await service.create(frame.site.id, FloorIn(name=given.model.name))
    return go(f"/floors/{row.id}")


@router.get("/floors/{floor}")
async def edit_page(
    request: Request, floor: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show a floor's plan to draw on."""
    row = await floor_of(session, floor, actor)
    frame = await Frame.of(request, office, session, actor, row.site)
    return await _editor(frame, session, row)


@router.post("/floors/{floor}")
async def edit(
    request: Request, floor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Save a plan, unless somebody else did meanwhile."""
    session = transaction.session
    row = await floor_of(session, floor, actor, locked=True)
    frame = await Frame.of(request, office, session, actor, row.site)
    async with request.form(max_fields=MOST_FIELDS) as form:
        values = {name: text for name, text in form.items() if isinstance(text, str)}
    things = await ThingRepository(session).of_site(row.site)
    given = floor_of_form(values, things, frame.texts)
    revision = values.get("revision", "")
    if given.model is not None:
        try:
            async with whole(transaction):
                seen = int(revision) if revision.isascii() and revision.isdecimal() else 0
                await FloorService(office, transaction, actor).change(row, given.model, seen)
        except Refused as refused:
            given.complain(refused.field, refused.said(frame.texts))
            return await _editor(frame, session, row, given, _status(refused))
        return go(f"/floors/{row.id}", "saved")
    return await _editor(frame, session, row, given)


@router.post("/floors/{floor}/image")
async def set_image(
    request: Request, floor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Put a picture under a plan."""
    row = await floor_of(transaction.session, floor, actor, locked=True)
    frame = await Frame.of(request, office, transaction.session, actor, row.site)
    given: Typed[Any] = Typed({})
    try:
        await FloorService(office, transaction, actor).set_picture(row, await _uploaded(request))
    except TooLarge:
        given.complain(FIELD, frame.texts.gettext(TOO_LARGE))
    except Refused as refused:
        given.complain(refused.field, refused.said(frame.texts))
    if given.complaints:
        return await _editor(frame, transaction.session, row, picture_typed=given)
    return go(f"/floors/{row.id}", "image")


@router.post("/floors/{floor}/image/remove")
async def remove_image(
    floor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Take the picture away from under a plan."""
    row = await floor_of(transaction.session, floor, actor, locked=True)
    await FloorService(office, transaction, actor).set_picture(row, None)
    return go(f"/floors/{row.id}", "bare")


@router.post("/floors/{floor}/move/{direction}")
async def move(
    floor: Key, direction: Literal["up", "down"], office: OfficeDep, transaction: TransactionDep,
    actor: Writes,
) -> Response:  # fmt: skip
    """Let a floor and its neighbour change places."""
    row = await floor_of(transaction.session, floor, actor)
    await FloorService(office, transaction, actor).move(row, direction == "up")
    return go("/floors", "moved")


@router.get("/floors/{floor}/delete")
async def delete_page(
    request: Request, floor: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before a floor is deleted."""
    row = await floor_of(session, floor, actor)
    frame = await Frame.of(request, office, session, actor, row.site)
    return frame.show("floors_delete.html", {"floor": row, "marks": len(read(row.plan).marks)})


@router.post("/floors/{floor}/delete")
async def delete(
    floor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Delete a floor's plan."""
    row = await floor_of(transaction.session, floor, actor, locked=True)
    await FloorService(office, transaction, actor).delete(row)
    return go("/floors", "deleted")


async def _list(frame: Frame, session: AsyncSession, given: Typed[Any]) -> Response:
    rows = await FloorRepository(session).of_site(frame.site.id)
    things = await ThingRepository(session).of_site(frame.site.id)
    plans = {row.id: still_there(read(row.plan), things) for row in rows}
    placed = {key for plan in plans.values() for key in plan.subjects()}
    values = {
        "floors": rows,
        "plans": plans,
        "missing": [each for each in things if _wanted(each, placed)],
        "typed": given,
        "done": frame.said(DONE),
    }
    return frame.show("floors.html", values, 422 if given.complaints else 200)


def _wanted(thing: Thing, placed: set[tuple[str, str]]) -> bool:
    """True for a door or a desk that stands on no plan yet."""
    wanted = thing.kind in (MarkKind.DOOR, MarkKind.DESK)
    return wanted and (thing.kind.value, thing.id) not in placed


async def _editor(
    frame: Frame, session: AsyncSession, row: Floor, given: Typed[FloorIn] | None = None,
    status: int = 422, picture_typed: Typed[Any] | None = None,
) -> Response:  # fmt: skip
    things = await ThingRepository(session).of_site(row.site)
    plan = still_there(read(row.plan), things)
    if given is None:
        given = Typed(typed_of(row.name, row.height, plan, frame.texts))
    elsewhere = {
        f"{kind}:{subject}": floor.name
        for floor in await FloorRepository(session).of_site(row.site)
        if floor.id != row.id
        for kind, subject in read(floor.plan).subjects()
    }
    pictured = picture_typed or Typed({})
    values = {
        "floor": row,
        "plan": plan,
        "kinds": {kind: [each for each in things if each.kind is kind] for kind in KINDS},
        "kind_names": KINDS,
        "words": WORDS,
        "elsewhere": elsewhere,
        "typed": given,
        "pictured": pictured,
        "done": frame.said(DONE),
    }
    bad = given.complaints or pictured.complaints
    return frame.show("floors_edit.html", values, status if bad else 200)


def _status(refused: Refused) -> int:
    return 409 if isinstance(refused, InTheWay) else 422


async def _uploaded(request: Request) -> Picture:
    """Return the picture in a form; raise TooLarge or DoesNotFit."""
    found = await uploaded(request, FIELD, MOST_BYTES)
    if found is None:
        raise DoesNotFit(FIELD, NO_FILE)
    return await asyncio.to_thread(picture, found[1])
