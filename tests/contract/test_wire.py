"""Envelopes, topics, policy digests, credentials and enrolment codes."""

# mypy: disable-error-code="arg-type"

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.credential import (
    Form,
    InvalidCredential,
    Representation,
    digest,
    from_uid,
)
from loquet_contract.ids import InvalidId, check_id
from loquet_contract.wire import base64url, topics
from loquet_contract.wire.codec import MalformedMessage, canonical, to_plain
from loquet_contract.wire.enrolment import Code, InvalidCode, proof
from loquet_contract.wire.envelope import (
    Entry,
    body_digest,
    chain_of,
    first_chain,
    make_salt,
    next_chain,
)
from loquet_contract.wire.policy import (
    RECORDS,
    WholeDigest,
    delta_digest,
    key_of,
    line,
    record_of,
    whole_digest,
)
from tests.contract import samples

ENTRY = Entry(7, 1_790_000_000_000, 5000, "b1", True, "door_closed", "c2FsdA", {"door": "é"})


def test_the_chain_is_what_the_page_says() -> None:
    """The formula of ``envelope``, written out with hashlib alone."""
    first = hashlib.sha256(b"loquet/v1/journal\nunit-1\nj1").hexdigest()
    body = hashlib.sha256('c2FsdA\n{"door":"é"}'.encode()).digest()
    header = b"7|1790000000000|5000|b1|1|door_closed"
    chain = hashlib.sha256(first.encode() + b"|" + header + b"\n" + body).hexdigest()
    assert first_chain("unit-1", "j1") == first
    assert chain_of(first, ENTRY) == chain
    assert chain == "1804458fc9796fa44e2daf5d2cf4f491bb5ea785b228eb8634be6f0c597e7bf5"


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 8}, {"utc": 1}, {"monotonic": 5001}, {"boot": "b2"}, {"trusted": False},
        {"kind": "door_opened"}, {"salt": "c2FsdB"}, {"body": {"door": "e"}},
    ],
)  # fmt: skip
def test_every_field_is_in_the_chain(change: dict[str, object]) -> None:
    start = first_chain("unit-1", "j1")
    assert chain_of(start, replace(ENTRY, **change)) != chain_of(start, ENTRY)
    assert chain_of("0" * 64, ENTRY) != chain_of(start, ENTRY)


def test_a_body_can_be_erased_and_the_chain_still_verifies() -> None:
    kept = body_digest(ENTRY.salt, canonical(ENTRY.body))
    assert next_chain("0" * 64, ENTRY.header, kept) == chain_of("0" * 64, ENTRY)


def test_a_salt_is_text_of_12_bytes() -> None:
    assert make_salt(bytes(12)) == "A" * 16


HOSTILE = [
    "", "a/b", "+", "#", "a b", "A", "é", "a\n", "\na", "a\0", "..", "x" * 65, "$SYS", "a+",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stand_in_no_topic(name: str) -> None:
    with pytest.raises(InvalidId):
        check_id(name, "door")
    for build in (
        lambda: topics.unit_topic(name, "u", topics.Channel.ACK),
        lambda: topics.unit_topic("s", name, topics.Channel.ACK),
        lambda: topics.every_unit(name, topics.Channel.ACK),
        lambda: topics.area_counts("s", name),
        lambda: topics.desk_state("s", "a", name),
        lambda: topics.changes(name),
    ):
        with pytest.raises(InvalidId):
            build()
    assert topics.parse_unit_topic(f"loquet/v1/{name}/units/u/ack") is None
    assert topics.parse_unit_topic(f"loquet/v1/s/units/{name}/ack") is None
    assert topics.parse_unit_topic(f"loquet/v1/s/units/u/{name}") is None


@given(
    st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True),
    st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True),
    st.sampled_from(topics.Channel),
)
def test_a_topic_is_read_as_it_was_built(site: str, unit: str, channel: topics.Channel) -> None:
    text = topics.unit_topic(site, unit, channel)
    assert topics.parse_unit_topic(text) == topics.UnitTopic(site, unit, channel)
    for other in (f"/{text}", f"{text}/", f"{text}/x", text.replace("v1", "v2"), text.upper()):
        assert topics.parse_unit_topic(other) is None


def test_every_channel_goes_one_way() -> None:
    assert {*topics.FROM_UNIT, *topics.TO_UNIT} == set(topics.Channel)
    assert not set(topics.FROM_UNIT) & set(topics.TO_UNIT)
    assert topics.Channel.COMMANDS not in topics.RETAINED


