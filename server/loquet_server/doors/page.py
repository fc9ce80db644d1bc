"""``/doors``: when each stands unlocked, what it asks, and orders to it."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import AntiPassback
from loquet_server.commands import Order
from loquet_server.doors import views
from loquet_server.doors.form import DoorForm, ReasonForm, WayForm, door_typed, way_typed
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.service import DoorService, area_of, door_of, way_of
from loquet_server.doors.settings import DoorSettings
from loquet_server.errors import Invalid, NotFound
from loquet_server.models import AccessPoint, Door
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.foresight import foresee
from loquet_server.timetable.names import Key
from loquet_server.timetable.rows import Timetable
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.DOORS_WRITE)]
LocksDown = Annotated[Actor, needs(Permission.DOORS_LOCKDOWN)]
DONE: Final = {
    "changed": N_("The door was changed. Its unit follows at once."),
    "blocked": N_("The door is blocked: no badge opens it until you unblock it."),
    "unblocked": N_("Badges count at this door again."),
    "locked": N_(
        "These doors are being locked down. A unit that is offline obeys when it is back."
    ),
    "lifted": N_("The lockdowns were lifted."),
}
PROBLEMS: Final = {
    "accepts_copies": N_("Please confirm that you know this: such badges can be copied."),
    "anti_passback_minutes": N_("Please write for how many minutes."),
    "pin": N_("Nobody is refused on the way out: choose “Never” there."),
    "badge_alone": N_("Please choose in which hours the badge alone is enough."),
    "exit": N_("Nobody is refused on the way out: choose “Off” there."),
    "hard": N_(
        "The exits of this area are not sensed: whoever left unseen could not come back in."
    ),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the doors' pages."""
    return router


