"""What Home Assistant finds at its broker, and what it may order: with a real mosquitto."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import AreaId, BootId, DeskId, DoorId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.events import DeskEvidence, DeskOccupied, DoorForcedOpen
from loquet_contract.wire.messages import Change, Online
from loquet_server.homeassistant.bridge import (
    Bridge,
    CannotRelease,
    bridging,
    reason_of,
    server_name,
)
from loquet_server.homeassistant.discovery import announcements, parting
from loquet_server.homeassistant.house import Names
from loquet_server.homeassistant.repository import read_house
from loquet_server.homeassistant.schemas import Home
from loquet_server.homeassistant.service import load, store
from loquet_server.homeassistant.states import states
from loquet_server.ingest.service import Message as Incoming
from loquet_server.models import Desk, Holder
from loquet_server.office import Office
from tests.brokers import Listener, MosquittoBroker, until
from tests.server.desk import Recorder, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.home_rules import RULES, Message, broken
from tests.server.house import SITE, UNIT, House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
NAMES = Names("12345678", "homeassistant")


class HomeBroker(MosquittoBroker):
    """Home Assistant's own broker, as its add-on sets it up: one user, all topics."""

    name = "Home Assistant's"

    def _command(self) -> list[str]:
        found = super()._command()
        (self._folder / "acl").write_text(f"user {self.server_user}\ntopic readwrite #\n")
        return found


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[HomeBroker]:
    """A mosquitto that runs meanwhile."""
    found = HomeBroker(tmp_path / "home")
    found.start()
    yield found
    found.stop()


def home_of(broker: HomeBroker, **changes: Any) -> Home:
    values: dict[str, Any] = {
        "site": SITE, "enabled": True, "host": broker.host, "port": broker.port, "tls": False,
        "user": broker.server_user, "password": broker.server_password,
        "prefix": "homeassistant", "commands": True,
    }  # fmt: skip
    return Home(**values | changes)


class Doors:
    """Releases doors, and remembers; one of them never answers."""

    def __init__(self) -> None:
        self.released: list[tuple[str, str, str]] = []

    async def __call__(self, door: str, reason: str, actor: str) -> None:
        if door == "far":
            raise CannotRelease("unit 'other' has not answered within 5 s")
        self.released.append((door, reason, actor))


class Scene:
    """A house, its bridge, and Home Assistant as a client of the broker."""

    def __init__(
        self, house: House, office: Office, recorder: Recorder, broker: HomeBroker, doors: Doors
    ) -> None:
        self.house, self.office, self.doors = house, office, doors
        self.broker = broker
        self._recorder = recorder
        self.home = Listener(
            broker, broker.server_user, broker.server_password, "homeassistant/#", "loquet_home/#"
        )

    async def until(self, condition: Any, what: str) -> None:
        await asyncio.to_thread(until, condition, what)

    def last(self, topic: str) -> str | None:
        """Return what was heard last on a topic."""
        said = self.home.said(topic)
        return said[-1].decode() if said else None

    def told(self, change: Change) -> None:
        """Tell the bridge of a change, as the broker would."""
        for listener in tuple(self._recorder._listeners):
            listener(str(SITE), change)

    async def set(self, **changes: Any) -> None:
        async with self.house.database.with_transaction() as session:
            await store(session, self.office.keys, home_of(self.broker, **changes))
        self.told(Change("homeassistant", "settings", 1))

    async def ingest(self, *messages: Incoming) -> None:
        result = await self.house.take(*messages)
        for change in self.house.changes(result.publications):
            self.told(change)

    def names(self, bridge: Bridge) -> Names:
        return bridge._names


@asynccontextmanager
async def scene(house: House, folder: Path, broker: HomeBroker) -> AsyncIterator[tuple[Scene, Any]]:
    office, recorder = make_office(house, folder)
    doors = Doors()
    found = Scene(house, office, recorder, broker, doors)
    async with house.database.with_transaction() as session:
        await store(session, office.keys, home_of(broker))
    try:
        async with bridging(office, doors) as bridge:
            await found.until(lambda: bridge.online, "the bridge is connected")
            yield found, bridge
    finally:
        found.home.close()


