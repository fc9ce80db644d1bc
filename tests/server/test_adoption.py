"""A unit is let in by whoever compared its code; strangers leave nothing behind."""

import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from loquet_contract.ids import JournalId
from loquet_contract.wire.adoption import ADOPTED, REFUSED, WAITING, Token
from loquet_contract.wire.events import JournalStarted, UnitStarted
from loquet_server.admission.tokens import AdoptionTokens
from loquet_server.adoption.announcing import MOST_AT_ADDRESS, MOST_FOUND, Announcements
from loquet_server.models import (
    Action,
    AdoptionCard,
    Audit,
    Certificate,
    Desk,
    Door,
    Journal,
    Unit,
    UnitState,
    WaitingUnit,
)
from loquet_server.office import Office
from loquet_server.who import SHELL
from tests.server.boxes import FAR, NEAR, Box
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.house import Journal as WrittenJournal

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


async def card(house: House, office: Office, **more: Any) -> Token:
    async with house.database.with_transaction() as session:
        tokens = AdoptionTokens(session, office.settings, house.keys)
        found = await tokens.issue(SITE, SHELL, office.now_ms(), **more)
    return Token.from_text(found.text)


async def look(office: Office, at: str = NEAR) -> None:
    """A manager looks for units on the network."""
    async with client(office) as http:
        assert (await http.post(f"/api/v1/sites/{SITE}/waiting-units/look")).status_code == 200


async def ask(office: Office, box: Box, at: str = FAR) -> str:
    """Let a box ask from an address; return how it stands."""
    async with client(office, at, "loquet.example") as http:
        return (await box.ask(http)).state


async def adopt(office: Office, box: Box, **place: Any) -> httpx.Response:
    values = {"code": box.code.text, "name": "Cave", "door": "Porte de la cave"} | place
    async with client(office) as http:
        return await http.post(f"/api/v1/waiting-units/{box.name}/adopt", json=values)


async def waiting(office: Office) -> list[dict[str, Any]]:
    async with client(office) as http:
        found: list[dict[str, Any]] = (await http.get("/api/v1/waiting-units")).json()
    return found


# ---- from the card to the identity -------------------------------------------------------------


async def test_a_card_lets_a_unit_wait_and_a_person_lets_it_in(
    house: House, office: Office
) -> None:
    token = await card(house, office)
    assert token.fingerprint == house.keys.signing.public.fingerprint
    box = Box(house.keys, token=token)
    assert await ask(office, box) == WAITING
    [shown] = await waiting(office)
    assert (shown["way"], shown["code"], shown["blinks"]) == (
        "card", box.code.text, box.code.blinks,
    )  # fmt: skip
    answer = await adopt(office, box)
    assert answer.json() == {"unit": "cave", "replaced": False}
    async with client(office, FAR, "loquet.example") as http:
        found = await box.ask(http)
        again = await box.ask(http)
    assert found.state == ADOPTED
    identity = box.opened(found)
    assert identity == box.opened(again)  # an answer that was lost changes nothing
    assert (identity.unit, identity.server_key) == ("cave", house.keys.signing.public.text)
    assert 'id = "porte-de-la-cave"' in identity.unit_toml
    certificate = x509.load_pem_x509_certificate(identity.certificate.encode())
    assert certificate.subject.rfc4514_string().startswith("CN=cave")
    unit = await house.get(Unit, "cave")
    assert unit.public_key == box.key.public.text
    assert identity.broker_password not in unit.broker_password_hash
    kinds = [row.action for row in await house.all(Audit)]
    assert kinds[:2] == [Action.UNIT_CARD_MADE, Action.UNIT_ADOPTED]


async def test_a_token_counts_for_one_unit(house: House, office: Office) -> None:
    token = await card(house, office)
    first, copy = Box(house.keys, token=token), Box(house.keys, token=token)
    for box in (first, copy):
        assert await ask(office, box) == WAITING
    assert (await adopt(office, first)).status_code == 200
    refused = await adopt(office, copy)
    assert refused.status_code == 409
    assert "copy of this SD card" in refused.json()["detail"]
    late = Box(house.keys, token=token)
    await ask(office, late)
    assert await house.get(WaitingUnit, late.name) is None


@pytest.mark.parametrize("change", ["expired", "unknown", "proof", "foreign"])
async def test_a_token_that_does_not_count_makes_a_stranger(
    house: House, office: Office, change: str
) -> None:
    token = await card(house, office)
    if change == "expired":
        house.now += 31 * 86_400
    if change == "unknown":
        token = Token(token.address, token.fingerprint, "ab" * 16, token.secret)
    if change == "proof":
        token = Token(token.address, token.fingerprint, token.card, bytes(16))
    box = Box(house.keys, token=token)
    if change == "foreign":  # a token of this server, shown for another box's keys
        async with client(office, FAR, "loquet.example") as http:
            other = Box(house.keys)
            words = other.words(card=box.asked.card, proof=box.asked.proof)
            answer = await http.post("/api/v1/adoptions", content=words)
        assert other.heard(answer.text).state == WAITING
    else:
        assert await ask(office, box) == WAITING
    assert await house.all(WaitingUnit) == []


