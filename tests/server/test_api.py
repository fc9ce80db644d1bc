"""The API: what it shows, what it changes, what it writes in the record."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, BootId, CredentialDigest, DoorId, HolderId, UnitId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.commands import OTHER_BOOT, Command, Outcome, Reply, What
from loquet_contract.wire.events import AccessDenied, LockedDown
from loquet_contract.wire.messages import Desired
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_contract.wire.topics import Channel
from loquet_edge.orders import OrderRefused, Orders
from loquet_server.exchange import Exchange
from loquet_server.journal.page_repository import JournalPageRepository
from loquet_server.models import Audit, Credential, Lockdown, Policy, UnitState
from loquet_server.mqtt import Address, Incoming
from loquet_server.office import Office
from tests.server.desk import Recorder, client, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_ingest import FRONT, tap


class Answering(Recorder):
    """An exchange at whose other end a unit answers each command."""

    def __init__(self, house: House, key: SigningKey) -> None:
        super().__init__()
        self.house, self.key = house, key
        self.outcome, self.detail = Outcome.PERFORMED, ""

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        super().publish(topic, payload, retain=retain)
        if topic.endswith("/commands"):
            verifier = Verifier(self.house.keys.signing.public)
            command = decode_text(Command, verifier.payload(Purpose.COMMAND, payload))
            reply = Reply(SITE, UNIT, command.command, self.outcome, self.detail, START)
            document = Signer(self.key).sign(Purpose.REPLY, encode(reply))
            message = Incoming(
                self.house.journal.topic(Channel.REPLY), document.encode(), False, 0, 0, 0
            )
            asyncio.get_running_loop().call_soon(self._hear, message)


async def online(house: House) -> None:
    await house.take(house.journal.state())
    async with house.database.with_transaction() as session:
        row = await session.get(UnitState, UNIT)
        assert row is not None
        row.online = True


def answering(house: House, folder: Path, key: SigningKey) -> tuple[Office, Answering]:
    office, _ = make_office(house, folder)
    exchange = Answering(house, key)
    office.exchange = exchange
    return office, exchange


async def post(office: Office, path: str, body: Any = None) -> httpx.Response:
    async with client(office) as http:
        return await http.post(path, json=body)


async def get(office: Office, path: str) -> httpx.Response:
    async with client(office) as http:
        return await http.get(path)


async def test_a_release_is_signed_answered_and_recorded(house: House, tmp_path: Path) -> None:
    await online(house)
    office, exchange = answering(house, tmp_path, house.unit_key)
    order = {"actor": "Léa", "reason": "delivery"}
    answer = await post(office, "/api/v1/doors/front/release", order)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "performed")
    (topic, payload, retain) = exchange.published[0]
    verifier = Verifier(house.keys.signing.public)
    command = decode_text(Command, verifier.payload(Purpose.COMMAND, payload))
    assert (command.door, command.challenge, command.boot) == (FRONT, "c1", "b1")
    assert (topic, retain) == (house.journal.topic(Channel.COMMANDS), False)
    (row,) = await house.all(Audit)
    assert (row.action, row.subject, row.actor, row.reason) == (
        "door:lock:release", "front", "Léa", "delivery",
    )  # fmt: skip


async def test_a_unit_shows_itself_when_it_is_asked(house: House, tmp_path: Path) -> None:
    await online(house)
    office, exchange = answering(house, tmp_path, house.unit_key)
    answer = await post(office, f"/api/v1/units/{UNIT}/identify", {"reason": "which one?"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "performed")
    verifier = Verifier(house.keys.signing.public)
    command = decode_text(Command, verifier.payload(Purpose.COMMAND, exchange.published[0][1]))
    assert (command.what, command.door) == (What.IDENTIFY, None)
    (row,) = await house.all(Audit)
    assert (row.action, row.subject) == ("unit:light:identify", UNIT)
    nobody = await post(office, "/api/v1/units/nobody/identify", {"reason": "which one?"})
    assert nobody.status_code == 404


class Restarted(Answering):
    """Its unit has started anew; the word of that comes with the first refusal, or never."""

    tells = True
    answers_again = True

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        verifier = Verifier(self.house.keys.signing.public)
        orders = Orders(verifier, SITE, UnitId(UNIT), BootId("b2"), 0.0)
        orders.challenge = "c2"
        try:
            orders.accept(payload, 0.0)
        except OrderRefused as error:
            self.outcome, self.detail = Outcome.REFUSED, str(error)
            if self.tells:
                state = self.house.journal.state(boot=BootId("b2"), challenge="c2")
                self.telling = asyncio.get_running_loop().create_task(self.house.take(state))
        else:
            self.outcome, self.detail = Outcome.PERFORMED, ""
            if not self.answers_again:
                self.published.append((topic, payload, retain))
                return
        super().publish(topic, payload, retain=retain)


async def test_an_order_that_met_a_new_start_is_made_anew_once(
    house: House, tmp_path: Path
) -> None:
    await online(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Restarted(house, house.unit_key)
    office.settings = office.settings.model_copy(update={"command_timeout": 20.0})
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "delivery"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "performed")
    verifier = Verifier(house.keys.signing.public)
    first, again = (
        decode_text(Command, verifier.payload(Purpose.COMMAND, payload))
        for _, payload, _ in exchange.published
    )
    assert (first.boot, first.challenge) == ("b1", "c1")
    assert again == replace(first, boot=BootId("b2"), challenge="c2")
    assert len(await house.all(Audit)) == 1


async def test_a_stale_order_is_refused_while_nothing_is_heard_of_a_new_start(
    house: House, tmp_path: Path
) -> None:
    await online(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Restarted(house, house.unit_key)
    exchange.tells = False
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "delivery"})
    assert answer.json() == {"outcome": "refused", "detail": OTHER_BOOT}
    assert len(exchange.published) == 1


async def test_a_unit_that_is_silent_to_the_order_made_anew_is_not_said_to_have_refused_it(
    house: House, tmp_path: Path
) -> None:
    await online(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Restarted(house, house.unit_key)
    exchange.answers_again = False
    office.settings = office.settings.model_copy(update={"command_timeout": 2.0})
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "delivery"})
    assert (answer.status_code, len(exchange.published)) == (504, 2)


async def test_a_forged_reply_counts_as_none(house: House, tmp_path: Path) -> None:
    await online(house)
    office, _ = answering(house, tmp_path, SigningKey(b"z" * 32))
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "x"})
    assert answer.status_code == 504
    assert "has not answered" in answer.json()["detail"]
    assert len(await house.all(Audit)) == 1


async def test_an_offline_unit_cannot_be_commanded(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "x"})
    assert answer.status_code == 409
    assert recorder.published == []
    assert (await post(office, "/api/v1/doors/none/release", {"reason": "x"})).status_code == 404
    assert (await post(office, "/api/v1/doors/front/release", {"reason": " "})).status_code == 422


async def test_a_lockdown_reaches_units_as_desired_state_and_is_confirmed(
    house: House, tmp_path: Path
) -> None:
    office, recorder = make_office(house, tmp_path)
    answer = await post(office, f"/api/v1/sites/{SITE}/lock-down", {"reason": "drill"})
    assert {row["door"] for row in answer.json()} == {"front", "quiet", "far"}
    assert {topic.split("/")[4] for topic, _, _ in recorder.published} == {UNIT, "other"}
    (row,) = [each for each in await house.all(Lockdown) if each.door == "front"]
    house.journal.write(LockedDown(FRONT, row.id))
    await house.take(house.journal.message())
    assert (await house.get(Lockdown, row.id)).confirmed_at == START
    again = await post(office, "/api/v1/doors/front/lock-down", {"reason": "twice"})
    assert [each["id"] for each in again.json()] == [row.id]
    await post(office, "/api/v1/doors/front/lift", {"actor": "Léa", "reason": "over"})
    assert (await house.get(Lockdown, row.id)).lifted_by == "Léa"
    verifier = Verifier(house.keys.signing.public)
    last = [payload for topic, payload, _ in recorder.published if f"/{UNIT}/desired" in topic][-1]
    wish = decode_text(Desired, verifier.payload(Purpose.DESIRED, last))
    assert set(wish.lockdowns) == {"quiet"}
    shown = (await get(office, "/api/v1/lockdowns")).json()
    assert {each["door"] for each in shown} == {"quiet", "far"}


async def test_the_journal_is_given_page_by_page(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    for number in range(3):
        tap(house.journal, f"g{number}", at=START + number * 10_000)
    await house.take(house.journal.message())
    seen: list[int] = []
    after = ""
    while True:
        page = (await get(office, f"/api/v1/journal?limit=5{after}")).json()
        seen += [entry["sequence"] for entry in page["entries"]]
        if page["after"] is None:
            break
        after = f"&after={page['after']}"
    assert seen == list(range(1, 19))
    only = (await get(office, "/api/v1/journal?kind=access_granted&unit=hall")).json()
    assert len(only["entries"]) == 3
    assert "credential" not in only["entries"][0]["body"]
    assert (await get(office, "/api/v1/journal?after=x")).status_code == 422


async def test_a_word_that_can_be_no_id_is_not_asked_of_the_database(house: House) -> None:
    bodies = [{"door": "\0", "desk": "x" * 5000}, {"door": "front", "holder": "h1"}]
    async with house.database.reading() as session:
        names = await JournalPageRepository(session).names(bodies)
    assert (names["door"], names["holder"]) == ({"front": "Front"}, {"h1": "Camille"})


async def test_a_look_at_the_journal_is_written_in_the_record(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    assert (await get(office, f"/api/v1/journal?unit={UNIT}")).status_code == 200
    (row,) = await house.all(Audit)
    assert (row.action, row.subject) == ("journal:entries:read", UNIT)


async def test_without_a_broker_a_command_is_refused_and_not_kept(
    house: House, tmp_path: Path
) -> None:
    await online(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = Exchange(Address("127.0.0.1", 1))
    answer = await post(office, "/api/v1/doors/front/release", {"reason": "x"})
    assert answer.status_code == 409
    assert "was told nothing" in answer.json()["detail"]


async def test_a_refusal_is_explained_by_the_policy_of_its_moment(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        await office.policies.advance(session, UNIT, START)
    digest = CredentialDigest((await house.all(Credential))[0].digest)
    at, point = START + 1000, AccessPointId("in")
    unknown = AccessDenied(
        FRONT, point, Reason.CREDENTIAL_UNKNOWN, 1, None, CredentialDigest("?" * 43)
    )
    wrong = AccessDenied(FRONT, point, Reason.UNAUTHORIZED, 1, HolderId("h1"), digest)
    house.journal.write(unknown, at)
    house.journal.write(wrong, at + 1)
    await house.take(house.journal.message())
    first = (await get(office, "/api/v1/explain/passages/1?lang=en")).json()
    assert (first["answer"], first["reason"], first["agrees"]) == (
        "denied", "credential_unknown", True,
    )  # fmt: skip
    second = (await get(office, "/api/v1/explain/passages/2")).json()
    assert (second["answer"], second["recorded"], second["agrees"]) == (
        "granted", "unauthorized", False,
    )  # fmt: skip
    asked = f"/api/v1/explain/holders/h1?access_point=in&at={at}"
    assert (await get(office, asked)).json()["rule"] == "r1"
    await post(office, "/api/v1/doors/front/lock-down", {"reason": "drill"})
    locked = (await get(office, asked)).json()
    assert (locked["answer"], locked["reason"]) == ("denied", "locked_down")
    assert len([row for row in await house.all(Audit) if "explain" in row.action]) == 4


async def test_before_any_policy_the_answer_says_so(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    answer = await get(office, f"/api/v1/explain/holders/h1?access_point=in&at={START}")
    assert answer.json()["reason"] == "no_policy"
    assert await house.all(Policy) == []


async def test_a_blocked_door_is_in_the_next_policy(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    answer = await post(office, "/api/v1/doors/front/block", {"reason": "repair"})
    assert answer.json()["blocked"] is True
    asked = f"/api/v1/explain/holders/h1?access_point=in&at={START}"
    assert (await get(office, asked)).json()["reason"] == "door_blocked"
    assert recorder.told[-1].noun == "door"


async def test_lists_show_how_things_stand(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    tap(house.journal)
    await house.take(house.journal.message(), house.journal.state(policy_version=1))
    units = (await get(office, "/api/v1/units")).json()
    assert [(unit["id"], unit["acknowledged"]) for unit in units] == [("hall", 6), ("other", 0)]
    assert (await get(office, "/api/v1/units/none")).status_code == 404
    doors = (await get(office, "/api/v1/doors")).json()
    assert doors[1]["leaf"] == "closed"
    assert (await get(office, "/api/v1/doors/front")).json()["lock"] == "locked"
    assert [desk["state"] for desk in (await get(office, "/api/v1/desks")).json()] == [
        "unknown"
    ] * 2
    areas = {area["area"]: area for area in (await get(office, "/api/v1/areas")).json()}
    assert (areas["salle"]["seen_today"], areas["salle"]["present"]) == (1, None)
    assert (areas["calme"]["seen_today"], areas["calme"]["present"]) == (None, 0)


async def test_an_incident_is_closed_by_a_person(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    house.journal.write_raw("message_refused", {"purpose": "policy", "detail": "bent"})
    await house.take(house.journal.message())
    (shown,) = (await get(office, "/api/v1/incidents")).json()
    assert shown["kind"] == "message_refused"
    closed = await post(office, f"/api/v1/incidents/{shown['id']}/close")
    assert closed.json()["ended_by"] == "local operator"
    assert (await get(office, "/api/v1/incidents")).json() == []
    assert len((await get(office, "/api/v1/incidents?open=false")).json()) == 1


async def test_health_says_what_is_unwell(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    assert (await get(office, "/healthz")).json()["checks"] == {"database": "ok", "broker": "ok"}
    metrics = await get(office, "/metrics")
    assert "loquet_units 2" in metrics.text

    class Late:
        lag = 99.0
        online = True

    office.ingest = Late()
    answer = await get(office, "/healthz")
    assert (answer.status_code, answer.json()["checks"]["ingest"]) == (503, "late")


async def test_errors_are_problem_details(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    for path, status in (("/api/v1/none", 404), ("/api/v1/doors/none", 404)):
        answer = await get(office, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    door = DoorId("front")
    assert (await post(office, f"/api/v1/doors/{door}/lift", {})).json()["errors"]
