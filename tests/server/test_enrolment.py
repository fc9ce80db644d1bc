"""A code counts once, for fifteen minutes, for whoever can prove it; strangers learn nothing."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import (
    SEAL_CONTEXT,
    Code,
    EnrolAnswer,
    EnrolRequest,
    Identity,
    PolicyRequest,
    proof,
)
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.sealing import generate, open_sealed, public
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier, VerifyKey
from loquet_server.enrolment.service import EnrolmentService, Rate
from loquet_server.errors import TooMany
from loquet_server.models import Action, Audit, Unit
from tests.server.desk import client, make_office
from tests.server.house import SITE, UNIT, House

KEY, SEAL = SigningKey(b"n" * 32), generate()


async def issue(house: House, folder: Path, unit: str = "atelier", **more: object) -> Code:
    office, _ = make_office(house, folder)
    async with house.database.with_transaction() as session:
        service = EnrolmentService(session, office.settings, house.keys, office.now_ms())
        found = await service.add_unit(unit, **more)  # type: ignore[arg-type]
    return Code.from_text(found.text)


def request(code: Code) -> EnrolRequest:
    sealed = VerifyKey(public(SEAL)).text
    key = KEY.public.text
    return EnrolRequest(code.token, key, sealed, proof(code.secret, key, sealed), "1.0")


async def post(house: House, folder: Path, asked: EnrolRequest) -> httpx.Response:
    office, _ = make_office(house, folder)
    async with client(office, "203.0.113.7", "loquet.example") as http:
        return await http.post("/api/v1/enrol", content=encode(asked))


def identity(house: House, answer: httpx.Response) -> Identity:
    verifier = Verifier(house.keys.signing.public)
    found = decode_text(EnrolAnswer, verifier.payload(Purpose.ENROLMENT, answer.text))
    return decode_text(Identity, open_sealed(SEAL, found.sealed, SEAL_CONTEXT))


async def test_a_code_gives_an_identity_and_a_first_policy(house: House, tmp_path: Path) -> None:
    code = await issue(house, tmp_path, doors=["back"])
    assert code.fingerprint == house.keys.signing.public.fingerprint
    answer = await post(house, tmp_path, request(code))
    assert answer.status_code == 200
    found = identity(house, answer)
    assert (found.site, found.unit, found.broker_user) == (SITE, "atelier", "atelier")
    assert 'id = "back"' in found.unit_toml
    unit = await house.get(Unit, "atelier")
    assert unit.public_key == KEY.public.text
    assert found.broker_password not in unit.broker_password_hash
    asked = PolicyRequest(SITE, found.unit, None, "n1")
    signed = Signer(KEY).sign(Purpose.POLICY_REQUEST, encode(asked))
    office, _ = make_office(house, tmp_path)
    async with client(office, "203.0.113.7", "loquet.example") as http:
        policy = await http.post("/api/v1/units/atelier/policy", content=signed)
    verifier = Verifier(house.keys.signing.public)
    first = decode_text(Manifest, verifier.payload(Purpose.POLICY, policy.text.splitlines()[0]))
    assert (first.unit, first.version) == ("atelier", 1)
    actions = [row.action for row in await house.all(Audit)]
    assert actions == [Action.UNIT_ADDED, Action.UNIT_ENROLLED]


async def test_a_code_counts_once(house: House, tmp_path: Path) -> None:
    code = await issue(house, tmp_path)
    assert (await post(house, tmp_path, request(code))).status_code == 200
    again = await post(house, tmp_path, request(code))
    assert again.status_code == 403


async def test_a_new_code_replaces_the_old_one(house: House, tmp_path: Path) -> None:
    old = await issue(house, tmp_path)
    new = await issue(house, tmp_path)
    assert (await post(house, tmp_path, request(old))).status_code == 403
    assert (await post(house, tmp_path, request(new))).status_code == 200


async def test_strangers_get_one_and_the_same_answer(house: House, tmp_path: Path) -> None:
    code = await issue(house, tmp_path)
    other = Code(code.address, code.fingerprint, b"0" * 16)
    wrong = replace(request(code), proof="0" * 64)
    keys = replace(request(code), public_key="AAAA")
    answers = [await post(house, tmp_path, each) for each in (request(other), wrong, keys)]
    house.now += 15 * 60
    answers.append(await post(house, tmp_path, request(code)))
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert (await house.get(Unit, "atelier")).public_key is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"kind":"enrol_request"}'])
async def test_nonsense_is_refused_in_words(house: House, tmp_path: Path, body: bytes) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answer = await http.post("/api/v1/enrol", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_oversized_body_is_not_read(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answer = await http.post("/api/v1/enrol", content=b" " * 10_000)
    assert answer.status_code == 413


async def test_a_policy_is_given_to_its_own_unit_only(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    mine = encode(PolicyRequest(SITE, UNIT, None, "n"))
    wrong_key = Signer(KEY).sign(Purpose.POLICY_REQUEST, mine)
    wrong_purpose = Signer(house.unit_key).sign(Purpose.STATE, mine)
    right = Signer(house.unit_key).sign(Purpose.POLICY_REQUEST, mine)
    async with client(office, "203.0.113.7", "loquet.example") as http:
        for unit, body in (
            (UNIT, wrong_key), (UNIT, wrong_purpose), (UNIT, "{}"), ("other", right),
            ("nobody", right),
        ):  # fmt: skip
            answer = await http.post(f"/api/v1/units/{unit}/policy", content=body)
            assert answer.status_code == 403
        assert (await http.post(f"/api/v1/units/{UNIT}/policy", content=right)).status_code == 200


def test_the_rate_is_bounded() -> None:
    now = [0.0]
    rate = Rate(most=2, seconds=60, clock=lambda: now[0])
    rate.check()
    rate.check()
    with pytest.raises(TooMany):
        rate.check()
    now[0] = 61.0
    rate.check()
