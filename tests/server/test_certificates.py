"""Certificates of units: the first, the next, and their end; the broker's files follow."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.certificates import (
    BROKER_NAME,
    SERVER_NAME,
    CertificateAnswer,
    CertificateRequest,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_server.authority import (
    BROKER_DAYS,
    UNIT_DAYS,
    Authority,
    WrongKey,
    ends_at_ms,
    issued_by,
    names_in,
    spki,
)
from loquet_server.broker import BrokerUser, unit_user
from loquet_server.certificates.files import BrokerFiles, names_for
from loquet_server.certificates.issuing import FRESH_MS, issue_first
from loquet_server.certificates.keeping import write_files
from loquet_server.certificates.revoking import revoke, told
from loquet_server.certificates.topic_rights import acl
from loquet_server.errors import Invalid, NotFound
from loquet_server.keys import authority_key, load
from loquet_server.models import Action, Audit, Certificate, Unit
from loquet_server.office import Office, committed
from loquet_server.processes import CannotServe
from loquet_server.serving import refuse_clear_text
from loquet_server.settings import BrokerTls, Settings
from loquet_server.units.repository import UnitRepository
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House, make_keys

DAY_MS = 86_400_000
ROOT = Path(__file__).resolve().parents[2]


def new_key() -> str:
    return base64url.to_text(spki(ec.generate_private_key(ec.SECP256R1()).public_key()))


def wish(tls_key: str, unit: str = UNIT) -> CertificateRequest:
    return CertificateRequest(SiteId(SITE), UnitId(unit), "ab" * 16, tls_key)


async def ask(office: Office, key: SigningKey, wanted: CertificateRequest) -> tuple[int, str]:
    document = Signer(key).sign(Purpose.CERTIFICATE_REQUEST, encode(wanted))
    async with client(office, "203.0.113.7", "loquet.example") as http:
        answer = await http.post(f"/api/v1/units/{UNIT}/certificate", content=document)
    return answer.status_code, answer.text


async def given(house: House, office: Office, tls_key: str) -> CertificateAnswer:
    status, text = await ask(office, house.unit_key, wish(tls_key))
    assert status == 200, text
    payload = Verifier(house.keys.signing.public).payload(Purpose.CERTIFICATE, text)
    return decode_text(CertificateAnswer, payload)


async def first(house: House, tls_key: str, at: int = START) -> str:
    async with house.database.with_transaction() as session:
        unit = await session.get(Unit, UNIT)
        assert unit is not None
        return await issue_first(session, house.keys, unit, tls_key, at)


async def shut_out(office: Office, unit: str = UNIT) -> None:
    async with committed(office) as transaction:
        now = office.now_ms()
        row = await revoke(transaction.session, unit, "Anna", "stolen", now)
        told(transaction, office, row, now)


# ---- over HTTP ----------------------------------------------------------------------------


async def test_a_unit_is_told_its_certificate_and_where_the_broker_is(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    office.settings = office.settings.model_copy(
        update={"broker_host": "0.0.0.0", "broker_public_host": "loquet.lan", "broker_port": 8883}
    )
    answer = await given(house, office, new_key())
    assert (answer.site, answer.unit, answer.nonce) == (SITE, UNIT, "ab" * 16)
    assert (answer.broker_host, answer.broker_port, answer.broker_tls) == ("loquet.lan", 8883, True)
    authority = Authority.of(house.keys)
    assert answer.authority == authority.certificate_pem
    assert issued_by(authority, answer.certificate)
    subject = x509.load_pem_x509_certificate(answer.certificate.encode()).subject
    assert subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == UNIT
    assert names_in(answer.certificate) == {UNIT}


async def test_asked_again_for_the_same_key_the_answer_is_the_same_while_it_is_young(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    key = new_key()
    before = (await given(house, office, key)).certificate
    assert (await given(house, office, key)).certificate == before
    (row,) = await house.all(Certificate)
    later = row.ends_at - FRESH_MS
    office.clock = lambda: later / 1000
    after = (await given(house, office, key)).certificate
    assert ends_at_ms(after) == later // 1000 * 1000 + UNIT_DAYS * DAY_MS
    assert len(await house.all(Certificate)) == 2


async def test_a_key_that_was_replaced_gets_no_certificate_any_more(
    house: House, tmp_path: Path
) -> None:
    """An old copy of the unit's card, or of a request, does not bring it back."""
    office, _ = make_office(house, tmp_path)
    old = new_key()
    await given(house, office, old)
    office.clock = lambda: START / 1000 + 60 + 86_400 * 400
    await given(house, office, new_key())
    status, text = await ask(office, house.unit_key, wish(old))
    assert status == 403
    assert "adopt the unit again" in text