def online(house: House, is_online: bool = True) -> Incoming:
    said = encode(Online(UnitId(UNIT), is_online, BootId("b1")))
    return Incoming(house.journal.topic(topics.Channel.ONLINE), said.encode())


async def announced(house: House, *, commands: bool = True) -> list[Message]:
    async with house.database.reading() as session:
        found = await session.run_sync(
            lambda plain: read_house(plain, SITE, NAMES.server, "https://loquet.example", 1)
        )
    assert found is not None
    devices = announcements(found, NAMES, commands=commands)
    return [Message(topic, NAMES.prefix, device) for topic, device in devices.items()]


@pytest.mark.parametrize("commands", [True, False])
async def test_every_device_keeps_the_rules(house: House, commands: bool) -> None:
    messages = await announced(house, commands=commands)
    assert len(messages) == 2 + 3 + 2, "units, doors, areas"
    assert {m.topic: broken(m) for m in messages if broken(m)} == {}
    platforms = {part["p"] for m in messages for part in m.components.values()}
    assert ("lock" in platforms) is commands
    ids = [part["unique_id"] for m in messages for part in m.components.values()]
    assert len(set(ids)) == len(ids), "unique ids differ over all devices"


async def test_each_rule_can_be_broken(house: House) -> None:
    """A checker that lets everything pass would be no check."""
    door = next(m for m in await announced(house) if "lock" in m.components)
    bent = [
        Message(door.topic.replace("/device/", "/devices/"), door.prefix, door.device),
        *(
            Message(door.topic, door.prefix, bend(copy.deepcopy(dict(door.device))))
            for bend in (
                lambda d: d | {"dev": {**d["dev"], "ids": []}},
                lambda d: d | {"o": {}},
                lambda d: d | {"cmps": {}},
                lambda d: d | {"dev": {**d["dev"], "colour": "red"}},
                lambda d: d | {"dev": {"ids": ["x"]}},
                lambda d: _bent(d, "lock", "p", "locker"),
                lambda d: _bent(d, "lock", "unique_id", ""),
                lambda d: _bent(d, "lock", "unique_id", d["cmps"]["leaf"]["unique_id"]),
                lambda d: _bent(d, "lock", "command_topic", ""),
                lambda d: _bent(d, "lock", "comand_topic", "x"),
                lambda d: _bent(d, "leaf", "state_topic", "a/#"),
                lambda d: _bent(d, "leaf", "availability", [{}]),
                lambda d: _bent(d, "lock", "retain", True),
                lambda d: _bent(d, "lock", "optimistic", True),
                lambda d: _bent(d, "lock", "command_template", "{{ value }}"),
                lambda d: _bent(d, "leaf", "device_class", "gate"),
            )
        ),
    ]
    seen = {rule for message in bent for rule in broken(message)}
    assert seen == {f"{text} ({page})" for page, text, _ in RULES}


def _bent(device: dict[str, Any], part: str, key: str, value: Any) -> dict[str, Any]:
    device["cmps"][part][key] = value
    return device


async def test_names_are_in_the_language_of_the_space_and_ids_are_not(house: House) -> None:
    door = next(m for m in await announced(house) if m.device["dev"]["name"] == "Front")
    assert door.device["dev"]["mdl"] == "Porte"
    assert door.components["forced"]["name"] == "Ouverte de force"
    assert door.components["lock"]["unique_id"] == "loquet_12345678_door_front_lock"
    assert door.components["lock"]["name"] is None, "the lock is the door's main matter"


async def test_a_desk_of_one_person_is_not_told(house: House) -> None:
    async with house.database.with_transaction() as session:
        desk = await session.get(Desk, "d2")
        assert desk is not None
        desk.assigned_holder = "h1"
    quiet = next(m for m in await announced(house) if m.topic.endswith("area_calme/config"))
    assert set(quiet.components) == {"present", "present_low", "present_high"}


