"""``/sensors``: what the space's own sensors mean, with what is heard beside it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Invalid
from loquet_server.models import Sensor, Unit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.sensors import views
from loquet_server.sensors.form import SensorForm, filled, typed_of
from loquet_server.sensors.repository import SensorRepository
from loquet_server.sensors.schemas import NewSensor
from loquet_server.sensors.service import SensorService, sensor_of, unit_of
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
UnitQuery = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
TopicQuery = Annotated[str, Query(max_length=256)]
DONE: Final = {
    "created": N_("The sensor was added. Its unit listens to it at once."),
    "changed": N_("The sensor was changed. Its unit follows at once."),
    "deleted": N_("The sensor was deleted."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the sensors' pages."""
    return router


@router.get("/sensors")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show sensors, how each stands, and how units hear them."""
    space = await space_of(request, session, office, actor)
    repository, site = SensorRepository(session), space.site.id
    units = await repository.units(site)
    words = await repository.words([unit.id for unit, _ in units])
    online = {unit.id for unit, state in units if state is not None and state.online}
    values = {
        "lines": [
            views.line(row, words.get(row[3].id), row[3].id in online, space.texts)
            for row in await repository.named(site)
        ],
        "listening": [
            views.listening(unit, state, words.get(unit.id), await repository.plan(unit.id))
            for unit, state in units
        ],
        "watches": {key.value: space.texts.gettext(text) for key, text in views.WATCHES.items()},
        "done": space.said(DONE),
    }
    return space.page("sensors.html", values)


@router.get("/sensors/new")
async def new_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writes,
    unit: UnitQuery = None,
    topic: TopicQuery = "",
) -> Response:
    """Choose a unit, look at what it hears, and say what a topic means."""
    space = await space_of(request, session, office, actor)
    repository = SensorRepository(session)
    units = await repository.units(space.site.id)
    chosen = unit or (units[0][0].id if len(units) == 1 else "")
    if not chosen:
        return space.page("sensors_unit.html", {"units": [each for each, _ in units]})
    row = await unit_of(session, chosen, actor)
    word = (await repository.words([row.id])).get(row.id)
    given: Typed[SensorForm] = Typed(filled(topic, views.recognised(word, topic)) if topic else {})
    return await _form(space, session, office, row, given)


@router.post("/sensors/new")
async def create(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writes,
    unit: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
) -> Response:
    """Add a sensor, or try what was typed against what is heard."""
    session = transaction.session
    row = await unit_of(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, SensorForm, space.texts)
    if given.model is not None and given.model.step == "save":
        service = SensorService(office, transaction, actor)
        try:
            desk = await service.desk_for(given.model, row)
            wanted = given.model.sensor(desk).model_dump()
            await service.add(NewSensor(unit=row.id, **wanted))
            return go("/sensors", "created")
        except Invalid as error:
            given.complain(str(error.more.get("field", "")), space.texts.gettext(error.detail))
    return await _form(space, session, office, row, given)


@router.post("/sensors/show")
async def show(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writes,
    unit: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
) -> Response:
    """Have a unit show for five minutes what it hears."""
    row = await unit_of(transaction.session, unit, actor)
    await SensorService(office, transaction, actor).show(row)
    return go(f"/sensors/new?unit={row.id}")


@router.get("/sensors/heard")
async def heard(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writes,
    unit: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
    topic: TopicQuery = "",
    path: Annotated[str, Query(max_length=200)] = "",
    active: Annotated[str, Query(max_length=700)] = "",
    idle: Annotated[str, Query(max_length=700)] = "",
) -> Response:
    """Show only what is heard now, and what it would mean: for the page that asks again."""
    row = await unit_of(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = {"topic": topic, "path": path, "active": active, "idle": idle}
    values = await _heard(space, session, office, row, given)
    return space.page("sensors_heard.html", values)


@router.get("/sensors/{sensor}")
async def edit_page(
    request: Request, sensor: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show a sensor's form."""
    row = await sensor_of(session, sensor, actor)
    unit = await unit_of(session, row.unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _form(space, session, office, unit, Typed(typed_of(row)), row)


@router.post("/sensors/{sensor}")
async def edit(
    request: Request, sensor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Change what a sensor means."""
    session = transaction.session
    row = await sensor_of(session, sensor, actor)
    unit = await unit_of(session, row.unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, SensorForm, space.texts)
    if given.model is not None and given.model.step == "save":
        service = SensorService(office, transaction, actor)
        try:
            desk = await service.desk_for(given.model, unit)
            await service.change(row, given.model.sensor(desk))
            return go("/sensors", "changed")
        except Invalid as error:
            given.complain(str(error.more.get("field", "")), space.texts.gettext(error.detail))
    return await _form(space, session, office, unit, given, row)


@router.get("/sensors/{sensor}/delete")
async def delete_page(
    request: Request, sensor: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before a sensor is deleted."""
    row = await sensor_of(session, sensor, actor)
    space = await space_of(request, session, office, actor, row.site)
    return space.page("sensors_delete.html", {"sensor": row})


@router.post("/sensors/{sensor}/delete")
async def delete(
    sensor: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Listen to a sensor no longer."""
    row = await sensor_of(transaction.session, sensor, actor)
    await SensorService(office, transaction, actor).delete(row)
    return go("/sensors", "deleted")


async def _form(
    space: Space, session: AsyncSession, office: Office, unit: Unit, given: Typed[SensorForm],
    row: Sensor | None = None,
) -> Response:  # fmt: skip
    desks = await SensorRepository(session).desks(space.site.id)
    texts = space.texts
    values: dict[str, Any] = {
        "sensor": row,
        "typed": given,
        "desks": [(desk.id, f"{area.name} · {desk.name}") for desk, area in desks],
        "areas": await SensorRepository(session).areas(space.site.id),
        "watches": [(key.value, texts.gettext(text)) for key, text in views.WATCHES.items()],
    }
    values |= await _heard(space, session, office, unit, given.values)
    return space.page("sensors_form.html", values, 422 if given.complaints else 200)


async def _heard(
    space: Space, session: AsyncSession, office: Office, unit: Unit, given: dict[str, Any]
) -> dict[str, Any]:
    """Return what the unit hears, and what the form would make of it."""
    repository = SensorRepository(session)
    word = (await repository.words([unit.id])).get(unit.id)
    plan = await repository.plan(unit.id)
    return {
        "unit": unit,
        "listening": views.listening(unit, await repository.state(unit.id), word, plan),
        "showing": plan is not None and plan.preview_until * 1000 > office.now_ms(),
        "heard": views.heard(word, space.texts),
        "meant": views.meant(views.payload_of(word, str(given.get("topic", ""))), given),
        "payload": views.payload_of(word, str(given.get("topic", ""))),
        "topic": given.get("topic", ""),
    }
