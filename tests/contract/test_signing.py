"""Signatures and boxes: nothing altered, nothing taken for another, nothing opened by others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import MalformedMessage, canonical, parse
from loquet_contract.wire.signing import (
    Purpose,
    Signer,
    SigningKey,
    Verifier,
    VerifyKey,
    WrongSignature,
)
from tests.contract.samples import SEAL_KEY, SEAL_PUBLIC, SERVER_KEY, SIGNED, UNIT_KEY

SIGNER, VERIFIER = Signer(SERVER_KEY), Verifier(SERVER_KEY.public)
PAYLOAD = '{"kind":"é"}'


def test_what_was_signed_verifies() -> None:
    document = SIGNER.sign(Purpose.ACK, PAYLOAD)
    assert VERIFIER.payload(Purpose.ACK, document) == PAYLOAD
    assert VERIFIER.payload(Purpose.ACK, document.encode()) == PAYLOAD


@pytest.mark.parametrize("signed", Purpose)
@pytest.mark.parametrize("read", Purpose)
def test_a_document_counts_for_one_purpose_only(signed: Purpose, read: Purpose) -> None:
    document = SIGNER.sign(signed, PAYLOAD)
    if signed is read:
        assert VERIFIER.payload(read, document) == PAYLOAD
    else:
        with pytest.raises(WrongSignature):
            VERIFIER.payload(read, document)


def test_every_flipped_bit_is_noticed() -> None:
    document = SIGNED["ack"][2].encode()
    genuine = VERIFIER.payload(Purpose.ACK, document)
    for at in range(len(document)):
        for bit in range(8):
            flipped = bytearray(document)
            flipped[at] ^= 1 << bit
            with pytest.raises((WrongSignature, MalformedMessage)):
                # A flip may only ever be harmless white space around the same three strings.
                assert VERIFIER.payload(Purpose.ACK, bytes(flipped)) != genuine


def test_every_truncation_is_noticed() -> None:
    document = SIGNED["batch"][2]
    verifier = Verifier(UNIT_KEY.public)
    for end in range(len(document)):
        for cut in (document[:end], document[:end].encode()):
            with pytest.raises((WrongSignature, MalformedMessage)):
                verifier.payload(Purpose.BATCH, cut)


@given(payload=st.text(st.characters(codec="utf-8") | st.sampled_from('"\\n,:{}')))
def test_any_text_is_read_as_it_was_signed(payload: str) -> None:
    document = SIGNER.sign(Purpose.ACK, payload)
    assert VERIFIER.payload(Purpose.ACK, document.encode()) == payload
    spaced = json.dumps(parse(document), indent=1).encode()
    assert VERIFIER.payload(Purpose.ACK, spaced) == payload


@pytest.mark.parametrize(
    "document",
    [
        "[]", "{}", "null", '{"key":1,"payload":"{}","signature":"x"}',
        '{"key":"x","payload":{},"signature":"x"}', '{"key":"x","payload":"{}"}',
    ],
)  # fmt: skip
def test_what_is_no_document_is_malformed(document: str) -> None:
    with pytest.raises(MalformedMessage):
        VERIFIER.payload(Purpose.ACK, document)


def test_a_stranger_is_told_nothing() -> None:
    document = Signer(SigningKey.generate()).sign(Purpose.ACK, PAYLOAD)
    with pytest.raises(WrongSignature) as error:
        VERIFIER.payload(Purpose.ACK, document)
    assert SIGNER.key_id not in str(error.value)


def test_two_keys_may_be_in_force_at_once() -> None:
    both = Verifier(SERVER_KEY.public, UNIT_KEY.public)
    for key in (SERVER_KEY, UNIT_KEY):
        assert both.payload(Purpose.ACK, Signer(key).sign(Purpose.ACK, PAYLOAD)) == PAYLOAD


def test_one_key_cannot_borrow_the_name_of_another() -> None:
    plain = parse(Signer(UNIT_KEY).sign(Purpose.ACK, PAYLOAD))
    plain["key"] = SIGNER.key_id
    with pytest.raises(WrongSignature):
        VERIFIER.payload(Purpose.ACK, canonical(plain))


def test_half_a_character_is_malformed_and_not_a_crash() -> None:
    with pytest.raises(MalformedMessage):
        SIGNER.sign(Purpose.ACK, '"\ud800"')


def test_a_key_is_written_and_read_and_never_shown() -> None:
    assert VerifyKey.from_text(SERVER_KEY.public.text) == SERVER_KEY.public
    assert SERVER_KEY.public.fingerprint.startswith(SERVER_KEY.public.key_id)
    assert SERVER_KEY.raw.hex() not in repr(SERVER_KEY)
    assert base64url.to_text(SERVER_KEY.raw) not in repr(SERVER_KEY)
    for text in ("", "x", "!" * 43, SERVER_KEY.public.text + "A"):
        with pytest.raises(ValueError, match=r"base64url|32 bytes"):
            VerifyKey.from_text(text)


def test_rfc_8032_vector() -> None:
    secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert SigningKey(bytes.fromhex(secret)).public.raw.hex() == public


@given(st.binary(max_size=200), st.text(max_size=20))
def test_a_box_opens_for_its_key_and_context(plaintext: bytes, context: str) -> None:
    box = sealing.seal(SEAL_PUBLIC, plaintext, context)
    assert sealing.open_sealed(SEAL_KEY, box, context) == plaintext
    for key, what in ((bytes(31) + b"\x01", context), (SEAL_KEY, context + "x")):
        with pytest.raises(sealing.CannotOpen):
            sealing.open_sealed(key, box, what)


def test_an_altered_box_does_not_open() -> None:
    box = base64url.from_text(sealing.seal(SEAL_PUBLIC, b"04a2b3c4", "number"))
    for at in range(len(box)):
        flipped = bytearray(box)
        flipped[at] ^= 1 << (at % 8)
        with pytest.raises(sealing.CannotOpen):
            sealing.open_sealed(SEAL_KEY, base64url.to_text(bytes(flipped)), "number")
    for text in ("", "!", "AA", base64url.to_text(box[:32]), base64url.to_text(bytes(48)), "é"):
        with pytest.raises(sealing.CannotOpen):
            sealing.open_sealed(SEAL_KEY, text, "number")


def test_a_box_that_was_sealed_long_ago_still_opens() -> None:
    box = "brReg9upB4_4yyPha3osSIqNWEK0Ub1AnbIEFttwfVHQ-uINpFwtHKb_CmLRTsYbwFmKMD6ptUM"
    assert sealing.open_sealed(SEAL_KEY, box, "number") == b"04a2b3c4"


@given(st.binary(max_size=50))
def test_bytes_have_one_text(raw: bytes) -> None:
    text = base64url.to_text(raw)
    assert base64url.from_text(text) == raw
    for other in (text + "=", text + "\n", " " + text, text + "A" * (5 - len(text) % 4)):
        if other != text:
            with pytest.raises(ValueError, match="base64url"):
                if base64url.from_text(other) != raw:
                    raise ValueError("base64url of something else")