def test_whole_and_delta_digests_are_what_the_page_says() -> None:
    lines = samples.LINES
    text = "".join(f"{each}\n" for each in lines)
    whole = hashlib.sha256(b"loquet/v1/whole\n" + text.encode()).hexdigest()
    assert whole_digest(iter(lines)) == whole
    streamed = WholeDigest()
    for each in lines:
        streamed.update([each])
        streamed.update([])
    assert streamed.text() == whole
    plain = {"b": 1, "a": "é"}
    delta = f'loquet/v1/delta\n{whole}\n+{{"a":"é","b":1}}\n-door/x\n'
    assert delta_digest(whole, [plain], ["door/x"]) == hashlib.sha256(delta.encode()).hexdigest()
    assert delta_digest(whole, [], []) not in (whole, delta_digest("0" * 64, [], []))


@pytest.mark.parametrize("name", samples.RECORDS)
def test_a_record_has_its_key_and_comes_back_from_its_line(name: str) -> None:
    record = samples.RECORDS[name]
    plain = to_plain(record)
    assert key_of(plain) == record.key
    assert record_of(plain) == record
    assert line(record) == canonical(plain)


@pytest.mark.parametrize(
    "plain", [None, [], {}, {"kind": 1}, {"kind": "door"}, {"kind": "door", "door": ""}]
)
def test_a_record_without_a_name_is_malformed(plain: object) -> None:
    with pytest.raises(MalformedMessage):
        key_of(plain)


def test_a_record_of_the_future_has_a_key_and_is_none() -> None:
    plain = {"kind": "zone", "id": "x"}
    assert (key_of(plain), record_of(plain)) == ("zone/x", None)
    assert "zone" not in RECORDS


def test_a_digest_is_the_hmac_of_form_and_number() -> None:
    uid = bytes.fromhex("04a2b3c4d5e6f7")
    expected = hmac.new(b"pepper", b"uid7:04a2b3c4d5e6f7", hashlib.sha256).digest()
    found = digest(b"pepper", from_uid(uid))
    assert found == base64url.to_text(expected)
    assert len(found) == 43


@given(st.binary(max_size=12), st.sampled_from(Form))
def test_only_whole_numbers_are_credentials(value: bytes, form: Form) -> None:
    lengths = {"uid4": 4, "uid7": 7, "uid10": 10, "w26": 3, "w34": 4, "em4100": 5}
    lengths |= {"w35": 4, "w37": 5, "w48": 6, "em32": 4}
    if len(value) == lengths[form]:
        assert Representation(form, value).canonical() == f"{form}:{value.hex()}".encode()
    else:
        with pytest.raises(InvalidCredential):
            Representation(form, value)


def test_random_and_lossy_numbers_are_known_as_such() -> None:
    assert from_uid(bytes.fromhex("08aabbcc")).random
    assert not from_uid(bytes.fromhex("04aabbcc")).random
    assert not Representation(Form.UID7, bytes([8, 0, 0, 0, 0, 0, 0])).random
    assert [form for form in Form if form.lossy] == [Form.WIEGAND26, Form.EM32]
    for length in (0, 1, 5, 8, 11):
        with pytest.raises(InvalidCredential):
            from_uid(bytes(length))


CODE = Code("https://loquet.example.org", "ab" * 32, b"s" * 16)


def test_a_code_is_read_as_it_was_printed() -> None:
    assert Code.from_text(CODE.text()) == CODE
    assert Code.from_text(f"  {CODE.text()}\n") == CODE
    assert CODE.secret.hex() not in CODE.token


@pytest.mark.parametrize(
    "text",
    [
        "", "loquet1.", "loquet2." + CODE.text()[8:], CODE.text()[8:], CODE.text()[:-2],
        CODE.text() + "AAAA", "loquet1.é", "loquet1." + "A" * 100,
        Code("ftp://x", "ab" * 32, b"s" * 16).text(), Code("http://x", "ab", b"s" * 16).text(),
        Code("http://x", "ab" * 32, b"s").text(),
    ],
)  # fmt: skip
def test_what_is_no_code_says_what_to_copy(text: str) -> None:
    with pytest.raises(InvalidCode, match="add-unit"):
        Code.from_text(text)


def test_a_proof_is_bound_to_secret_and_keys() -> None:
    found = proof(b"s" * 16, "key", "seal")
    message = b"loquet/v1/enrol\nkey\nseal"
    assert found == hmac.new(b"s" * 16, message, hashlib.sha256).hexdigest()
    others = {proof(b"t" * 16, "key", "seal"), proof(b"s" * 16, "k", "seal"),
              proof(b"s" * 16, "key", "s")}  # fmt: skip
    assert len(others | {found}) == 4