async def test_what_is_unknown_is_said_to_be(house: House) -> None:
    async with house.database.reading() as session:
        found = await session.run_sync(lambda plain: read_house(plain, SITE, "x", "", 1))
    assert found is not None
    said = states(found, NAMES, commands=True)
    assert said[NAMES.state("desks", "d1", "occupied")] == "None"
    assert said[NAMES.state("doors", "front", "lock")] == "None"
    assert said[NAMES.state("units", "hall", "online")] == "offline"
    assert json.loads(said[NAMES.state("areas", "salle", "counts")])["desks_unknown"] == 1


def test_a_component_is_taken_away_by_its_platform_alone(database_kind: str) -> None:
    before = {"cmps": {"lock": {"p": "lock", "unique_id": "a"}, "leaf": {"p": "binary_sensor"}}}
    now = {"dev": {}, "cmps": {"leaf": {"p": "binary_sensor"}}}
    leaving = parting(before, now)
    assert leaving is not None
    assert leaving["cmps"]["lock"] == {"p": "lock"}
    assert parting(now, now) is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"command": "UNLOCK", "reason": " badge oubli\xc3\xa9 "}', "badge oublié"),
        (b'{"command": "UNLOCK", "reason": null}', None),
        (b'{"command": "UNLOCK", "reason": "no"}', None),
        (b'{"command": "UNLOCK"}', None),
        (b'{"command": "LOCK", "reason": "why not"}', None),
        (b'{"command": "UNLOCK", "reason": "a\\nb cd"}', None),
        (b"UNLOCK", None),
        (b"[]", None),
        (b"\xff", None),
        (b'{"command": "UNLOCK", "reason": "' + b"x" * 1000 + b'"}', None),
    ],
)
def test_an_order_wants_a_reason(database_kind: str, payload: bytes, reason: str | None) -> None:
    assert reason_of(payload) == reason


async def test_it_is_found_follows_and_is_found_again(
    house: House, tmp_path: Path, broker: HomeBroker
) -> None:
    async with scene(house, tmp_path, broker) as (found, bridge):
        names = found.names(bridge)
        lock = names.state("doors", "front", "lock")
        desk = names.state("desks", "d1", "occupied")
        await found.until(lambda: found.last(names.online) == "online", "the server is there")
        await found.until(lambda: found.last(names.config("area", "calme")), "all is announced")
        heard = {topic: payload for topic, payload, _ in found.home.heard}
        for topic, payload in heard.items():
            if topic.endswith("/config"):
                assert broken(Message(topic, "homeassistant", json.loads(payload))) == []
        assert found.last(lock) == found.last(desk) == "None"

        house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT))
        house.journal.write(DoorForcedOpen(DoorId("front")))
        await found.ingest(online(house), house.journal.message())
        await found.until(lambda: found.last(desk) == "ON", "the desk is taken")
        forced = names.state("doors", "front", "forced")
        await found.until(lambda: found.last(forced) == "ON", "the door is forced")
        await found.ingest(online(house, False))
        await found.until(lambda: found.last(desk) == "None", "nobody knows")
        counts = json.loads(found.last(names.state("areas", "salle", "counts")) or "")
        assert counts["desks_unknown"] == 1

        before = len(found.home.said(names.config("door", "front")))
        found.home.publish(names.birth, "online")
        again = names.config("door", "front")
        await found.until(lambda: len(found.home.said(again)) > before, "a birth is answered")


