"""The space's own sensors through a real link: its broker may be wrong, hostile, or away."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loquet_contract.ids import AreaId, DeskId, SensorId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.sensors import (
    Hearing,
    SensorMapping,
    SensorPlan,
    SensorsSeen,
    TopicSeen,
    Watches,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.link.session import Broker
from loquet_edge.seam import Mapped, Refused, Sensed
from tests import policies
from tests.brokers import HomeBroker, Listener, NatsBroker, RealBroker, running, until
from tests.edge.link.stage import SITE, TOPICS, UNIT, UNIT_KEY, Stage

MOTION = SensorMapping(
    SensorId("window"), DeskId("desk-1"), AreaId("hall"), Watches.PIR, "zigbee2mqtt/window",
    ("true",), ("false",), "occupancy",
)  # fmt: skip
SEAT = SensorMapping(
    SensorId("seat"), DeskId("desk-2"), AreaId("hall"), Watches.SEAT, "node/seat/state", ("ON",),
    ("OFF",),
)  # fmt: skip
FAR = 4_000_000_000


def plan(
    version: int,
    *sensors: SensorMapping,
    signer: Signer = policies.SIGNER,
    preview_until: int = 0,
) -> str:
    """Return a signed plan of these sensors."""
    said = SensorPlan(SITE, UNIT, version, 1_790_000_000, sensors, preview_until)
    return signer.sign(Purpose.SENSORS, encode(said))


@pytest.fixture
def ours(short_folder: Path) -> Iterator[RealBroker]:
    with running(NatsBroker, short_folder / "ours") as found:
        yield found


@pytest.fixture
def home(short_folder: Path) -> Iterator[RealBroker]:
    with running(HomeBroker, short_folder / "home") as found:
        yield found


@pytest.fixture
def server(ours: RealBroker) -> Iterator[Listener]:
    found = Listener.server(ours, f"{TOPICS}/seen", f"{TOPICS}/online")
    yield found
    found.close()


@pytest.fixture
def sensors(home: RealBroker) -> Iterator[Listener]:
    """Whoever publishes for the sensors."""
    found = Listener(home, home.server_user, home.server_password)
    yield found
    found.close()


@pytest.fixture
def stage(
    ours: RealBroker, home: RealBroker, server: Listener, short_folder: Path
) -> Iterator[Stage]:
    entry = Broker(home.host, home.port, home.server_user, home.server_password, "loquet-unit-1")
    found = Stage(ours, short_folder / "unit", sensors=entry)
    until(lambda: server.said(f"{TOPICS}/online"), "the unit has subscribed")
    yield found
    found.close()


def seen(server: Listener) -> SensorsSeen | None:
    """Return the unit's last word on its sensors, verified."""
    said = server.said(f"{TOPICS}/seen")
    if not said:
        return None
    payload = Verifier(UNIT_KEY.public).payload(Purpose.SEEN, said[-1], 1 << 20)
    return decode_text(SensorsSeen, payload, 1 << 20)


def hearing(server: Listener, sensor: str) -> Hearing | None:
    """Return how a sensor stands, by the unit's last word."""
    found = seen(server)
    state = None if found is None else found.sensors.get(SensorId(sensor))
    return None if state is None else state.hearing


def listens(server: Listener, version: int) -> bool:
    found = seen(server)
    return found is not None and found.version == version and found.broker == ""


def test_a_signed_plan_makes_sensors_heard_and_a_restart_forgets_nothing(
    stage: Stage, server: Listener, sensors: Listener
) -> None:
    sensors.publish("node/seat/state", "ON", retain=True)
    server.publish(f"{TOPICS}/sensors", plan(1, MOTION, SEAT), retain=True)
    until(lambda: listens(server, 1), "the unit listens")
    until(lambda: Sensed(SEAT.sensor, Hearing.ACTIVE) in stage.door.heard, "the kept seat is told")
    sensors.publish("zigbee2mqtt/window", '{"occupancy":true,"battery":100}')
    until(lambda: Sensed(MOTION.sensor, Hearing.ACTIVE) in stage.door.heard, "motion is told")
    until(lambda: hearing(server, "window") is Hearing.ACTIVE, "the server sees it too")
    kinds = [type(each) for each in stage.door.heard if isinstance(each, Mapped | Sensed)]
    assert kinds[0] is Mapped  # what a sensor is comes before what it says
    stage.stop()
    stage.broker.kill()  # the server and its broker are away: the plan on the disk counts
    stage.door.heard.clear()
    stage.start()
    until(lambda: Sensed(SEAT.sensor, Hearing.ACTIVE) in stage.door.heard, "the seat is told again")
    assert [each.document for each in stage.door.of(Mapped)] == [plan(1, MOTION, SEAT)]


