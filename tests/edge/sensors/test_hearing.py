"""The table of mapped sensors: retained words, availability, silence, and a broker that is away."""

from dataclasses import replace

from loquet_contract.ids import AreaId, DeskId, SensorId
from loquet_contract.wire.sensors import (
    MAX_PAYLOAD,
    MAX_SHOWN,
    Availability,
    Hearing,
    SensorMapping,
    Watches,
)
from loquet_edge.sensors.hearing import AWAY_SECONDS, Frame, Sensors
from loquet_edge.sensors.preview import MAX_BYTES, Preview

PIR = SensorMapping(
    SensorId("pir"), DeskId("desk-1"), AreaId("hall"), Watches.PIR, "z/window", ("true",),
    ("false",), "occupancy", availability=Availability("z/window/availability", "state"),
)  # fmt: skip
SEAT = SensorMapping(
    SensorId("seat"), DeskId("desk-1"), AreaId("hall"), Watches.SEAT, "node/seat/state", ("ON",),
    ("OFF",), silent_after=600,
)  # fmt: skip
UTC = 1_790_000_000_000


def hear(sensors: Sensors, topic: str, payload: bytes, now: float = 0.0, retained: bool = False):  # type: ignore[no-untyped-def]
    return [
        (each.sensor, each.hearing) for each in sensors.hear(topic, payload, retained, now, UTC)
    ]


def listening(*mappings: SensorMapping) -> Sensors:
    found = Sensors(mappings, 0.0)
    found.connected()
    return found


def test_a_message_reaches_every_sensor_that_listens_there() -> None:
    sensors = listening(PIR, replace(PIR, sensor=SensorId("other"), desk=DeskId("desk-2")), SEAT)
    assert sensors.topics == ("node/seat/state", "z/window", "z/window/availability")
    assert hear(sensors, "z/window", b'{"occupancy":true}') == [
        ("pir", Hearing.ACTIVE), ("other", Hearing.ACTIVE),
    ]  # fmt: skip
    assert hear(sensors, "z/elsewhere", b'{"occupancy":true}') == []


def test_a_kept_motion_is_no_motion_and_a_kept_level_is_a_level() -> None:
    sensors = listening(PIR, SEAT)
    assert hear(sensors, "z/window", b'{"occupancy":true}', retained=True) == []
    assert sensors.seen()[PIR.sensor].hearing is Hearing.UNHEARD
    assert hear(sensors, "node/seat/state", b"ON", retained=True) == [("seat", Hearing.ACTIVE)]


def test_what_cannot_be_read_changes_nothing_and_is_said_until_something_can() -> None:
    sensors = listening(SEAT)
    hear(sensors, "node/seat/state", b"ON")
    assert hear(sensors, "node/seat/state", b"perhaps") == []
    seen = sensors.seen()[SEAT.sensor]
    assert (seen.hearing, "neither list" in seen.detail) == (Hearing.UNREADABLE, True)
    assert sensors.frames() == [Frame(SEAT.sensor, Hearing.ACTIVE)]
    hear(sensors, "node/seat/state", b"OFF")
    assert sensors.seen()[SEAT.sensor].hearing is Hearing.IDLE


def test_a_sensor_that_says_it_is_gone_is_lost_until_it_speaks_again() -> None:
    sensors = listening(PIR)
    hear(sensors, "z/window", b'{"occupancy":false}')
    assert hear(sensors, "z/window/availability", b'{"state":"offline"}') == [("pir", Hearing.LOST)]
    assert hear(sensors, "z/window/availability", b'{"state":"offline"}') == []
    assert hear(sensors, "z/window", b'{"occupancy":true}') == []  # an old word on its way
    assert hear(sensors, "z/window/availability", b'{"state":"online"}') == []
    assert hear(sensors, "z/window", b'{"occupancy":true}') == [("pir", Hearing.ACTIVE)]


def test_silence_for_too_long_is_loss() -> None:
    sensors = listening(SEAT)
    hear(sensors, "node/seat/state", b"OFF", now=100.0)
    assert sensors.deadline == 700.0
    assert sensors.pass_time(699.0) == []
    assert sensors.pass_time(700.0) == [Frame(SEAT.sensor, Hearing.LOST)]
    assert sensors.deadline is None
    assert hear(sensors, "node/seat/state", b"OFF", now=800.0) == [("seat", Hearing.IDLE)]


def test_a_broker_that_is_away_for_long_loses_all_and_a_short_break_nothing() -> None:
    sensors = listening(PIR, SEAT)
    hear(sensors, "z/window", b'{"occupancy":true}')
    sensors.disconnected(10.0)
    assert sensors.pass_time(10.0 + AWAY_SECONDS - 1) == []
    sensors.connected()
    assert sensors.pass_time(10.0 + AWAY_SECONDS) == []
    sensors.disconnected(100.0)
    lost = sensors.pass_time(100.0 + AWAY_SECONDS)
    assert lost == [Frame(PIR.sensor, Hearing.LOST), Frame(SEAT.sensor, Hearing.LOST)]
    assert sensors.pass_time(1000.0) == []


def test_a_broker_that_never_came_leaves_nobody_free() -> None:
    sensors = Sensors((PIR,), 0.0)
    assert sensors.pass_time(AWAY_SECONDS) == [Frame(PIR.sensor, Hearing.LOST)]


def test_a_preview_is_bounded_whatever_comes() -> None:
    preview = Preview()
    for number in range(MAX_SHOWN * 2):
        preview.hear(f"topic/{number:04}", b"\xff" * 100_000, False, UTC)
    shown = preview.topics()
    assert 0 < len(shown) <= MAX_SHOWN
    assert all(len(each.payload) <= MAX_PAYLOAD for each in shown)
    assert sum(len(each.payload.encode()) for each in shown) <= MAX_BYTES
    assert shown[-1].topic == f"topic/{MAX_SHOWN * 2 - 1:04}"  # the newest stay
    preview.hear("t" * 1000, b"x", False, UTC)
    preview.hear("", b"x", False, UTC)
    assert preview.topics() == shown
    preview.clear()
    assert preview.topics() == ()
