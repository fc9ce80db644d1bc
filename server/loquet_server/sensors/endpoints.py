"""Sensors over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.models import Sensor, SensorWord
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.sensors.repository import SensorRepository
from loquet_server.sensors.schemas import HeardOut, NewSensor, SensorIn, SensorOut
from loquet_server.sensors.service import SensorService, sensor_of, unit_of
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["sensors"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]


@router.get("/sensors")
async def list_sensors(
    session: ReadingDep, actor: Reads, page: PageDep, site: KeyQuery = None
) -> list[SensorOut]:
    """Return the space's own sensors, and how each stands."""
    repository = SensorRepository(session)
    rows = await repository.all(within(actor, site), page.after or "", page.rows)
    words = await repository.words(sorted({row.unit for row in rows}))
    return [shown(row, words.get(row.unit)) for row in page.of(rows, lambda row: row.id)]


@router.get("/sensors/{sensor}")
async def show_sensor(sensor: Key, session: ReadingDep, actor: Reads) -> SensorOut:
    """Return a sensor, and how it stands."""
    row = await sensor_of(session, sensor, actor)
    words = await SensorRepository(session).words([row.unit])
    return shown(row, words.get(row.unit))


@router.post("/sensors", status_code=201)
async def create_sensor(
    given: NewSensor, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> SensorOut:
    """Add a sensor; its unit listens to it at once."""
    return shown(await SensorService(office, transaction, actor).add(given), None)


@router.put("/sensors/{sensor}")
async def change_sensor(
    sensor: Key, given: SensorIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> SensorOut:
    """Change what a sensor means."""
    row = await sensor_of(transaction.session, sensor, actor)
    return shown(await SensorService(office, transaction, actor).change(row, given), None)


@router.delete("/sensors/{sensor}", status_code=204)
async def delete_sensor(
    sensor: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Listen to a sensor no longer."""
    row = await sensor_of(transaction.session, sensor, actor)
    await SensorService(office, transaction, actor).delete(row)


@router.post("/units/{unit}/sensors/show", status_code=202)
async def show_topics(
    unit: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Have a unit show for five minutes all that it hears on the space's broker."""
    row = await unit_of(transaction.session, unit, actor)
    await SensorService(office, transaction, actor).show(row)


@router.get("/units/{unit}/sensors/heard")
async def heard_topics(unit: Key, actor: Writes, session: ReadingDep) -> HeardOut:
    """Return what a unit hears on the space's broker, while it is asked to show it."""
    row = await unit_of(session, unit, actor)
    repository = SensorRepository(session)
    plan, words = await repository.plan(row.id), await repository.words([row.id])
    word, wanted = words.get(row.id), 0 if plan is None else plan.version
    if word is None:
        return HeardOut(version=0, wanted=wanted, broker="", topics=[], dropped=0, received_at=0)
    return HeardOut(
        version=word.version, wanted=wanted, broker=word.broker, topics=word.topics,
        dropped=word.dropped, received_at=word.received_at,
    )  # fmt: skip


def shown(row: Sensor, word: SensorWord | None) -> SensorOut:
    """Return a sensor as the API shows it."""
    found = SensorOut.model_validate(row)
    said = (word.sensors if word is not None else {}).get(row.id)
    if said is None:
        return found
    return found.model_copy(
        update={"hearing": said["hearing"], "heard_at": said["at"], "detail": said["detail"]}
    )