def test_no_older_forged_or_foreign_plan_counts(stage: Stage, server: Listener) -> None:
    server.publish(f"{TOPICS}/sensors", plan(5, SEAT), retain=True)
    until(lambda: listens(server, 5), "the unit listens by the fifth")
    server.publish(f"{TOPICS}/sensors", plan(4, MOTION))
    server.publish(f"{TOPICS}/sensors", plan(9, signer=Signer(SigningKey(b"x" * 32))))
    until(lambda: stage.door.of(Refused), "the forged one is recorded")
    assert stage.door.of(Refused)[0].purpose == "sensors"
    server.publish(f"{TOPICS}/sensors", plan(6, SEAT, MOTION))
    until(lambda: listens(server, 6), "the next genuine one counts")
    assert [each.document for each in stage.door.of(Mapped)] == [
        plan(5, SEAT),
        plan(6, SEAT, MOTION),
    ]


def test_a_preview_shows_what_else_is_there_and_ends(
    stage: Stage, server: Listener, sensors: Listener
) -> None:
    server.publish(f"{TOPICS}/sensors", plan(1, SEAT, preview_until=FAR))
    until(lambda: listens(server, 1), "the unit listens")
    sensors.publish("tele/plug/SENSOR", '{"Switch1":"ON"}')

    def shown() -> list[TopicSeen]:
        found = seen(server)
        return [] if found is None else [replace(each, at=0) for each in found.topics]

    wanted = TopicSeen("tele/plug/SENSOR", '{"Switch1":"ON"}', 0)
    until(lambda: wanted in shown(), "what nobody mapped is shown")
    server.publish(f"{TOPICS}/sensors", plan(2, SEAT))
    until(lambda: listens(server, 2) and shown() == [], "nothing is shown any more")


def test_a_flood_is_counted_and_holds_nothing_up(
    stage: Stage, server: Listener, sensors: Listener
) -> None:
    server.publish(f"{TOPICS}/sensors", plan(1, SEAT, preview_until=FAR))
    until(lambda: listens(server, 1), "the unit listens")
    for number in range(20_000):
        sensors.client.publish(f"flood/{number % 700}", b"\xff" * 200)
    stage.write(500)
    until(lambda: (found := seen(server)) is not None and found.dropped > 1000, "it is dropped")
    assert stage.faults == []
    last = seen(server)
    assert last is not None
    assert len(last.topics) <= 200


def test_a_broker_that_hangs_or_refuses_is_named_and_its_sensors_are_lost(
    stage: Stage, server: Listener, sensors: Listener, home: RealBroker, short_folder: Path
) -> None:
    server.publish(f"{TOPICS}/sensors", plan(1, SEAT))
    until(lambda: listens(server, 1), "the unit listens")
    sensors.publish("node/seat/state", "OFF", retain=True)
    until(lambda: Sensed(SEAT.sensor, Hearing.IDLE) in stage.door.heard, "idle is told")
    home.kill()
    until(lambda: (found := seen(server)) is not None and found.broker != "", "the page is told")
    until(lambda: hearing(server, "seat") is Hearing.LOST, "the seat is lost")
    assert stage.door.of(Sensed)[-1] == Sensed(SEAT.sensor, Hearing.LOST)
    home.start()
    until(lambda: listens(server, 1), "it listens again")
    sensors.publish("node/seat/state", "ON", retain=True)
    until(lambda: hearing(server, "seat") is Hearing.ACTIVE, "the seat is back")
