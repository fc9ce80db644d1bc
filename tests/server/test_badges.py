"""Badges over the API: sealed, handed out, lost and found, and never shown."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import from_uid
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, CommandId, DoorId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.commands import Command, Outcome, Reply, What
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.events import AccessDenied, CredentialPresented
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Purpose, Signer, Verifier
from loquet_contract.wire.topics import Channel
from loquet_server.badges.boxes import SECONDS, Boxes
from loquet_server.errors import NotFound
from loquet_server.models import (
    Audit,
    BadgeEnrolment,
    Credential,
    Holder,
    Passage,
    Site,
    UnitState,
)
from loquet_server.mqtt import Incoming
from loquet_server.office import Office
from loquet_server.people.repository import PeopleRepository
from loquet_server.who import PERMISSIONS, Actor, Role
from tests.server.desk import Recorder, client, make_office
from tests.server.house import SITE, START, UID, UNIT, House, make_keys
from tests.server.test_ingest import FRONT

NEW = "04aabbccddeeff"


async def post(office: Office, path: str, body: Any = None) -> Any:
    async with client(office) as http:
        return await http.post(f"/api/v1{path}", json={} if body is None else body)


def sealed_for(house: House, number: str) -> str:
    """What a unit writes of an unknown number."""
    text = from_uid(bytes.fromhex(number)).canonical()
    return seal(house.keys.seal_public, text, SEALED_NUMBER_CONTEXT)


async def tapped(house: House, number: str, at: int = START) -> None:
    """Have a unit report that it refused an unknown number."""
    digest = house.keys.unit_digest(from_uid(bytes.fromhex(number)))
    denied = AccessDenied(
        FRONT, AccessPointId("in"), Reason.CREDENTIAL_UNKNOWN, 1, credential=digest,
        sealed=sealed_for(house, number),
    )  # fmt: skip
    house.journal.write(denied, at)
    await house.take(house.journal.message(house.journal.sequence))


async def test_a_badge_goes_out_and_comes_back(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    given = {"form": "uid7", "number": NEW, "label": "Blue 7"}
    made = await post(office, "/badges", given)
    assert (made.status_code, made.json()["status"], made.json()["last4"]) == (201, "stock", "EEFF")
    badge = made.json()["id"]
    assert recorder.published == []
    out = await post(office, f"/badges/{badge}/hand-out", {"holder": "h1", "deposit_cents": 1000})
    assert (out.json()["holder"], out.json()["deposit_cents"]) == ("h1", 1000)
    assert any(topic.endswith("/policy") for topic, _, _ in recorder.published)
    assert (await post(office, f"/badges/{badge}/hand-out", {"holder": "h1"})).status_code == 409
    for act, body, status, disabled in (
        ("lost", {"reason": "in the train"}, "lost", True),
        ("found", {}, "handed_out", False),
        ("blocked", {}, "blocked", True),
        ("unblocked", {}, "handed_out", False),
        ("returned", {"deposit_back": True}, "returned", True),
    ):
        recorder.published.clear()
        answer = await post(office, f"/badges/{badge}/{act}", body)
        assert (answer.json()["status"], answer.json()["disabled"]) == (status, disabled)
        assert recorder.published != [], act
    assert answer.json()["deposit_back_at"] == START
    assert (await post(office, f"/badges/{badge}/found")).status_code == 409
    assert (await post(office, f"/badges/{badge}/eaten")).status_code == 422
    assert (await post(office, "/badges/c1/lost", {"reason": "a\0b"})).status_code == 422
    actions = [row.action for row in await house.all(Audit)]
    assert actions == [
        "badge:record:create", "badge:holder:give", "badge:state:lose", "badge:state:find",
        "badge:state:block", "badge:state:unblock", "badge:state:return",
    ]  # fmt: skip
    assert NEW not in repr([row.detail for row in await house.all(Audit)])


async def test_known_random_and_truncated_numbers_are_refused(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    for form, number, status, word in (
        ("uid7", UID.hex(), 409, "Camille"),
        ("uid4", "08aabbcc", 422, "random"),
        ("uid4", "8804a1b2", 422, "first part"),
        ("uid4", "04", 422, ""),
        ("uid4", "zzzzzzzz", 422, "hexadecimal"),
    ):
        answer = await post(office, "/badges", {"holder": "h1", "form": form, "number": number})
        assert (answer.status_code, word in answer.text) == (status, True), answer.text
        assert number not in answer.text or len(number) < 6


async def test_two_badges_with_one_short_number_cannot_be_told_apart(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    given = {"holder": "h1", "form": "w26", "number": "aabbcc"}
    first = await post(office, "/badges", given)
    assert (first.status_code, first.json()["lossy"]) == (201, True)
    again = await post(office, "/badges", given)
    assert again.status_code == 409
    assert "could not be told apart" in again.json()["detail"]


async def test_two_at_once_enrol_one_badge(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    given = {"holder": "h1", "form": "uid7", "number": NEW}
    answers = await asyncio.gather(*(post(office, "/badges", given) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await house.all(Credential)) == 2


async def test_a_tap_settles_what_a_printed_number_means(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    number = int("aabbcc04", 16)
    read = await post(office, "/badges/readings", {"text": f"{number:010}"})
    assert read.json()[0]["how"] == "decimal"
    await tapped(house, "04ccbbaa")
    read = await post(office, "/badges/readings", {"text": f"{number:010}"})
    assert (read.json()[0]["how"], read.json()[0]["seen_at"]) == ("decimal_reversed", START)
    known = await post(office, "/badges/readings", {"text": UID.hex(":")})
    assert "c1" in [each["known"] for each in known.json()]
    assert (await post(office, "/badges/readings", {"text": "no number"})).status_code == 422


async def test_an_unknown_number_is_kept_sealed_until_it_is_enrolled(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await tapped(house, NEW)
    (row,) = await house.all(Passage)
    assert row.sealed is not None
    found = Boxes(house.keys).of_unit(row.sealed)
    assert found == from_uid(bytes.fromhex(NEW))
    await post(office, "/badges", {"holder": "h1", "form": "uid7", "number": NEW})
    assert (await house.all(Passage))[0].sealed is None


class Enrolling(Recorder):
    """An exchange at whose other end a unit answers each command."""

    def __init__(self, house: House, outcome: Outcome = Outcome.PERFORMED) -> None:
        super().__init__()
        self.house, self.outcome = house, outcome
        self.detail = "busy"
        self.commands: list[Command] = []

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        super().publish(topic, payload, retain=retain)
        if topic.endswith("/commands"):
            verifier = Verifier(self.house.keys.signing.public)
            command = decode_text(Command, verifier.payload(Purpose.COMMAND, payload))
            self.commands.append(command)
            reply = Reply(SITE, UNIT, command.command, self.outcome, self.detail, START)
            document = Signer(self.house.unit_key).sign(Purpose.REPLY, encode(reply))
            message = Incoming(
                self.house.journal.topic(Channel.REPLY), document.encode(), False, 0, 0, 0
            )
            asyncio.get_running_loop().call_soon(self._hear, message)


async def connect(house: House) -> None:
    """Have the unit online."""
    await house.take(house.journal.state())
    async with house.database.with_transaction() as session:
        row = await session.get(UnitState, UNIT)
        assert row is not None
        row.online = True


async def presented(house: House, command: str, number: str, point: str = "in") -> None:
    """Have a unit report the badge that a reader in enrolment mode was shown."""
    digest = house.keys.unit_digest(from_uid(bytes.fromhex(number)))
    house.journal.write(
        CredentialPresented(
            DoorId("front"), AccessPointId(point), CommandId(command), sealed_for(house, number),
            digest,
        )
    )  # fmt: skip
    await house.take(house.journal.message(house.journal.sequence))


async def test_a_reader_waits_for_a_badge_and_tells_it(house: House, tmp_path: Path) -> None:
    await connect(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Enrolling(house)
    begun = await post(office, "/badge-enrolments", {"access_point": "in", "holder": "h1"})
    assert (begun.status_code, begun.json()["state"]) == (201, "waiting")
    (command,) = exchange.commands
    assert (command.what, command.access_point, command.seconds) == (What.ENROL, "in", 120)
    enrolment = begun.json()["id"]
    await presented(house, enrolment, NEW, "quiet")
    await presented(house, "another", NEW)
    assert (await house.get(BadgeEnrolment, enrolment)).seen_at is None
    await presented(house, enrolment, NEW)
    await presented(house, enrolment, UID.hex())
    row = await house.get(BadgeEnrolment, enrolment)
    found = Boxes(house.keys).of_unit(row.number_sealed)
    assert found == from_uid(bytes.fromhex(NEW))
    async with client(office) as http:
        path = f"/api/v1/badge-enrolments/{enrolment}"
        assert (await http.get(path)).json()["state"] == "seen"
        await post(office, "/badges", {"holder": "h1", "form": "uid7", "number": NEW})
        assert (await http.get(path)).json()["state"] == "used"
        assert (await http.get("/api/v1/badge-enrolments/none")).status_code == 404


async def test_a_reader_that_is_away_or_refuses_is_said(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    away = await post(office, "/badge-enrolments", {"access_point": "in"})
    assert away.status_code == 409
    await connect(house)
    office.exchange = Enrolling(house, Outcome.REFUSED)
    assert (await post(office, "/badge-enrolments", {"access_point": "in"})).status_code == 409
    office.exchange = Recorder()
    assert (await post(office, "/badge-enrolments", {"access_point": "in"})).status_code == 504
    assert (await post(office, "/badge-enrolments", {"access_point": "no"})).status_code == 404


def test_a_box_opens_for_its_page_and_time_alone() -> None:
    boxes, number = Boxes(make_keys()), from_uid(UID)
    box = boxes.close(number, "h1", 1000.0)
    assert UID.hex() not in box
    assert boxes.open(box, "h1", 1000.0 + SECONDS - 1) == number
    assert boxes.open(box, "h1", 1000.0 + SECONDS + 1) is None
    assert boxes.open(box, "h2", 1000.0) is None
    assert boxes.open(box[:-2] + "AA", "h1", 1000.0) is None
    assert boxes.open("no box", "h1", 1000.0) is None
    assert boxes.of_unit(box) is None


async def test_badges_are_listed_by_status_and_never_with_numbers(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await post(office, "/badges", {"form": "uid7", "number": NEW, "label": "Blue"})
    async with client(office) as http:
        stock = await http.get("/api/v1/badges?status=stock")
        assert [each["label"] for each in stock.json()] == ["Blue"]
        first = await http.get("/api/v1/badges?limit=1")
        assert 'rel="next"' in first.headers["link"]
        for answer in (stock, first, await http.get("/api/v1/badges/c1")):
            assert NEW not in answer.text
            assert UID.hex() not in answer.text


async def test_another_site_s_badges_and_members_do_not_exist(house: House) -> None:
    async with house.database.with_transaction() as session:
        session.add(Site(id="autre", name="Autre"))
        await session.flush()
        session.add(Holder(id="x1", site="autre", name="Xavier"))
        await session.flush()
        row = await session.get(Credential, "c1")
        assert row is not None
        row.holder = "x1"
        row.site = "autre"
    host = Actor("Léa", Role.HOST, PERMISSIONS[Role.HOST], site=str(SITE))
    async with house.database.reading() as session:
        people = PeopleRepository(session, host)
        assert (await people.site()).id == SITE
        for find, name in ((people.member, "x1"), (people.badge, "c1")):
            with pytest.raises(NotFound):
                await find(name)
        assert (await people.member("h1")).name == "Camille"
