"""Webhooks: written with the fact, signed, delivered until taken, to no private address."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from loquet_contract.ids import AreaId, BootId, DeskId, DoorId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.events import DeskEvidence, DeskOccupied, DoorClosed, DoorForcedOpen
from loquet_contract.wire.messages import Online
from loquet_server.commands import Order
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.service import DoorService
from loquet_server.hooks import courier as couriers
from loquet_server.hooks.addresses import NotThere, is_public, judged
from loquet_server.hooks.catalogue import CHOICES, EVENTS, TEST, data_of
from loquet_server.hooks.courier import Courier
from loquet_server.hooks.outbox import notice
from loquet_server.hooks.repository import HookRepository
from loquet_server.hooks.schedule import DELAYS, next_try
from loquet_server.hooks.schemas import HookIn
from loquet_server.hooks.sending import Outcome, send
from loquet_server.hooks.service import HookService
from loquet_server.hooks.signing import headers, new_secret, signature
from loquet_server.ingest.service import Message
from loquet_server.models import Desk, Hook, HookDelivery
from loquet_server.office import After, Office, Transaction
from loquet_server.who import LOCAL
from tests.server.desk import client, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, UNIT, House
from tests.server.receiver import Receiver, receiving

ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def office_of(house: House, folder: Path, networks: str = "127.0.0.0/8") -> Office:
    office, _ = make_office(house, folder)
    office.settings = office.settings.model_copy(update={"hook_networks": networks})
    return office


async def add(office: Office, url: str, *events: str) -> tuple[Hook, str]:
    """Add a webhook; return it and its secret."""
    async with office.database.with_transaction() as session:
        service = HookService(office, Transaction(session, After()), LOCAL)
        given = HookIn(name="Chat", url=url, events=list(events or CHOICES))
        return await service.create(str(SITE), given)


async def deliver(office: Office) -> None:
    """Have everything delivered that is due now."""
    courier = Courier(office, draw=lambda: 0.0)
    await courier.look()
    await courier.settled()


async def deliveries(house: House) -> list[HookDelivery]:
    return sorted(await house.all(HookDelivery), key=lambda row: row.id)


def online(house: House, is_online: bool) -> Message:
    said = encode(Online(UnitId(UNIT), is_online, BootId("b1")))
    return Message(house.journal.topic(topics.Channel.ONLINE), said.encode())


async def test_facts_are_told_signed_and_once(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    async with receiving() as receiver:
        _, secret = await add(office, receiver.url)
        house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT))
        house.journal.write(DoorForcedOpen(DoorId("front")))
        await house.take(online(house, True), house.journal.message())
        await house.take(house.journal.message())  # what is repeated is told once
        house.journal.write(DoorClosed(DoorId("front")))
        await house.take(house.journal.message(3))
        async with house.database.with_transaction() as session:
            found = await DoorRepository(session).one("front")
            assert found is not None
            order = Order(reason="drill")
            service = DoorService(office)
            await service.lock_down(Transaction(session, After()), [found[0]], order)
        await deliver(office)
        kinds = [json.loads(each.body)["type"] for each in receiver.got]
        assert sorted(kinds) == [
            "desk.changed", "door.alarm_ended", "door.forced_open", "incident.ended",
            "incident.opened", "lockdown.begun", "unit.online",
        ]  # fmt: skip
        for each in receiver.got:
            assert Webhook(secret).sign is not None
            assert verified(each.headers, each.body, secret), "Standard Webhooks' own library"
            said = json.loads(each.body)
            assert list(said) == ["type", "timestamp", "data"]
            assert set(said["data"]) <= set(EVENTS[said["type"]].example)
            assert each.path == "/told?by=loquet"
            assert each.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert {row.state for row in await deliveries(house)} == {"delivered"}


def verified(said: dict[str, str], body: str, secret: str) -> bool:
    """Check as a receiver does, but for the clock: the house's stands still."""
    at = datetime.fromtimestamp(int(said["webhook-timestamp"]), UTC)
    right = Webhook(secret).sign(said["webhook-id"], at, body)
    return right in said["webhook-signature"].split(" ")


