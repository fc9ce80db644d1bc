"""Card masters: made, rolled over, given to units sealed; and what became of a card at a reader."""

import re
from pathlib import Path

import pytest

from loquet_contract.access.credential import from_uid
from loquet_contract.ids import CommandId, CredentialDigest, ReaderId, SiteId, UnitId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.card_keys import (
    SEAL_CONTEXT,
    CardKeysAnswer,
    CardKeysRequest,
    CardMasters,
    name_of,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.events_cards import CredentialEncoded, CredentialUnproven
from loquet_contract.wire.messages import Desired
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_server.cards.service import CardKeyService, state
from loquet_server.errors import Conflict, NotFound
from loquet_server.models import Action, Audit, BadgeEncoding, CardKey, Credential, Incident, Unit
from loquet_server.office import Office, committed
from loquet_server.who import PERMISSIONS, Actor, Role
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UID, UNIT, House

CHIEF = Actor("Anna", Role.MANAGER, PERMISSIONS[Role.MANAGER])
PRIVATE = sealing.generate()
DIGEST = CredentialDigest("x" * 43)


async def make(office: Office) -> int:
    async with committed(office) as transaction:
        return (await CardKeyService(office, transaction, CHIEF, SITE).make()).version


async def retire(office: Office, version: int) -> None:
    async with committed(office) as transaction:
        await CardKeyService(office, transaction, CHIEF, SITE).retire(version)


def wish(unit: str = UNIT, seal_key: str | None = None) -> CardKeysRequest:
    public = base64url.to_text(sealing.public(PRIVATE)) if seal_key is None else seal_key
    return CardKeysRequest(SiteId(SITE), UnitId(unit), "ab" * 16, public)


async def ask(office: Office, key: SigningKey, wanted: CardKeysRequest) -> tuple[int, str]:
    document = Signer(key).sign(Purpose.CARD_KEYS_REQUEST, encode(wanted))
    async with client(office) as http:
        answer = await http.post(f"/api/v1/units/{UNIT}/card-keys", content=document)
    return answer.status_code, answer.text


async def masters(house: House, office: Office) -> CardMasters:
    """What the unit can open."""
    status, text = await ask(office, house.unit_key, wish())
    assert status == 200, text
    payload = Verifier(house.keys.signing.public).payload(Purpose.CARD_KEYS, text)
    answer = decode_text(CardKeysAnswer, payload)
    assert (answer.site, answer.unit, answer.nonce) == (SITE, UNIT, "ab" * 16)
    opened = sealing.open_sealed(PRIVATE, answer.sealed, SEAL_CONTEXT)
    return decode_text(CardMasters, opened.decode())


def desired(house: House, published: list[tuple[str, str, bool]]) -> list[Desired]:
    verifier = Verifier(house.keys.signing.public)
    return [
        decode_text(Desired, verifier.payload(Purpose.DESIRED, payload))
        for topic, payload, retain in published
        if topic.endswith(f"/{UNIT}/desired") and retain
    ]


async def test_a_master_is_made_and_a_unit_gets_it_sealed(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    assert (await masters(house, office)).keys == ()
    assert await make(office) == 1
    (row,) = await house.all(CardKey)
    (wanted,) = desired(house, recorder.published)
    assert wanted.card_keys == (row.name,)
    (found,) = (await masters(house, office)).keys
    master = base64url.from_text(found.master)
    assert (found.version, len(master), name_of(master)) == (1, 16, row.name)
    for text in (row.master_sealed, *(payload for _, payload, _ in recorder.published)):
        assert found.master not in text


async def test_two_keys_count_during_a_roll_over_and_no_more(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    assert [await make(office), await make(office)] == [1, 2]
    with pytest.raises(Conflict, match="retire the older"):
        await make(office)
    assert [each.version for each in (await masters(house, office)).keys] == [2, 1]
    with pytest.raises(Conflict, match="newest"):
        await retire(office, 2)
    with pytest.raises(NotFound):
        await retire(office, 7)
    await retire(office, 1)
    await retire(office, 1)
    assert [each.version for each in (await masters(house, office)).keys] == [2]
    assert [len(each.card_keys or ()) for each in desired(house, recorder.published)] == [1, 2, 1]
    assert await make(office) == 3, "versions only grow"
    actions = [row.action for row in await house.all(Audit)]
    assert actions.count(Action.CARD_KEY_MADE) == 3
    assert actions.count(Action.CARD_KEY_RETIRED) == 1


async def test_only_the_unit_itself_gets_an_answer(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await make(office)
    assert (await ask(office, SigningKey.generate(), wish()))[0] == 403
    assert (await ask(office, house.unit_key, wish("other")))[0] == 403
    for bad in ("", "x", base64url.to_text(b"short"), "%%%"):
        assert (await ask(office, house.unit_key, wish(seal_key=bad)))[0] == 422
    async with house.database.with_transaction() as session:
        row = await session.get(Unit, UNIT)
        assert row is not None
        row.revoked_at = START
    assert (await ask(office, house.unit_key, wish()))[0] == 403, "a stolen unit gets nothing more"


# ---- what a reader says of a card ----------------------------------------------------------------


async def waiting(house: House, **changes: object) -> None:
    values: dict[str, object] = {
        "site": SITE, "badge": "c1", "unit": UNIT, "reader": "desk", "actor": "Anna",
        "asked_at": START, "expires_at": START + 60_000,
    }  # fmt: skip
    async with house.database.with_transaction() as session:
        session.add(BadgeEncoding(id="e1", **(values | changes)))


async def said(house: House, outcome: str, version: int | None = None, **odd: str) -> None:
    digest = odd.get("digest") or house.keys.unit_digest(from_uid(UID))
    fact = CredentialEncoded(
        ReaderId(odd.get("reader", "desk")), CommandId(odd.get("command", "e1")), outcome,
        CredentialDigest(digest), version, "ultralight_aes",
    )  # fmt: skip
    house.journal.write(fact, START + 5)
    await house.take(house.journal.message(house.journal.sequence))


async def test_a_badge_that_was_encoded_proves_its_key_from_then_on(house: House) -> None:
    await waiting(house)
    await said(house, "done", 2)
    badge, row = await house.get(Credential, "c1"), await house.get(BadgeEncoding, "e1")
    assert (badge.key_version, badge.encoded_at) == (2, START + 5)
    assert (row.outcome, state(row, START + 10)) == ("done", "good")
    noted = [each for each in await house.all(Audit) if each.action == Action.BADGE_ENCODED]
    assert [(each.subject, each.actor) for each in noted] == [("c1", "Anna")]


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [("interrupted", "again"), ("other_card", "again"), ("not_blank", "bad"), ("failed", "bad")],
)
async def test_what_did_not_work_changes_no_badge(house: House, outcome: str, shown: str) -> None:
    await waiting(house)
    await said(house, outcome)
    row = await house.get(BadgeEncoding, "e1")
    assert (row.outcome, state(row, START + 10)) == (outcome, shown)
    assert state(row, START + 60_000) == ("over" if shown == "again" else "bad")
    assert (await house.get(Credential, "c1")).key_version is None


async def test_an_interrupted_card_may_be_finished_later(house: House) -> None:
    await waiting(house)
    await said(house, "interrupted")
    await said(house, "done", 1)
    assert state(await house.get(BadgeEncoding, "e1"), START) == "good"


@pytest.mark.parametrize("odd", [{"reader": "front"}, {"command": "e2"}, {"digest": DIGEST}])
async def test_a_word_about_another_card_or_reader_gives_no_badge_a_key(
    house: House, odd: dict[str, str]
) -> None:
    await waiting(house)
    await said(house, "done", 2, **odd)
    assert (await house.get(Credential, "c1")).key_version is None


@pytest.mark.parametrize(("why", "raised"), [("wrong_key", 1), ("writable", 1), ("unfinished", 0)])
async def test_a_copy_of_a_badge_raises_an_incident(house: House, why: str, raised: int) -> None:
    house.journal.write(CredentialUnproven(ReaderId("front"), why, DIGEST), START)
    await house.take(house.journal.message(house.journal.sequence))
    found = [each for each in await house.all(Incident) if each.kind == "credential_unproven"]
    assert len(found) == raised


def test_nothing_that_is_kept_shows_a_master() -> None:
    columns = {each.name for each in CardKey.__table__.columns}
    assert {"master"} & columns == set()
    assert [name for name in columns if re.search("master", name)] == ["master_sealed"]