async def test_a_wrong_code_lets_nobody_in(house: House, office: Office) -> None:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    answer = await adopt(office, box, code="AAA-AAA")
    assert answer.status_code == 422
    assert await house.get(Unit, "cave") is None
    [row] = await house.all(AdoptionCard)
    assert row.used_at is None


async def test_who_is_turned_away_hears_so_and_nothing_else(house: House, office: Office) -> None:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    async with client(office) as http:
        path = f"/api/v1/waiting-units/{box.name}/refuse"
        assert (await http.post(path)).status_code == 204
    assert await ask(office, box) == REFUSED
    assert (await adopt(office, box)).status_code == 409


async def test_a_unit_of_desks_gets_desks_and_no_door(house: House, office: Office) -> None:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    place = {"name": "Étage", "door": "", "kind": "desks", "desks": 3, "seats": True}
    assert (await adopt(office, box, **place)).json()["unit"] == "etage"
    desks = [row.id for row in await house.all(Desk) if row.unit == "etage"]
    assert desks == ["etage-1", "etage-2", "etage-3"]
    toml = (await house.get(Unit, "etage")).hardware["unit_toml"]
    assert "seat_line = 20" in toml
    assert "[[doors]]" not in toml


# ---- strangers ---------------------------------------------------------------------------------


async def test_the_network_counts_only_while_somebody_looks(house: House, office: Office) -> None:
    box = Box(house.keys)
    await ask(office, box, NEAR)
    assert await house.all(WaitingUnit) == []
    await look(office)
    await ask(office, Box(house.keys), FAR)
    assert await house.all(WaitingUnit) == []
    await ask(office, box, NEAR)
    [shown] = await waiting(office)
    assert shown["way"] == "network"
    assert shown["code"] == f"{box.code.text[:4]}···"  # the rest is to be read off the box
    house.now += 601
    late = Box(house.keys)
    await ask(office, late, NEAR)
    assert await house.get(WaitingUnit, late.name) is None


async def test_a_proxy_that_nobody_named_makes_nobody_near(house: House, office: Office) -> None:
    await look(office)
    box = Box(house.keys)
    async with client(office, "127.0.0.1", "loquet.example") as http:
        http.headers["x-forwarded-for"] = FAR
        await box.ask(http)
    assert await house.all(WaitingUnit) == []


@ON_SQLITE
async def test_the_network_fills_no_table(house: House, office: Office) -> None:
    await look(office)
    for _ in range(MOST_AT_ADDRESS + 2):
        await ask(office, Box(house.keys), NEAR)
    assert len(await house.all(WaitingUnit)) == MOST_AT_ADDRESS
    for number in range(MOST_FOUND + 3):
        house.now += 1
        last = Box(house.keys)
        await ask(office, last, f"10.0.{number}.9")
    rows = {row.id for row in await house.all(WaitingUnit)}
    assert len(rows) == MOST_FOUND
    assert last.name in rows