@router.get("/doors")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the doors, how they stand, and when they stand unlocked."""
    space = await space_of(request, session, office, actor)
    values = {"lines": await views.lines(session, space), "done": space.said(DONE)}
    return space.page("doors.html", values)


@router.get("/doors/{door}")
async def one_page(
    request: Request, door: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show a door, its ways, and what may be decided about it."""
    row = await door_of(session, door, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _one(space, session, row, Typed(door_typed(row)))


@router.post("/doors/{door}")
async def change(
    request: Request,
    door: Key,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Change a door; where its unlocking changes, look at that first, which only reads."""
    row = await door_of(session, door, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, DoorForm, space.texts)
    if given.model is None or given.model.step == "back":
        return await _one(space, session, row, given)
    if given.model.step == "look" and given.model.unlock_schedule != row.unlock_schedule:
        return await _look(space, session, office, row, given)
    kept = await door_of(transaction.session, door, actor)
    try:
        await DoorSettings(office, transaction, actor).change(kept, given.model.door())
    except Invalid as error:
        given.complain(str(error.more.get("field", "")), error.detail)
        return await _one(space, session, row, given)
    return go(f"/doors/{row.id}", "changed")


@router.get("/doors/{door}/ways/{way}")
async def way_page(
    request: Request, door: Key, way: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the form of one way through a door."""
    point, row = await _way(session, door, way, actor)
    space = await space_of(request, session, office, actor, row.site)
    chosen = await DoorRepository(session).chosen([point.id])
    given: Typed[WayForm] = Typed(way_typed(point, chosen=point.id in chosen))
    return await _way_form(space, session, row, point, given)


@router.post("/doors/{door}/ways/{way}")
async def change_way(
    request: Request,
    door: Key,
    way: Key,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Change what is asked on one way through a door."""
    point, row = await _way(transaction.session, door, way, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    given = await typed(request, WayForm, space.texts)
    if given.model is not None:
        wanted = given.model.way()
        if wanted.minimum_assurance is Assurance.UID and not wanted.accepts_copies:
            known = PROBLEMS["accepts_copies"]
            given.complain("accepts_copies", space.texts.gettext(known))
            return await _way_form(space, transaction.session, row, point, given)
        try:
            await DoorSettings(office, transaction, actor).change_way(row, point, wanted)
            return go(f"/doors/{row.id}", "changed")
        except Invalid as error:
            _complain(space, given, error, out=wanted.exit)
    return await _way_form(space, transaction.session, row, point, given)


@router.get("/doors/{door}/block")
@router.get("/doors/{door}/unblock")
async def block_page(
    request: Request, door: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask why a door is to be blocked, or unblocked."""
    row = await door_of(session, door, actor)
    space = await space_of(request, session, office, actor, row.site)
    return _ask(space, f"/doors/{row.id}", row.name, Typed({}))


@router.post("/doors/{door}/block")
@router.post("/doors/{door}/unblock")
async def block(
    request: Request, door: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Block a door for badges, or let them count again."""
    row = await door_of(transaction.session, door, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    given = await typed(request, ReasonForm, space.texts)
    if given.model is None:
        return _ask(space, f"/doors/{row.id}", row.name, given)
    to = _order(request) == "block"
    why = Order(actor=actor.name, reason=given.model.reason)
    await DoorService(office).block(transaction, row, why, to)
    return go(f"/doors/{row.id}", "blocked" if to else "unblocked")


@router.get("/areas/{area}/lock-down")
@router.get("/areas/{area}/lift")
async def area_page(
    request: Request, area: Key, office: OfficeDep, session: ReadingDep, actor: LocksDown
) -> Response:
    """Ask why the doors of an area are to be locked down, or freed."""
    row, doors = await area_of(session, area, actor)
    space = await space_of(request, session, office, actor, row.site)
    return _ask(space, f"/areas/{area}", row.name, Typed({}), doors)


@router.post("/areas/{area}/lock-down")
@router.post("/areas/{area}/lift")
async def order_area(
    request: Request, area: Key, office: OfficeDep, transaction: TransactionDep, actor: LocksDown
) -> Response:
    """Lock down the doors that lead into an area, or lift their lockdowns."""
    row, doors = await area_of(transaction.session, area, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    given = await typed(request, ReasonForm, space.texts)
    if given.model is None:
        return _ask(space, f"/areas/{area}", row.name, given, doors)
    service, locks = DoorService(office), _order(request) == "lock-down"
    why = Order(actor=actor.name, reason=given.model.reason)
    await (service.lock_down if locks else service.lift)(transaction, doors, why)
    return go("/doors", "locked" if locks else "lifted")


def _order(request: Request) -> str:
    """Return the last word of an address: what is wanted."""
    return request.url.path.rpartition("/")[2]


def _ask(
    space: Space,
    path: str,
    name: str,
    given: Typed[ReasonForm],
    doors: list[Door] | None = None,
) -> Response:
    order = _order(space.request)
    values = {"path": path, "name": name, "order": order, "typed": given, "doors": doors or []}
    return space.page("doors_order.html", values, 422 if given.complaints else 200)


async def _one(space: Space, session: AsyncSession, row: Door, given: Typed[DoorForm]) -> Response:
    repository = DoorRepository(session)
    found = await repository.one(row.id)
    unit = await repository.unit_of(row.id)
    held = await repository.in_force([row.id])
    values: dict[str, Any] = {
        "door": row,
        "state": None if found is None else found[1],
        "unit": None if unit is None else unit[0],
        "online": unit is not None and views.is_online(unit[1]),
        "lockdown": held[0] if held else None,
        "ways": await views.ways(session, space, row),
        "schedules": list((await repository.schedules(row.site)).items()),
        "typed": given,
        "done": space.said(DONE),
    }
    return space.page("doors_one.html", values, 422 if given.complaints else 200)


async def _look(
    space: Space, session: AsyncSession, office: Office, row: Door, given: Typed[DoorForm]
) -> Response:
    assert given.model is not None
    hours = given.model.unlock_schedule

    def proposal(before: Timetable) -> Timetable:
        doors = tuple(
            replace(each, unlock_schedule=hours) if each.id == row.id else each
            for each in before.doors
        )
        return replace(before, doors=doors)

    found = await foresee(session, space.site, office.now_ms(), proposal)
    values = {"door": row, "typed": given, "sentences": found.sentences(space.texts)}
    return space.page("doors_look.html", values)


async def _way_form(
    space: Space, session: AsyncSession, door: Door, point: AccessPoint, given: Typed[WayForm]
) -> Response:
    area = await DoorRepository(session).area(point.area_to)
    sensed = area is not None and area.exit_sensing
    softness = [
        ("" if value is None else value.value, space.texts.gettext(text))
        for value, text in views.ANTI_PASSBACK.items()
        if sensed or value is not AntiPassback.HARD
    ]
    texts = space.texts
    values = {
        "door": door,
        "way": views.way_text(point, await views.area_names(session, space)),
        "point": point,
        "sensed": sensed,
        "softness": softness,
        "assurance": [(int(key), texts.gettext(text)) for key, text in views.ASSURANCE.items()],
        "clock": [(key.value, texts.gettext(text)) for key, text in views.CLOCK.items()],
        "pin": [(key.value, texts.gettext(text)) for key, text in views.PIN.items()],
        "schedules": list((await DoorRepository(session).schedules(door.site)).items()),
        "typed": given,
    }
    return space.page("doors_way.html", values, 422 if given.complaints else 200)


def _complain(space: Space, given: Typed[WayForm], error: Invalid, *, out: bool) -> None:
    name = str(error.more.get("field", ""))
    key = ("exit" if out else "hard") if name == "anti_passback" else name
    text = PROBLEMS.get(key)
    given.complain(name, error.detail if text is None else space.texts.gettext(text))


async def _way(
    session: AsyncSession, door: str, way: str, actor: Actor
) -> tuple[AccessPoint, Door]:
    found = await way_of(session, way, actor)
    if found[1].id != door:
        raise NotFound(f"there is no access point {way!r} at door {door!r}")
    return found
