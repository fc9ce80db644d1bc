"""Sensors of the space: mapped on a page, told to a unit signed, shown as the unit hears them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_contract.ids import SensorId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.sensors import (
    Availability,
    Hearing,
    SensorPlan,
    SensorSeen,
    SensorsSeen,
    TopicSeen,
    Watches,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_contract.wire.topics import Channel
from loquet_server.ingest.service import Message
from loquet_server.models import Audit, Desk, Sensor, SensorWord, UnitState
from loquet_server.office import Office
from loquet_server.publication import Publication
from loquet_server.sensors.presets import recognise
from tests.contract.shapes import CONTACT, MOTION, PRESENCE, TASMOTA
from tests.server.desk import Recorder, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of

TOPIC = "zigbee2mqtt/window"
MAPPING = {
    "unit": "hall", "name": "Window", "desk": "d1", "watches": "pir", "topic": TOPIC,
    "path": "occupancy", "active": ["true"], "idle": ["false"], "silent_after": 3600,
    "availability": {"topic": f"{TOPIC}/availability", "path": "state"},
}  # fmt: skip


@pytest.fixture
def desk(house: House, tmp_path: Path) -> tuple[Office, Recorder]:
    return make_office(house, tmp_path)


@pytest.fixture
async def pages(house: House, desk: tuple[Office, Recorder]) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in English; the unit is connected."""
    async with house.database.with_transaction() as session:
        session.add(UnitState(unit=UNIT, online=True))
    async with browser(desk[0]) as found:
        yield found


def word(house: House, version: int, key: SigningKey | None = None, **more: Any) -> Message:
    """Return a signed word of the unit on its sensors."""
    said = SensorsSeen(SITE, UNIT, START, version, **more)
    document = Signer(key or house.unit_key).sign(Purpose.SEEN, encode(said))
    return Message(house.journal.topic(Channel.SEEN), document.encode())


def plans(house: House, published: list[tuple[str, str, bool]]) -> list[SensorPlan]:
    """Return the plans that were published retained to the unit; their signatures hold."""
    verifier = Verifier(house.keys.signing.public)
    return [
        decode_text(SensorPlan, verifier.payload(Purpose.SENSORS, payload))
        for topic, payload, retain in published
        if topic == house.journal.topic(Channel.SENSORS) and retain
    ]


async def test_a_sensor_reaches_its_unit_signed_and_with_a_growing_version(
    house: House, pages: httpx.AsyncClient, desk: tuple[Office, Recorder]
) -> None:
    made = await pages.post("/api/v1/sensors", json=MAPPING)
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    changed = {key: value for key, value in MAPPING.items() if key != "unit"} | {"hold": 60}
    assert (await pages.put(f"/api/v1/sensors/{name}", json=changed)).status_code == 200
    assert (await pages.delete(f"/api/v1/sensors/{name}")).status_code == 204
    told = plans(house, desk[1].published)
    assert [each.version for each in told] == [1, 2, 3]
    (first,) = told[0].sensors
    assert (first.sensor, first.desk, first.area, first.watches) == (
        name,
        "d1",
        "salle",
        Watches.PIR,
    )
    assert first.availability == Availability(f"{TOPIC}/availability", "state")
    assert told[1].sensors[0].hold == 60
    assert told[2].sensors == ()
    actions = [each.action for each in await house.all(Audit)]
    assert actions == ["sensor:record:create", "sensor:record:change", "sensor:record:delete"]


async def test_what_a_unit_hears_is_shown_and_an_old_plan_is_told_again(
    house: House, pages: httpx.AsyncClient, desk: tuple[Office, Recorder]
) -> None:
    name = (await pages.post("/api/v1/sensors", json=MAPPING)).json()["id"]
    missed = await house.take(word(house, 0))
    assert plans(house, _triples(missed.publications)) == plans(house, desk[1].published)
    seen = {SensorId(name): SensorSeen(Hearing.UNREADABLE, START, "it is not JSON")}
    current = await house.take(word(house, 1, sensors=seen))
    assert plans(house, _triples(current.publications)) == []
    shown = (await pages.get(f"/api/v1/sensors/{name}")).json()
    assert (shown["hearing"], shown["detail"]) == ("unreadable", "it is not JSON")
    text = text_of((await pages.get("/sensors")).text)
    assert "Window not understood" in text
    assert "it is not JSON" in text


