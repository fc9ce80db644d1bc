"""A code counts once, for fifteen minutes, for whoever can prove it; strangers learn nothing."""

import asyncio
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
from loquet_server.admission.reachable import Unreachable, check_reachable
from loquet_server.demo.launch import from_here
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.errors import Invalid, TooMany
from loquet_server.models import Action, Audit, Unit
from loquet_server.rate import Rate
from loquet_server.settings import Settings
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
    unit, key = await house.get(Unit, "atelier"), SigningKey(b"m" * 32).public.text
    for changed in ({"public_key": key}, {"seal_key": VerifyKey(public(generate())).text}):
        other = replace(request(code), **changed)
        proven = replace(other, proof=proof(code.secret, other.public_key, other.seal_key))
        assert (await post(house, tmp_path, proven)).status_code == 403
    after = await house.get(Unit, "atelier")
    assert (after.public_key, after.broker_password_hash) == (
        unit.public_key, unit.broker_password_hash,
    )  # fmt: skip


async def test_an_answer_that_was_lost_is_given_again(house: House, tmp_path: Path) -> None:
    code = await issue(house, tmp_path)
    lost = await post(house, tmp_path, request(code))
    before = (await house.get(Unit, "atelier")).broker_password_hash
    house.now += 14 * 60
    again = await post(house, tmp_path, request(code))
    assert again.status_code == 200
    assert identity(house, again) == identity(house, lost)
    assert (await house.get(Unit, "atelier")).broker_password_hash == before
    house.now += 60
    assert (await post(house, tmp_path, request(code))).status_code == 403


async def test_a_unit_that_was_revoked_meanwhile_is_not_let_in_again(
    house: House, tmp_path: Path
) -> None:
    code = await issue(house, tmp_path)
    assert (await post(house, tmp_path, request(code))).status_code == 200
    async with house.database.with_transaction() as session:
        unit = await session.get_one(Unit, "atelier")
        unit.revoked_at = 1
    assert (await post(house, tmp_path, request(code))).status_code == 403


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