async def test_a_message_stands_or_falls_with_its_fact(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    await add(office, "https://example.org/", "unit.offline")

    class Killed(RuntimeError):
        """The process ends before the commit."""

    with pytest.raises(Killed):
        async with house.database.with_transaction() as session:
            data = {"site": str(SITE), "unit": "hall"}
            told = await session.run_sync(notice, str(SITE), "unit.offline", data, 1)
            assert told == 1
            raise Killed
    assert await deliveries(house) == []


async def test_what_is_not_taken_is_tried_for_a_day_and_then_shown(
    house: House, tmp_path: Path
) -> None:
    office = office_of(house, tmp_path)
    async with receiving() as receiver:
        await add(office, receiver.url, "unit.online")
        receiver.answers = [500]
        await house.take(online(house, True))
        began = house.now
        for _ in range(len(DELAYS) + 1):
            await deliver(office)
            (row,) = await deliveries(house)
            house.now = row.next_at / 1000
        assert (row.state, row.attempts, row.status) == ("dead", 11, 500)
        assert 20 * 3600 < house.now - began < 25 * 3600
        assert len({each.headers["webhook-id"] for each in receiver.got}) == 1
        stamps = [int(each.headers["webhook-timestamp"]) for each in receiver.got]
        assert stamps == sorted(set(stamps)), "each try is signed anew"
        receiver.answers = [200]
        async with client(office) as http:
            await http.post(f"/api/v1/hook-deliveries/{row.id}/send-again")
        (row,) = await deliveries(house)
        assert (row.state, row.attempts, row.status) == ("delivered", 1, 200)


async def test_a_courier_that_died_leaves_its_message_to_another(
    house: House, tmp_path: Path
) -> None:
    office = office_of(house, tmp_path)
    async with receiving() as receiver:
        await add(office, receiver.url, "unit.online")
        await house.take(online(house, True))
        (row,) = await deliveries(house)
        async with house.database.with_transaction() as session:
            repository = HookRepository(session)
            until = office.now_ms() + couriers.CLAIM_MS
            assert await repository.claim(row.id, row.next_at, until)
            assert not await repository.claim(row.id, row.next_at, until), "one has it"
        await deliver(office)
        assert receiver.got == [], "it is another's, as far as anybody knows"
        house.now += couriers.CLAIM_MS / 1000 + 1
        await deliver(office)
        assert len(receiver.got) == 1


@ONLY_SQLITE
async def test_a_receiver_that_wants_no_more_is_left_alone(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    async with receiving() as receiver:
        hook, _ = await add(office, receiver.url, "unit.online", "unit.offline")
        receiver.answers = [410]
        await house.take(online(house, True))
        await house.take(online(house, False))
        await deliver(office)
        row = await house.get(Hook, hook.id)
        assert (row.enabled, row.stopped_at) == (False, office.now_ms())
        assert {each.state for each in await deliveries(house)} == {"dead"}
        await house.take(online(house, True))
        assert len(await deliveries(house)) == 2, "nothing is kept for it any more"


@ONLY_SQLITE
async def test_a_redirect_is_not_followed_and_a_wait_is_kept(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    async with receiving() as receiver, receiving() as other:
        await add(office, receiver.url, "unit.online")
        receiver.answers = [302]
        receiver.extra = f"location: {other.url}\r\nretry-after: 900\r\n"
        await house.take(online(house, True))
        await deliver(office)
        (row,) = await deliveries(house)
        assert (other.got, row.status, row.state) == ([], 302, "waiting")
        assert row.next_at == office.now_ms() + 900_000


@ONLY_SQLITE
async def test_a_slow_receiver_is_not_waited_for(house: House, tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.silent = True
        outcome = await send(receiver.url, {}, "{}", office_of(house, tmp_path).settings
                             .hooks_allowed, 0.2)  # fmt: skip
        assert (outcome.status, outcome.problem) == (None, "too_slow")


@ONLY_SQLITE
async def test_private_addresses_are_refused_unless_allowed(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path, "")
    async with receiving() as receiver:
        url = receiver.url.replace("http://", "https://")
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
            await add(office, url.replace("127.0.0.1", host), "unit.online")
        await house.take(online(house, True))
        await deliver(office)
        assert {row.problem for row in await deliveries(house)} == {"private_address"}
        assert receiver.got == []
        async with client(office) as http:
            plain = {"name": "x", "url": receiver.url, "events": ["unit.online"]}
            answer = await http.post(f"/api/v1/sites/{SITE}/hooks", json=plain)
        assert answer.status_code == 422
        assert "https" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("64:ff9b::5db8:d822", True),
        ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("127.0.0.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False), ("64:ff9b:1::1", False), ("2002:7f00:1::", False),
        ("2001:0:a00:1::f5ff:fffe", False), ("ff02::1", False), ("198.18.0.1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_in_clear_only_where_it_is_allowed() -> None:
    with pytest.raises(NotThere) as refused:
        await judged("http://93.184.216.34/x", ())
    assert refused.value.problem == "not_https"
    with pytest.raises(NotThere) as nowhere:
        await judged("https://no-such-name.invalid/", ())
    assert nowhere.value.problem == "no_such_name"
    assert await judged("https://93.184.216.34/x", ()) == "93.184.216.34"


def test_a_signature_is_that_of_the_specification() -> None:
    """The specification's own library is the judge, with its own secret of the documentation."""
    secret = "whsec_plJ3nmyCDGBKInavdOK15jsl"
    body = '{"event_type":"ping","data":{"success":true}}'
    at = 1_731_705_121
    judge = Webhook(secret).sign("msg_1", datetime.fromtimestamp(at, UTC), body)
    assert signature(secret, "msg_1", at, body) == judge
    assert len(new_secret()) == len("whsec_") + 44
    both = headers([new_secret(), secret], "msg_1", at, body)["webhook-signature"]
    assert both.split(" ")[1] == judge, "while a secret is changed, both sign"


def test_tries_span_a_day_and_end() -> None:
    assert 20 * 3600 < sum(DELAYS) <= 24 * 3600
    assert list(DELAYS) == sorted(DELAYS)
    assert next_try(1, 0, 0, 0.0) == 5_000
    assert next_try(1, 0, 60, 0.0) == 60_000
    assert next_try(1, 0, 0, 0.999) == 5_500
    assert next_try(len(DELAYS) + 1, 0, 0, 0.5) is None


def test_events_carry_nothing_but_their_example() -> None:
    person = {"holder": "h1", "member": "h1", "name": "Zoé", "site": "maison", "door": "front"}
    for kind in EVENTS:
        found = data_of(kind, person)
        assert set(found) <= {"site", "door"}
    assert TEST not in CHOICES
    words = {name for event in EVENTS.values() for name in event.example}
    assert not words & {"holder", "member", "name", "mail", "phone", "badge", "credential", "actor"}


@ONLY_SQLITE
async def test_a_desk_of_one_person_is_not_told(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    await add(office, "https://example.org/", "desk.changed")
    async with house.database.with_transaction() as session:
        desk = await session.get(Desk, "d1")
        assert desk is not None
        desk.assigned_holder = "h1"
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT))
    house.journal.write(DeskOccupied(DeskId("d2"), AreaId("calme"), DeskEvidence.SEAT))
    await house.take(house.journal.message())
    said = [json.loads(row.body)["data"]["desk"] for row in await deliveries(house)]
    assert said == ["d2"]


async def test_what_is_old_or_too_much_is_forgotten(house: House, tmp_path: Path) -> None:
    office = office_of(house, tmp_path)
    hook, _ = await add(office, "https://example.org/", "unit.online")
    now = office.now_ms()
    day = couriers.DAY_MS
    async with house.database.with_transaction() as session:
        for state, age in (("delivered", 1), ("delivered", 8), ("dead", 8), ("dead", 31)):
            session.add(row(hook.id, state, now - age * day))
        session.add_all(row(hook.id, "waiting", now) for _ in range(couriers.MOST_WAITING + 3))
    await Courier(office).sweep()
    found = await deliveries(house)
    states = {name: [r for r in found if r.state == name] for name in ("delivered", "dead")}
    assert [r.at for r in states["delivered"]] == [now - day]
    assert sum(r.problem == "too_many" for r in states["dead"]) == 3
    assert len(found) == couriers.MOST_WAITING + 1 + 1 + 3


def row(hook: str, state: str, at: int) -> HookDelivery:
    return HookDelivery(
        hook=hook, message="msg_1", kind="unit.online", body="{}", at=at, state=state, attempts=0,
        next_at=at,
    )  # fmt: skip


def test_an_outcome_is_a_success_only_with_a_two() -> None:
    statuses = [199, 200, 204, 299, 300, 404, 410, 500]
    assert [s for s in statuses if Outcome(s, None, 1).taken] == [200, 204, 299]
    assert Outcome(410, None, 1).unwanted
    assert not Outcome(None, "too_slow", 1).taken


@ONLY_SQLITE
async def test_the_pages_show_the_secret_once_and_what_came_of_each_message(
    house: House, tmp_path: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, hook_networks="127.0.0.1")
    async with receiving() as receiver, browser(app) as http:
        await sign_in(http, "owner")
        assert "No program is told" in (await http.get("/hooks")).text
        bad = await http.post("/hooks/new", data={"name": "Chat", "url": "ftp://x"})
        assert bad.status_code == 422
        assert "Write a whole address" in bad.text
        made = await http.post("/hooks/new", data=form(receiver))
        assert "whsec_" in made.text
        (hook,) = await house.all(Hook)
        path = f"/hooks/{hook.id}"
        tried = await http.post(f"{path}/test")
        assert tried.headers["location"] == f"{path}?done=tried"
        assert json.loads(receiver.got[0].body)["type"] == TEST
        page = (await http.get(path)).text
        assert "The receiver has it (204)." in page
        assert "whsec_" not in page + (await http.get("/hooks")).text
        fresh = await http.post(f"{path}/secret")
        assert "whsec_" in fresh.text
        await http.post(f"{path}/test")
        assert len(receiver.got[1].headers["webhook-signature"].split(" ")) == 2
        assert (await http.get("/hooks/events")).text.count("<details") == len(CHOICES)
        await http.post(f"{path}/edit", data={**form(receiver), "enabled": ""})
        assert (await http.post(f"{path}/test")).headers["location"] == f"{path}?done=off"
        assert (await http.get(f"{path}/delete")).status_code == 200
        assert (await http.post(f"{path}/delete")).status_code == 303
    assert await house.all(Hook) == await house.all(HookDelivery) == []


def form(receiver: Receiver) -> dict[str, Any]:
    return {
        "name": "Chat",
        "url": receiver.url,
        "events": ["unit.offline", "door.forced_open"],
        "enabled": "true",
    }
