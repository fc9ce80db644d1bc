"""Plans of a unit's sensors: made when a sensor changes, signed, retained, told again if missed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, DeskId, SensorId, SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.sensors import (
    Availability,
    SensorMapping,
    SensorPlan,
    SensorsSeen,
    Watches,
)
from loquet_contract.wire.signing import Purpose, Signer
from loquet_server import models
from loquet_server.publication import Publication


async def advance(
    session: AsyncSession, signer: Signer, site: str, unit: str, now_ms: int,
    preview_until: int | None = None,
) -> Publication:  # fmt: skip
    """Make a unit's next plan from its sensors; ``preview_until`` (UTC s): None keeps what was."""
    await session.flush()
    row = await session.get(models.SensorPlan, unit, with_for_update=True)
    if row is None:
        row = models.SensorPlan(unit=unit, version=0, document="", preview_until=0)
        session.add(row)
    if preview_until is not None:
        row.preview_until = preview_until
    row.version += 1
    plan = SensorPlan(
        SiteId(site), UnitId(unit), row.version, now_ms // 1000,
        tuple(map(_mapping, await _sensors(session, unit))), row.preview_until,
    )  # fmt: skip
    row.document = signer.sign(Purpose.SENSORS, encode(plan))
    await session.flush()
    return _told(site, unit, row.document)


async def step_ahead(session: AsyncSession, signer: Signer, by: int, now_ms: int) -> None:
    """Make all plans anew, ``by`` versions later: units may hold some that are not known here."""
    query = select(models.SensorPlan, models.Unit.site).join(
        models.Unit, models.Unit.id == models.SensorPlan.unit
    )
    for plan, site in (await session.execute(query)).all():
        plan.version += by
        await advance(session, signer, site, plan.unit, now_ms)


async def retained(session: AsyncSession, unit: str) -> list[Publication]:
    """Return what stands retained for a unit: for a broker that has lost its store."""
    query = select(models.Unit.site, models.SensorPlan.document).join(
        models.SensorPlan, models.SensorPlan.unit == models.Unit.id
    )
    found = (await session.execute(query.where(models.Unit.id == unit))).one_or_none()
    return [] if found is None else [_told(found.site, unit, found.document)]


def take_word(
    session: Session, site: str, unit: str, said: SensorsSeen, now_ms: int
) -> list[Publication]:
    """Keep what a unit says of its sensors; return its plan again if it has an older one."""
    row = session.get(models.SensorWord, unit)
    if row is None:
        row = models.SensorWord(unit=unit)
        session.add(row)
    row.version, row.broker = said.version, said.broker[:200].replace("\0", "")
    row.sensors = {
        str(name): {"hearing": each.hearing.value, "at": each.at, "detail": each.detail[:300]}
        for name, each in said.sensors.items()
    }
    row.topics = [
        {"topic": each.topic, "payload": each.payload, "at": each.at, "retained": each.retained}
        for each in said.topics
    ]
    row.dropped, row.received_at = said.dropped, now_ms
    plan = session.get(models.SensorPlan, unit)
    if plan is None or plan.version <= said.version:
        return []
    return [_told(site, unit, plan.document)]


async def _sensors(session: AsyncSession, unit: str) -> Sequence[tuple[models.Sensor, models.Desk]]:
    query = (
        select(models.Sensor, models.Desk)
        .join(models.Desk, models.Desk.id == models.Sensor.desk)
        .where(models.Sensor.unit == unit)
        .order_by(models.Sensor.id)
    )
    return [(row.Sensor, row.Desk) for row in (await session.execute(query)).all()]


def _mapping(found: tuple[models.Sensor, models.Desk]) -> SensorMapping:
    row, desk = found
    about = row.availability
    return SensorMapping(
        SensorId(row.id), DeskId(desk.id), AreaId(desk.area), Watches(row.watches), row.topic,
        tuple(row.active), tuple(row.idle), row.path, row.silent_after, row.hold,
        None if about is None else Availability(**about),
    )  # fmt: skip


def _told(site: str, unit: str, document: str) -> Publication:
    topic = topics.unit_topic(SiteId(site), UnitId(unit), topics.Channel.SENSORS)
    return Publication(topic, document, True)