@ON_SQLITE
async def test_ten_thousand_strangers_leave_nothing(
    house: House, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, sizes = Announcements(office), set()
    boxes = [Box(house.keys, nonce=f"{number:032x}") for number in range(20)]
    words = [box.words(card="cd" * 16, proof="ef" * 32).encode() for box in boxes]
    began = time.perf_counter()
    for number in range(10_000):
        client = f"2001:db8:{number >> 8:x}:{number & 255:x}::7"
        sizes.add(len(await desk.answer(words[number % 20], client)))
    seconds = time.perf_counter() - began
    kept = office.announcements
    assert await house.all(WaitingUnit) == []
    assert len(kept._failures) <= kept.addresses
    assert len(sizes) == 1, "an answer tells one stranger from another"
    size = sum(sys.getsizeof(each) for each in kept._failures.values())
    with capsys.disabled():
        print(f"\n10,000 strangers: {seconds:.1f} s, 0 rows, {size / 1e6:.1f} MB kept at most")


async def test_strangers_get_one_answer_over_http_and_then_none(
    house: House, office: Office
) -> None:
    box, statuses = Box(house.keys), []
    async with client(office, FAR, "loquet.example") as http:
        texts = set()
        for _ in range(300):
            answer = await http.post("/api/v1/adoptions", content=box.words())
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                texts.add(answer.text)
    assert statuses == [200] * 120 + [429] * 180
    assert len(texts) == 1
    assert await house.all(WaitingUnit) == []
    assert await ask(office, Box(house.keys, token=await card(house, office))) == WAITING


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"payload":"{}"}', b"1" * 9000])
async def test_nonsense_is_refused_in_words(office: Office, body: bytes) -> None:
    async with client(office, FAR, "loquet.example") as http:
        answer = await http.post("/api/v1/adoptions", content=body)
    assert answer.status_code in (413, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_nonce_that_was_not_committed_to_is_refused(house: House, office: Office) -> None:
    box = Box(house.keys, token=await card(house, office))
    box.nonce = "aa" * 16
    async with client(office, FAR, "loquet.example") as http:
        answer = await http.post("/api/v1/adoptions", content=box.words())
    assert answer.status_code == 422
    assert "committed" in answer.json()["detail"]


# ---- in the place of another -------------------------------------------------------------------


async def test_a_fresh_unit_takes_the_place_of_a_dead_one(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    house.journal.write(JournalStarted(""))
    await house.take(house.journal.message(), house.journal.state())
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    answer = await adopt(office, box, replaces=UNIT)
    assert answer.json() == {"unit": UNIT, "replaced": True}
    unit = await house.get(Unit, UNIT)
    assert unit.public_key == box.key.public.text
    doors = {row.id for row in await house.all(Door) if row.unit == UNIT}
    assert doors == {"front", "quiet"}
    assert all(f'id = "{door}"' in unit.hardware["unit_toml"] for door in doors)
    assert (await house.get(UnitState, UNIT)).challenge is None
    cleared = [topic for topic, payload, retain in recorder.published if not payload and retain]
    assert {topic.rpartition("/")[2] for topic in cleared} == {"state", "online"}

    fresh = WrittenJournal(box.key, name=JournalId("j2"))
    fresh.write(JournalStarted(""))
    await house.take(fresh.message())
    assert "journal_replaced" not in await house.kinds()
    assert (await house.get(Journal, "j2")).acked == 1
    house.journal.write(UnitStarted("1", house.journal.entries[0][0].boot, "", {}))
    await house.take(house.journal.message(2))  # whoever found the dead one's card
    assert "forged_batch" in await house.kinds()


async def test_a_certificate_of_the_dead_one_counts_no_more(house: House, office: Office) -> None:
    first = Box(house.keys, token=await card(house, office))
    await ask(office, first)
    await adopt(office, first)
    second = Box(house.keys, token=await card(house, office, unit="cave"))
    await ask(office, second)
    assert [row["was"] for row in await waiting(office) if row["id"] == second.name] == ["cave"]
    assert (await adopt(office, second, replaces="cave")).json()["replaced"]
    rows = {row.revoked_at is None: row for row in await house.all(Certificate)}
    assert rows.keys() == {True, False}
    assert await ask(office, first) == WAITING  # its identity is given out no more


async def test_a_server_restored_from_an_old_backup_knows_its_own_word(
    house: House, office: Office
) -> None:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    await adopt(office, box)
    async with client(office, FAR, "loquet.example") as http:
        voucher = box.opened(await box.ask(http)).voucher
    async with house.database.with_transaction() as session:
        for row in [*await house.all(WaitingUnit), *await house.all(Certificate)]:
            await session.delete(await session.merge(row))
    async with house.database.with_transaction() as session:
        gone = await session.get_one(Unit, "cave")
        gone.public_key = gone.broker_password_hash = None

    back = Box(house.keys, key=box.key, voucher=voucher, nonce="77" * 16)
    assert await ask(office, back) == WAITING
    [shown] = await waiting(office)
    assert (shown["way"], shown["was"], shown["code"]) == ("known", "cave", back.code.text)
    thief = Box(house.keys, voucher=voucher)  # the word is about another key
    await ask(office, thief)
    assert await house.get(WaitingUnit, thief.name) is None
    assert (await adopt(office, back, replaces="cave")).json() == {
        "unit": "cave", "replaced": False,
    }  # fmt: skip


async def test_a_revoked_unit_is_a_stranger_whatever_it_shows(house: House, office: Office) -> None:
    box = Box(house.keys, token=await card(house, office))
    await ask(office, box)
    await adopt(office, box)
    async with client(office, FAR, "loquet.example") as http:
        voucher = box.opened(await box.ask(http)).voucher
    async with house.database.with_transaction() as session:
        (await session.get_one(Unit, "cave")).revoked_at = START
    assert await ask(office, box) == WAITING  # no identity any more
    back = Box(house.keys, key=box.key, voucher=voucher, nonce="77" * 16)
    assert await ask(office, back) == WAITING
    row = await house.get(WaitingUnit, back.name)
    assert row is None or row.commitment != back.asked.commitment


async def test_once_its_place_is_taken_a_key_that_was_shut_out_is_still_a_stranger(
    house: House, office: Office
) -> None:
    words = []
    for place in ({}, {"replaces": "cave"}):
        box = Box(house.keys, token=await card(house, office))
        await ask(office, box)
        await adopt(office, box, **place)
        async with client(office, FAR, "loquet.example") as http:
            words.append((box.key, box.opened(await box.ask(http)).voucher))
        house.now += 60
    known = []
    for key, voucher in words:
        async with house.database.with_transaction() as session:
            for row in await house.all(WaitingUnit):
                await session.delete(await session.merge(row))
        back = Box(house.keys, key=key, voucher=voucher, nonce="78" * 16)
        await ask(office, back)
        known.append(await house.get(WaitingUnit, back.name) is not None)
    assert known == [False, True], "the thief's box, and the one that has the place"
