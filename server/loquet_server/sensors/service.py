"""Sensors on the space's own broker: added, changed, deleted, shown; their unit follows at once."""

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sensors import MAX_SENSORS
from loquet_server.errors import Invalid, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Desk, Sensor, Unit
from loquet_server.office import Office, Transaction
from loquet_server.sensing import plans
from loquet_server.sensors.form import SensorForm
from loquet_server.sensors.repository import SensorRepository
from loquet_server.sensors.schemas import NewSensor, SensorIn
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

PREVIEW_SECONDS = 300
OTHER_UNIT = N_("This desk hangs on another unit; choose that one, or another desk.")
TOO_MANY = N_("This unit listens to as many sensors as it can. Let another unit listen.")


class SensorService:
    """One request's changes of sensors."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = SensorRepository(transaction.session)

    async def add(self, given: NewSensor) -> Sensor:
        """Add a sensor; raise Invalid with the field."""
        unit = await unit_of(self._transaction.session, given.unit, self._actor)
        if await self._repository.count(unit.id) >= MAX_SENSORS:
            raise Invalid(TOO_MANY, field="unit")
        await self._take_desk(given.desk, unit.id, unit.site)
        row = Sensor(
            id=f"sensor-{secrets.token_hex(6)}", site=unit.site, unit=unit.id,
            created_at=self._office.now_ms(), **_columns(given),
        )  # fmt: skip
        self._repository.add(row)
        await self._changed(row, Action.SENSOR_ADDED)
        return row

    async def change(self, row: Sensor, given: SensorIn) -> Sensor:
        """Change what a sensor means; raise Invalid with the field."""
        await self._take_desk(given.desk, row.unit, row.site)
        for name, value in _columns(given).items():
            setattr(row, name, value)
        await self._changed(row, Action.SENSOR_CHANGED)
        return row

    async def delete(self, row: Sensor) -> None:
        """Listen to a sensor no longer."""
        await self._repository.delete(row)
        await self._changed(row, Action.SENSOR_DELETED)

    async def show(self, unit: Unit) -> None:
        """Have a unit show for five minutes what it hears."""
        office, session, now = self._office, self._transaction.session, self._office.now_ms()
        until = now // 1000 + PREVIEW_SECONDS
        found = await plans.advance(session, office.keys.signer, unit.site, unit.id, now, until)
        record(session, Action.SENSORS_SHOWN, unit.id, now, actor=self._actor.name, site=unit.site)
        self._transaction.after.publish(office, [found])

    async def desk_for(self, form: SensorForm, unit: Unit) -> str:
        """Return the desk that a form means, a new one if it names one; raise Invalid."""
        if form.desk is not None:
            return form.desk
        area = await self._repository.area(form.area or "")
        if area is None or area.site != unit.site:
            raise Invalid(f"there is no area {form.area!r}", field="area")
        desk = Desk(
            id=f"desk-{secrets.token_hex(6)}", site=unit.site, area=area.id, unit=unit.id,
            name=form.desk_name, rank=1000,
        )  # fmt: skip
        self._repository.add(desk)
        await self._transaction.session.flush()
        return desk.id

    async def _take_desk(self, desk: str, unit: str, site: str) -> Desk:
        """Let a desk hang on the unit that listens; raise Invalid if it hangs on another."""
        row = await self._repository.desk(desk)
        if row is None or row.site != site:
            raise Invalid(f"there is no desk {desk!r}", field="desk")
        if row.unit not in (None, unit):
            raise Invalid(OTHER_UNIT, field="desk")
        row.unit = unit
        return row

    async def _changed(self, row: Sensor, action: Action) -> None:
        office, session, now = self._office, self._transaction.session, self._office.now_ms()
        detail = {"name": row.name, "topic": row.topic, "desk": row.desk}
        record(session, action, row.id, now, actor=self._actor.name, site=row.site, detail=detail)
        found = await plans.advance(session, office.keys.signer, row.site, row.unit, now)
        self._transaction.after.publish(office, [found])
        self._transaction.after.tell(office, row.site, "sensors", row.unit, now)


def _columns(given: SensorIn) -> dict[str, object]:
    found = given.model_dump(mode="json", exclude={"unit"})
    return {name: value for name, value in found.items() if name in SensorIn.model_fields}


async def sensor_of(session: AsyncSession, sensor: str, actor: Actor) -> Sensor:
    """Return a sensor that is the actor's to see; raise NotFound."""
    row = await SensorRepository(session).one(sensor)
    if row is None:
        raise NotFound(f"there is no sensor {sensor!r}")
    own(actor, row.site, f"sensor {sensor!r}")
    return row


async def unit_of(session: AsyncSession, unit: str, actor: Actor) -> Unit:
    """Return a unit that is the actor's to see; raise NotFound."""
    row = await SensorRepository(session).unit(unit)
    if row is None or row.revoked_at is not None:
        raise NotFound(f"there is no unit {unit!r}")
    own(actor, row.site, f"unit {unit!r}")
    return row