async def test_an_order_passes_the_way_of_every_release(
    house: House, tmp_path: Path, broker: HomeBroker
) -> None:
    order = json.dumps({"command": "UNLOCK", "reason": "badge oublié"})
    server = server_name(make_office(house, tmp_path)[0])
    front, far = (Names(server, "").state("doors", door, "command") for door in ("front", "far"))
    client = Listener(broker, broker.server_user, broker.server_password)
    client.publish(front, order, retain=True)
    client.close()
    async with scene(house, tmp_path, broker) as (found, bridge):
        names = found.names(bridge)
        await found.until(lambda: found.last(names.config("area", "calme")), "all is announced")
        assert found.doors.released == [], "an order that stood there is not followed"
        await found.until(lambda: found.last(front) == "", "it was taken away")
        found.home.publish(front, json.dumps({"command": "UNLOCK", "reason": None}))
        found.home.publish(names.state("doors", "nowhere", "command"), order)
        found.home.publish(far, order)
        found.home.publish(front, order)
        await found.until(lambda: found.doors.released, "a door is released")
        assert found.doors.released == [("front", "badge oublié", "Home Assistant")]

        await found.set(commands=False)
        parts = names.config("door", "front")
        await found.until(
            lambda: "lock" not in json.loads(found.last(parts) or "{}").get("cmps", {"lock": 1}),
            "the lock is gone",
        )
        partings = [json.loads(each)["cmps"] for each in found.home.said(parts)]
        assert {"p": "lock"} in [each.get("lock") for each in partings]
        count = len(found.doors.released)
        found.home.publish(front, order)
        leaf = names.state("doors", "front", "leaf")
        found.home.publish(names.birth, "online")
        said = len(found.home.said(leaf))
        await found.until(lambda: len(found.home.said(leaf)) > said, "it went on")
        assert len(found.doors.released) == count, "orders are switched off"


async def test_what_is_no_more_is_taken_away_after_any_restart(
    house: House, tmp_path: Path, broker: HomeBroker
) -> None:
    async with scene(house, tmp_path, broker) as (found, bridge):
        names = found.names(bridge)
        await found.until(lambda: found.last(names.config("area", "calme")), "all is announced")
    stale = names.config("door", "old")
    client = Listener(broker, broker.server_user, broker.server_password, "homeassistant/#")
    client.publish(stale, json.dumps({"cmps": {}}), retain=True)
    client.publish("homeassistant/device/other/config", "{}", retain=True)
    client.close()
    async with scene(house, tmp_path, broker) as (found, bridge):
        await found.until(lambda: found.last(stale) == "", "an old door is taken away")
        assert found.last("homeassistant/device/other/config") == "{}", "others' stay"
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await found.until(lambda: bridge.online, "the bridge comes back")
        await found.set(enabled=False)
        await found.until(lambda: bridge.online is None, "it is switched off")
        gone = names.config("door", "front")
        await found.until(lambda: found.last(gone) == "", "its doors are taken away")
        await found.until(lambda: found.last(names.online) == "offline", "it says goodbye")


async def test_nobody_is_named_there(house: House, tmp_path: Path, broker: HomeBroker) -> None:
    async with house.database.with_transaction() as session:
        member = await session.get(Holder, "h1")
        assert member is not None
        member.name = "Zéphyrine"
    async with scene(house, tmp_path, broker) as (found, bridge):
        names = found.names(bridge)
        await found.until(lambda: found.last(names.config("area", "calme")), "all is announced")
        said = b"\n".join(topic.encode() + payload for topic, payload, _ in found.home.heard)
        assert b"phyrine" not in said
        assert b"h1" not in said


async def test_the_settings_are_kept_and_the_password_is_not_shown(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    office, app = front_desk(house, tmp_path)
    form = {
        "enabled": "true", "host": "homeassistant.local", "port": "1883", "user": "loquet",
        "password": "tournesol", "prefix": "homeassistant", "commands": "true",
    }  # fmt: skip
    path = "/settings/homeassistant"
    async with browser(app) as http:
        await sign_in(http, "owner")
        bad = await http.post(path, data=form | {"host": "no such host", "prefix": "a b"})
        assert bad.status_code == 422
        clear = await http.post(path, data=form | {"host": "mqtt.example.org"})
        assert "cross the network in clear" in clear.text
        assert (await http.post(path, data=form)).headers["location"] == f"{path}?done=on"
        assert (await http.post(path, data=form | {"password": ""})).status_code == 303
        page = (await http.get(path)).text
    assert "tournesol" not in page + bad.text
    assert "homeassistant.local" in page
    async with house.database.reading() as session:
        kept = await load(session, office.keys)
    assert kept is not None
    assert (kept.password, kept.commands, kept.site) == ("tournesol", True, str(SITE))
    assert "tournesol" not in repr(kept)