async def test_forged_foreign_and_absurd_words_change_nothing(house: House) -> None:
    topics = tuple(TopicSeen(f"t{at}", "x", 1) for at in range(201))
    await house.take(
        word(house, 1, key=SigningKey(b"x" * 32)),
        word(house, 1, topics=topics),
        word(house, 1, dropped=-5),
        word(house, 2**40),
    )
    assert await house.all(SensorWord) == []
    assert await house.kinds() == ["forged_state", "malformed_message"]


WRONG = (
    ("topic", "zigbee2mqtt/#"), ("topic", "$SYS/x"), ("topic", "a\x00b"), ("path", "a..b"),
    ("idle", ["TRUE"]), ("active", []), ("desk", "nowhere"), ("unit", "other"),
    ("silent_after", 1), ("watches", "nose"), ("name", " "),
)  # fmt: skip


async def test_what_cannot_work_is_refused(house: House, pages: httpx.AsyncClient) -> None:
    for field, value in WRONG:
        refused = await pages.post("/api/v1/sensors", json=MAPPING | {field: value})
        assert refused.status_code == 422, (field, value)
    assert await house.all(Sensor) == []


async def test_from_what_is_heard_to_a_mapped_sensor_without_a_script(
    house: House, pages: httpx.AsyncClient, desk: tuple[Office, Recorder]
) -> None:
    empty = await pages.get("/sensors/new?unit=hall")
    asked = await submit(pages, empty, "/sensors/show?unit=hall")
    assert asked.status_code == 303
    (plan,) = plans(house, desk[1].published)
    assert plan.preview_until == START // 1000 + 300
    payload = (MOTION % b"true").decode()
    heard = (TopicSeen(TOPIC, payload, START), TopicSeen("zigbee2mqtt/bridge/info", "{}", START))
    await house.take(word(house, 1, topics=heard))
    listed = await pages.get("/sensors/new?unit=hall")
    assert "Zigbee2MQTT: motion" in text_of(listed.text)
    form = await pages.get(f"/sensors/new?unit=hall&topic={TOPIC}")
    assert "active The value is “true”." in text_of(form.text)
    tried = await submit(
        pages, form, "/sensors/new?unit=hall", desk="d1", path="tamper", step="try"
    )
    assert "it has no 'tamper'" in text_of(tried.text)
    saved = await submit(
        pages, form, "/sensors/new?unit=hall", desk=None, desk_name="Meeting room", area="salle"
    )
    assert saved.headers["location"] == "/sensors?done=created"
    (row,) = await house.all(Sensor)
    assert (row.name, row.path, row.active, row.availability["path"]) == (
        "window", "occupancy", ["true"], "state",
    )  # fmt: skip
    desk_row = await house.get(Desk, row.desk)
    assert (desk_row.name, desk_row.unit) == ("Meeting room", UNIT)
    assert "Meeting room" in text_of((await pages.get("/sensors?lang=fr")).text)
    fragment = await pages.get(f"/sensors/heard?unit=hall&topic={TOPIC}&path=battery&active=100")
    assert "actif La valeur est « 100 »." in text_of(fragment.text)
    gone = await submit(
        pages, await pages.get(f"/sensors/{row.id}/delete"), f"/sensors/{row.id}/delete"
    )
    assert gone.headers["location"] == "/sensors?done=deleted"


@pytest.mark.parametrize(
    ("topic", "payload", "watches", "path", "active"),
    [
        (TOPIC, MOTION % b"false", Watches.PIR, "occupancy", "true"),
        ("zigbee2mqtt/door", CONTACT % b"true", Watches.DOOR, "contact", "false"),
        ("z2m/room", PRESENCE % b"true", Watches.PRESENCE, "presence", "true"),
        ("desk7/binary_sensor/seat/state", b"ON", Watches.PRESENCE, "", "ON"),
        ("stat/plug/POWER", b"OFF", Watches.SEAT, "", "ON"),
        ("tele/plug/SENSOR", TASMOTA % b"ON", Watches.SEAT, "Switch1", "ON"),
    ],
)
def test_known_programs_are_recognised(
    topic: str, payload: bytes, watches: Watches, path: str, active: str
) -> None:
    found = recognise(topic, payload.decode())
    assert found is not None
    assert (found.preset.watches, found.preset.path, found.preset.active) == (watches, path, active)
    assert found.availability is not None


@pytest.mark.parametrize("payload", ["", "{", "[1]", '{"occupancy":1}', "[" * 5000])
def test_nothing_is_recognised_in_what_is_no_sensor(payload: str) -> None:
    assert recognise("zigbee2mqtt/x", payload) is None


def _triples(publications: list[Publication]) -> list[tuple[str, str, bool]]:
    return [(each.topic, each.payload, each.retain) for each in publications]
