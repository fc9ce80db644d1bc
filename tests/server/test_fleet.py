"""Units as the server knows them: what they say, what they are told, their logs, their troubles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.messages import Change
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_contract.wire.topics import RETAINED
from loquet_contract.wire.unit_log import SEAL_CONTEXT, UnitLog
from loquet_server.models import Audit, Door, Unit, UnitLogOrder, UnitState
from loquet_server.office import Office, committed
from loquet_server.units.logs import KEPT_MS
from loquet_server.units.signs import OFFLINE_MS
from loquet_server.units.stream import changes
from loquet_server.units.watch import look
from loquet_server.who import LOCAL, PERMISSIONS, Actor, Role
from tests.server.desk import client, make_office
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_badges import Enrolling, connect

TEXT = "2026-11-22 15:47:06,202 link INFO: session with the broker is open\n"
WHY = {"reason": "the reader comes and goes"}


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> tuple[Office, Enrolling]:
    await connect(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Enrolling(house)
    return office, exchange


async def post(office: Office, path: str, body: Any = None) -> httpx.Response:
    async with client(office) as http:
        return await http.post(f"/api/v1{path}", json=body)


async def unit_of(office: Office, unit: str = UNIT) -> Any:
    async with client(office) as http:
        return (await http.get(f"/api/v1/units/{unit}")).json()


async def actions(house: House) -> list[str]:
    return [each.action for each in await house.all(Audit)]


def log_of(
    house: House, command: str, text: str = TEXT, key: SigningKey | None = None, unit: str = UNIT
) -> str:
    """What a unit sends."""
    sealed = seal(house.keys.seal_public, text.encode(), SEAL_CONTEXT)
    said = UnitLog(SITE, unit, command, sealed)  # type: ignore[arg-type]
    return Signer(key or house.unit_key).sign(Purpose.UNIT_LOG, encode(said))


async def send(office: Office, document: str, unit: str = UNIT) -> int:
    async with client(office) as http:
        return (await http.post(f"/api/v1/units/{unit}/log", content=document)).status_code


async def test_what_a_unit_says_of_itself_is_kept_and_shown(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    await house.take(
        house.journal.state(
            model="Raspberry Pi Zero 2 W Rev 1.0" + "x" * 100, address="192.168.1.20",
            software="loquet 0.5.0", readers={"in": "lost"},
            health={"temperature_c": 81, "disk_free_mb": 9000, "of_tomorrow": 7},
        )
    )  # fmt: skip
    found = await unit_of(desk[0])
    assert found["model"].startswith("Raspberry Pi Zero 2 W") and len(found["model"]) == 80
    assert (found["address"], found["software"]) == ("192.168.1.20", "loquet 0.5.0")
    assert found["health"]["temperature_c"] == 81
    assert [(each["sign"], each["grave"], each["value"]) for each in found["signs"]] == [
        ("reader_lost", True, "in"), ("unit_hot", True, "81 °C"),
    ]  # fmt: skip
    async with client(desk[0]) as http:
        listed = (await http.get("/api/v1/units")).json()
    assert [each["signs"][0]["sign"] for each in listed] == ["reader_lost", "never_seen"]


async def test_an_older_unit_says_less_and_is_shown_all_the_same(
    desk: tuple[Office, Enrolling],
) -> None:
    found = await unit_of(desk[0])
    assert (found["model"], found["address"], found["signs"]) == (None, None, [])


async def test_figures_that_move_all_the_time_are_no_news_to_pages(house: House) -> None:
    await house.take(house.journal.state(health={"uptime_s": 10, "temperature_c": 50}))
    before = (await house.get(UnitState, UNIT)).revision
    await house.take(house.journal.state(health={"uptime_s": 20, "temperature_c": 51}))
    row = await house.get(UnitState, UNIT)
    assert (row.revision, row.health["uptime_s"]) == (before, 20)
    await house.take(house.journal.state(health={"uptime_s": 30, "under_voltage_now": 1}))
    assert (await house.get(UnitState, UNIT)).revision == before + 1


@pytest.mark.parametrize(
    ("path", "what", "action"),
    [
        ("identify", What.IDENTIFY, "unit:light:identify"),
        ("restart", What.RESTART, "unit:process:restart"),
        ("fetch-policy", What.FETCH, "unit:policy:fetch"),
        ("logs", What.LOGS, "unit:log:ask"),
    ],
)
async def test_an_order_is_addressed_answered_and_recorded(
    house: House, desk: tuple[Office, Enrolling], path: str, what: What, action: str
) -> None:
    office, exchange = desk
    answer = await post(office, f"/units/{UNIT}/{path}", WHY)
    assert answer.is_success and answer.json()["outcome"] == "performed"
    (command,) = exchange.commands
    assert (command.what, command.challenge, command.boot) == (what, "c1", "b1")
    (row,) = await house.all(Audit)
    assert (row.action, row.subject, row.reason) == (action, UNIT, WHY["reason"])
    assert (await post(office, f"/units/{UNIT}/{path}", {"reason": " "})).status_code == 422
    assert (await post(office, f"/units/other/{path}", WHY)).status_code == 409
    assert (await post(office, f"/units/none/{path}", WHY)).status_code == 404
    exchange.outcome = Outcome.REFUSED
    refused = (await post(office, f"/units/{UNIT}/{path}", WHY)).json()
    assert (refused["outcome"], refused["detail"]) == ("refused", "busy")


async def test_a_log_comes_sealed_and_is_shown_once(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, _ = desk
    command = (await post(office, f"/units/{UNIT}/logs", WHY)).json()["command"]
    path = f"/units/{UNIT}/logs/{command}"
    assert (await post(office, path)).status_code == 409, "it has not come"
    assert await send(office, log_of(house, command, TEXT + "\x1b[2Jcleared\n")) == 204
    (row,) = await house.all(UnitLogOrder)
    assert "session" not in (row.sealed or "")
    assert await send(office, log_of(house, command)) == 404, "once is enough"
    shown = (await post(office, path)).json()
    assert shown["text"] == TEXT + "[2Jcleared\n"
    assert (await post(office, path)).status_code == 404
    (row,) = await house.all(UnitLogOrder)
    assert row.sealed is None
    assert (await actions(house))[-1] == "unit:log:show"


async def test_a_log_that_nobody_asked_for_or_another_signed_is_not_taken(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, _ = desk
    assert await send(office, log_of(house, "nobody-asked")) == 404
    command = (await post(office, f"/units/{UNIT}/logs", WHY)).json()["command"]
    other = SigningKey(b"o" * 32)
    assert await send(office, log_of(house, command, key=other)) == 403
    assert await send(office, log_of(house, command, key=other, unit="other"), "other") == 404
    assert await send(office, log_of(house, command, unit="other")) == 403
    assert await send(office, "x" * 300_000) == 413
    assert [row.came_at for row in await house.all(UnitLogOrder)] == [None]
    assert await send(office, log_of(house, command, "x" * 100_000)) == 409, "too long"


async def test_a_log_is_for_whoever_asked_and_a_day_at_most(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, _ = desk
    command = (await post(office, f"/units/{UNIT}/logs", WHY)).json()["command"]
    assert await send(office, log_of(house, command)) == 204
    async with house.database.with_transaction() as session:
        row = await session.get(UnitLogOrder, command)
        assert row is not None
        row.actor = "somebody else"
    assert (await post(office, f"/units/{UNIT}/logs/{command}")).status_code == 404
    house.now += KEPT_MS / 1000 + 1
    async with committed(office) as transaction:
        await look(office, transaction)
    assert await house.all(UnitLogOrder) == []


async def test_a_unit_gets_another_name_and_notes(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, _ = desk
    async with client(office) as http:
        path = f"/api/v1/units/{UNIT}"
        said = {"name": "Front hall", "notes": " key with Odile "}
        found = (await http.patch(path, json=said)).json()
        assert (found["name"], found["notes"]) == ("Front hall", "key with Odile")
        assert (await http.patch(path, json={"name": " "})).status_code == 422
        await http.patch(path, json=said)  # nothing changes, and nothing is recorded
    (row,) = await house.all(Audit)
    assert row.action == "unit:record:update" and "Odile" not in repr(row.detail)


async def test_a_unit_that_is_gone_is_put_aside_and_its_doors_are_free(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, exchange = desk
    told: list[str] = []

    async def refresh() -> None:
        told.append("users")

    office.units_changed = refresh
    gone = {"reason": "fell into the river"}
    assert (await post(office, f"/units/{UNIT}/remove", gone)).status_code == 409, "it is online"
    async with house.database.with_transaction() as session:
        state = await session.get(UnitState, UNIT)
        assert state is not None
        state.online = False
    assert (await post(office, f"/units/{UNIT}/remove", gone)).json()["archived_at"] == START
    assert told == ["users"]
    taken_off = {topic.rpartition("/")[2] for topic, text, kept in exchange.published
                 if kept and not text}  # fmt: skip
    assert taken_off == set(RETAINED), "nothing of it stays at the broker"
    row = await house.get(Unit, UNIT)
    assert row.revoked_at == START
    assert {door.unit for door in await house.all(Door)} == {None, "other"}
    async with client(office) as http:
        listed = [each["id"] for each in (await http.get("/api/v1/units")).json()]
        everything = (await http.get("/api/v1/units?archived=true")).json()
    assert listed == ["other"] and len(everything) == 2
    assert (await post(office, f"/units/{UNIT}/remove", gone)).status_code == 404
    assert (await post(office, f"/units/{UNIT}/identify", WHY)).status_code == 404
    assert await send(office, log_of(house, "c")) == 403
    assert (await actions(house))[-2:] == ["unit:identity:revoke", "unit:record:archive"]


async def test_what_lasts_becomes_an_incident_and_ends_by_itself(
    house: House, desk: tuple[Office, Enrolling]
) -> None:
    office, _ = desk

    async def watch() -> list[str]:
        async with committed(office) as transaction:
            await look(office, transaction)
        return await house.kinds()

    assert await watch() == []
    await house.take(house.journal.state(health={"temperature_c": 82, "under_voltage_now": 1}))
    assert await watch() == ["unit_hot", "unit_supply_low"]
    assert await watch() == ["unit_hot", "unit_supply_low"]
    await house.take(house.journal.state(health={"temperature_c": 76, "under_voltage_now": 0}))
    assert await watch() == ["unit_hot"]
    await house.take(house.journal.state(health={"temperature_c": 60}))
    assert await watch() == []
    async with house.database.with_transaction() as session:
        state = await session.get(UnitState, UNIT)
        assert state is not None
        state.online = False
    assert await watch() == []
    house.now += OFFLINE_MS / 1000
    assert await watch() == ["unit_offline"]
    async with house.database.with_transaction() as session:
        row = await session.get(Unit, UNIT)
        assert row is not None
        row.revoked_at = START
    assert await watch() == [], "whoever was shut out need not come back"


async def test_hosts_find_units_and_others_only_look(house: House, tmp_path: Path) -> None:
    await connect(house)
    office, app = front_desk(house, tmp_path)
    office.exchange = Enrolling(house)
    for role in ("host", "read_only"):
        await add_operator(house, role, str(SITE))
        async with browser(app) as http:
            await sign_in(http, role)
            page = (await http.get(f"/units/{UNIT}")).text
            assert ("/identify" in page) == (role == "host")
            assert "/restart" not in page and "/logs" not in page
            assert (await http.get(f"/units/{UNIT}/restart")).status_code == 403


async def test_an_open_page_is_told_of_its_own_spaces_units_alone(
    desk: tuple[Office, Enrolling],
) -> None:
    office, exchange = desk
    stranger = Actor("Léa", Role.HOST, PERMISSIONS[Role.HOST], site="elsewhere")
    mine, theirs = changes(office, LOCAL), changes(office, stranger)
    assert [(await anext(each)).event for each in (mine, theirs)] == ["beat", "beat"]
    for listener in tuple(exchange._listeners):
        listener(str(SITE), Change("door", "front", 1))
        listener(str(SITE), Change("unit", UNIT, 2))
    async with asyncio.timeout(5):
        assert (await anext(mine)).event == "changed"
    for each in (mine, theirs):
        await each.aclose()