@pytest.mark.parametrize("key", ["", "!", "AAAA", base64url.to_text(b"\x30" * 91)])
async def test_what_is_no_key_is_refused(house: House, tmp_path: Path, key: str) -> None:
    office, _ = make_office(house, tmp_path)
    status, _ = await ask(office, house.unit_key, wish(key))
    assert status == 422
    assert not await house.all(Certificate)


async def test_strangers_and_revoked_units_get_none_and_leave_no_row(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    stranger = await ask(office, SigningKey(b"z" * 32), wish(new_key()))
    unknown = await ask(office, house.unit_key, wish(new_key(), "nobody"))
    await shut_out(office)
    revoked = await ask(office, house.unit_key, wish(new_key()))
    assert {stranger[0], unknown[0], revoked[0]} == {403}
    assert stranger[1] == unknown[1] == revoked[1]
    assert not await house.all(Certificate)


# ---- the first one ------------------------------------------------------------------------


async def test_a_unit_that_is_let_in_anew_loses_what_it_had_before(house: House) -> None:
    old, new = new_key(), new_key()
    before = await first(house, old)
    assert await first(house, old) == before, "an answer that was lost is given again"
    after = await first(house, new, START + 1000)
    assert after != before
    counts = {row.pem: row.revoked_at is None for row in await house.all(Certificate)}
    assert counts == {before: False, after: True}
    assert await first(house, "", START + 2000) == "", "software without TLS brings no key"
    assert all(row.revoked_at for row in await house.all(Certificate))
    with pytest.raises(Invalid):
        await first(house, "!")


# ---- the end ------------------------------------------------------------------------------


async def test_a_revoked_unit_is_no_user_of_the_broker_and_its_certificates_are_listed(
    house: House, tmp_path: Path
) -> None:
    office, recorder = make_office(house, tmp_path)
    refreshed = asyncio.Event()

    async def refresh() -> None:
        refreshed.set()

    office.units_changed = refresh
    await given(house, office, new_key())
    await shut_out(office)
    await shut_out(office)
    assert refreshed.is_set()
    assert [each.noun for each in recorder.told] == ["unit", "unit"]
    async with house.database.reading() as session:
        assert UNIT not in [row[1] for row in await UnitRepository(session).broker_users()]
    (row,) = await house.all(Certificate)
    folder = tmp_path / "mosquitto"
    await write_files(folder, office.settings, house.keys, house.database, START)
    listed = x509.load_pem_x509_crl((folder / "crl.pem").read_bytes())
    assert listed.is_signature_valid(Authority.of(house.keys).key.public_key())
    assert listed.get_revoked_certificate_by_serial_number(int(row.serial, 16)) is not None
    assert f"user {UNIT}\ntopic deny #" in (folder / "acl").read_text()
    audit = [each for each in await house.all(Audit) if each.action == Action.UNIT_REVOKED]
    assert [(each.actor, each.subject) for each in audit] == [("Anna", UNIT)]
    with pytest.raises(NotFound):
        await shut_out(office, "nobody")


async def test_each_list_of_revoked_ones_is_newer_than_the_one_before(house: House) -> None:
    """Brokers compare them by whole seconds."""
    for _ in range(3):
        await first(house, new_key())
    await first(house, "", START)
    moments = sorted(row.revoked_at or 0 for row in await house.all(Certificate))
    assert len({each // 1000 for each in moments}) == 3


# ---- the broker's files -------------------------------------------------------------------


async def test_files_are_written_when_they_say_something_new_alone(
    house: House, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, broker_host="192.0.2.7", broker_public_host="loquet.lan")
    folder = tmp_path / "files"
    assert await write_files(folder, settings, house.keys, house.database, START)
    assert not await write_files(folder, settings, house.keys, house.database, START + DAY_MS)
    files = BrokerFiles(folder)
    before = files.certificate.read_text()
    assert {BROKER_NAME, "loquet.lan", "192.0.2.7", "127.0.0.1", "localhost"} <= names_in(before)
    assert files.key.stat().st_mode & 0o777 == 0o640
    late = START + (BROKER_DAYS * 2 // 3 + 1) * DAY_MS
    assert await write_files(folder, settings, house.keys, house.database, late)
    assert files.certificate.read_text() != before
    moved = settings.model_copy(update={"broker_public_host": "other.lan"})
    assert await write_files(folder, moved, house.keys, house.database, late)
    assert "other.lan" in names_in(files.certificate.read_text())
    files.certificate.write_text("damaged")
    assert await write_files(folder, moved, house.keys, house.database, late)


def test_the_rights_that_are_shipped_are_those_that_the_server_writes() -> None:
    assert (ROOT / "firmware_config" / "mosquitto" / "acl").read_text() == acl()
    rights = unit_user(SITE, UNIT, "hash")
    assert isinstance(rights, BrokerUser)
    said = {line.split(" ")[2].rpartition("/")[2] for line in acl().splitlines() if "write" in line}
    assert {topic.rpartition("/")[2] for topic in rights.publish or ()} <= said


def test_any_address_is_no_name(tmp_path: Path) -> None:
    names = names_for(Settings(data=tmp_path, broker_host="0.0.0.0", address="http://h.lan:8000"))
    assert names == ["h.lan", "localhost", "127.0.0.1", "::1"]


# ---- the authority ------------------------------------------------------------------------


def test_the_same_keys_are_the_same_authority_on_another_machine(tmp_path: Path) -> None:
    keys = load(tmp_path)
    assert Authority.of(keys).certificate_pem == Authority.of(load(tmp_path)).certificate_pem
    other = replace(keys, authority=authority_key())
    assert not issued_by(Authority.of(other), Authority.of(keys).issue_office(START)[0])
    assert keys.authority.hex() not in repr(keys) + repr(Authority.of(keys))


def test_certificates_are_for_one_end_of_the_line_alone() -> None:
    authority, now = Authority.of(make_keys()), START
    when = datetime.fromtimestamp(now / 1000, UTC)
    policy = PolicyBuilder().time(when).store(Store([authority.certificate]))
    broker, _ = authority.issue_server([], now)
    office, _ = authority.issue_office(now)
    parsed = [x509.load_pem_x509_certificate(each.encode()) for each in (broker, office)]
    server = policy.build_server_verifier(x509.DNSName(BROKER_NAME))
    server.verify(parsed[0], [])
    with pytest.raises(x509.verification.VerificationError):
        server.verify(parsed[1], [])
    policy.build_client_verifier().verify(parsed[1], [])
    with pytest.raises(x509.verification.VerificationError):
        policy.build_client_verifier().verify(parsed[0], [])
    assert names_in(office) == {SERVER_NAME}
    with pytest.raises(WrongKey):
        authority.issue_unit(SITE, UNIT, b"no key", now)


# ---- settings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "tls", "secure"),
    [
        ("127.0.0.1", BrokerTls.AUTO, False),
        ("::1", BrokerTls.AUTO, False),
        ("localhost", BrokerTls.ON, True),
        ("0.0.0.0", BrokerTls.AUTO, True),
        ("broker.lan", BrokerTls.AUTO, True),
    ],
)
def test_a_broker_off_loopback_speaks_tls(
    tmp_path: Path, host: str, tls: BrokerTls, secure: bool
) -> None:
    settings = Settings(data=tmp_path, broker_host=host, broker_tls=tls)
    assert settings.broker_secure is secure
    refuse_clear_text(settings)


def test_clear_text_on_a_network_is_refused_in_words(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, broker_host="0.0.0.0", broker_tls=BrokerTls.OFF)
    with pytest.raises(CannotServe, match="LOQUET_BROKER_TLS=off"):
        refuse_clear_text(settings)