async def test_a_stranger_makes_no_version_of_a_policy(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    mine = encode(PolicyRequest(SITE, UNIT, None, "n"))
    forged = Signer(KEY).sign(Purpose.POLICY_REQUEST, mine)
    async with house.database.with_transaction() as session:
        await session.get(Unit, UNIT, with_for_update=True)  # a writer is at work meanwhile
        async with asyncio.timeout(5), client(office, "203.0.113.7", "loquet.example") as http:
            answer = await http.post(f"/api/v1/units/{UNIT}/policy", content=forged)
    assert answer.status_code == 403
    assert recorder.published == []


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


async def test_strangers_and_a_unit_gone_mad_are_held_back_and_a_unit_that_is_known_is_heard(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    office.unsigned.most, office.requests.most = 2, 3
    mine = encode(PolicyRequest(SITE, UNIT, None, "n"))
    right = Signer(house.unit_key).sign(Purpose.POLICY_REQUEST, mine)

    async def ask(body: str, times: int, address: str = "203.0.113.7") -> list[int]:
        async with client(office, address, "loquet.example") as http:
            path = f"/api/v1/units/{UNIT}/policy"
            answers = [await http.post(path, content=body) for _ in range(times)]
        return [each.status_code for each in answers]

    assert await ask("{}", 3, "198.51.100.1") == [403, 403, 429]
    assert await ask(right, 1) == [200]
    assert await ask("{}", 3) == [403, 403, 403]  # from the line of a unit that was believed
    assert await ask(right, 3) == [200, 200, 429]


def test_the_rate_is_bounded_for_each_address_by_itself() -> None:
    now = [0.0]
    rate = Rate(most=2, seconds=60, addresses=3, clock=lambda: now[0])
    for _ in range(2):
        rate.check("203.0.113.7")
        rate.failed("203.0.113.7")
    with pytest.raises(TooMany):
        rate.check("203.0.113.7")
    rate.check("203.0.113.8")
    now[0] = 61.0
    rate.check("203.0.113.7")


def test_a_stranger_with_a_whole_network_counts_once() -> None:
    rate = Rate(most=2)
    for host in ("2001:db8::1", "2001:db8::2"):
        rate.failed(host)
    with pytest.raises(TooMany):
        rate.check("2001:db8::3")
    rate.check("2001:db8:0:1::1")


def test_the_table_of_addresses_is_bounded() -> None:
    rate = Rate(most=1, addresses=2)
    for host in ("203.0.113.1", "203.0.113.2", "203.0.113.3"):
        rate.failed(host)
    rate.check("203.0.113.1")  # the one quiet the longest was forgotten
    with pytest.raises(TooMany):
        rate.check("203.0.113.3")


@pytest.mark.parametrize("proxy", ["", "192.0.2.1"], ids=["direct", "by a proxy"])
async def test_a_stranger_who_guesses_keeps_nobody_else_out(
    house: House, tmp_path: Path, proxy: str
) -> None:
    code = await issue(house, tmp_path)
    office, _ = make_office(house, tmp_path)
    office.settings = office.settings.model_copy(update={"trusted_proxies": proxy})
    office.enrolments.most = 3

    async def enrol(address: str, content: bytes) -> int:
        async with client(office, proxy or address, "loquet.example") as http:
            seen = {"X-Forwarded-For": address} if proxy else {}
            answer = await http.post("/api/v1/enrol", content=content, headers=seen)
        return answer.status_code

    assert [await enrol("198.51.100.1", b"{") for _ in range(4)] == [422, 422, 422, 429]
    assert await enrol("203.0.113.7", encode(request(code)).encode()) == 200


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"host": "0.0.0.0", "broker_public_host": "loquet.lan"}, ["LOQUET_ADDRESS"]),
        ({"host": "::", "broker_public_host": "loquet.lan"}, ["LOQUET_ADDRESS"]),
        (
            {"address": "http://loquet.lan:8000", "broker_host": "0.0.0.0"},
            ["LOQUET_BROKER_PUBLIC_HOST"],
        ),
        (
            {"host": "0.0.0.0", "broker_host": "0.0.0.0"},
            ["LOQUET_ADDRESS", "LOQUET_BROKER_PUBLIC_HOST"],
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(
    tmp_path: Path, changes: dict[str, str], named: list[str]
) -> None:
    with pytest.raises(Unreachable) as refused:
        check_reachable(Settings(data=tmp_path, **changes))  # type: ignore[arg-type]
    assert f"set {' and '.join(named)} to" in refused.value.detail


def test_an_address_for_this_machine_alone_is_a_warning(tmp_path: Path) -> None:
    warning = check_reachable(Settings(data=tmp_path))
    assert warning is not None
    assert "LOQUET_ADDRESS and LOQUET_BROKER_PUBLIC_HOST say '127.0.0.1'" in warning
    address, broker = "https://loquet.example", "loquet.example"
    assert check_reachable(Settings(data=tmp_path, address=address, broker_host=broker)) is None


async def test_a_code_that_leads_nowhere_is_not_issued(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    settings = Settings(data=tmp_path, host="0.0.0.0")
    async with house.database.with_transaction() as session:
        service = EnrolmentService(session, settings, house.keys, office.now_ms())
        with pytest.raises(Unreachable, match="LOQUET_ADDRESS"):
            await service.add_unit("atelier")
    assert await house.get(Unit, "atelier") is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_the_units_of_the_demo_find_a_server_that_listens_everywhere(
    tmp_path: Path, host: str
) -> None:
    settings = Settings(data=tmp_path, host=host, broker_host=host, port=8080)
    assert check_reachable(from_here(settings)) is not None
    assert from_here(settings).own_address == "http://127.0.0.1:8080"


@pytest.mark.parametrize("name", ["card", "waiting"])
async def test_a_unit_is_not_called_like_a_page_beside_it(
    house: House, tmp_path: Path, name: str
) -> None:
    with pytest.raises(Invalid, match="a page has that name"):
        await issue(house, tmp_path, name)
