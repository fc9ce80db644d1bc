"""The space's own sensors at the deciding loop: signed plans, and words about desks only."""

from __future__ import annotations

from dataclasses import replace

from loquet_contract.ids import AreaId, DeskId, SensorId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.sensors import Hearing, SensorMapping, SensorPlan, Watches
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_edge.inbox import LinkSaid
from loquet_edge.seam import Mapped, Sensed
from tests.edge.unit.a_scene import Scene
from tests.edge.unit.a_unit import SITE, UNIT

SEAT = SensorMapping(
    SensorId("seat"), DeskId("d1"), AreaId("hall"), Watches.SEAT, "a", ("ON",), ("OFF",)
)
PIR = replace(SEAT, sensor=SensorId("pir"), watches=Watches.PIR, hold=60)
DOOR = replace(SEAT, sensor=SensorId("door"), watches=Watches.DOOR)
PLAN = SensorPlan(SITE, UNIT, 1, 1_790_000_000, (SEAT,))


def mapped(scene: Scene, plan: SensorPlan, signer: Signer | None = None) -> LinkSaid:
    signer = signer or scene.server.signer
    return LinkSaid(Mapped(signer.sign(Purpose.SENSORS, encode(plan))))


def said(sensor: SensorMapping, hearing: Hearing) -> LinkSaid:
    return LinkSaid(Sensed(sensor.sensor, hearing))


def states(scene: Scene) -> dict[str, str]:
    return {str(desk): state for desk, state in scene.parts.desks.states.items()}


def test_a_plan_makes_a_desk_and_its_sensor_moves_it() -> None:
    scene = Scene()
    scene.do(mapped(scene, PLAN))
    assert states(scene) == {"d1": "unknown"}
    scene.do(said(SEAT, Hearing.ACTIVE))
    assert states(scene) == {"d1": "occupied"}
    scene.do(said(SEAT, Hearing.IDLE))
    scene.wait(11.0)
    assert states(scene) == {"d1": "free"}
    scene.do(said(SEAT, Hearing.LOST))
    assert states(scene) == {"d1": "unknown"}


def test_a_desk_that_no_plan_names_any_more_is_gone_and_told_unknown() -> None:
    scene = Scene()
    scene.do(mapped(scene, PLAN), said(SEAT, Hearing.ACTIVE))
    told = scene.do(mapped(scene, replace(PLAN, version=2, sensors=())))
    assert any("unknown" in line for line in told)
    assert states(scene) == {}
    assert scene.do(said(SEAT, Hearing.ACTIVE)) == []


def test_sensors_of_a_desk_add_up_and_keep_what_they_knew() -> None:
    scene = Scene()
    scene.do(mapped(scene, PLAN), said(SEAT, Hearing.ACTIVE))
    scene.do(mapped(scene, replace(PLAN, version=2, sensors=(SEAT, PIR, DOOR))))
    assert states(scene) == {"d1": "occupied"}
    scene.do(said(DOOR, Hearing.ACTIVE), said(DOOR, Hearing.LOST), said(PIR, Hearing.ACTIVE))
    assert states(scene) == {"d1": "occupied"}


def test_no_old_foreign_or_forged_plan_counts() -> None:
    scene = Scene()
    scene.do(mapped(scene, replace(PLAN, version=3)))
    forged = mapped(scene, replace(PLAN, version=9, sensors=()), Signer(SigningKey(b"x" * 32)))
    foreign = mapped(scene, replace(PLAN, version=9, unit=UnitId("other"), sensors=()))
    for wrong in (forged, foreign):
        assert any("message_refused" in line for line in scene.do(wrong))
    scene.do(mapped(scene, replace(PLAN, version=2, sensors=())))
    assert states(scene) == {"d1": "unknown"}
