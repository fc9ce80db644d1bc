"""The short code: both sides reckon the same, whoever stands in between makes two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire.adoption import (
    Announcement,
    InvalidToken,
    Token,
    commit,
    committed,
    same_code,
    short_code,
    token_proof,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import Code, Identity
from loquet_edge.link.session import Broker

KEYS = st.text("abcdefghijk-_0123456789", min_size=1, max_size=50)
SERVER, SERVER_NONCE, NONCE = "server-key", "5a" * 16, "0f" * 16
COMMITMENT = commit("public", "seal", "tls", NONCE)


def test_a_code_is_six_signs_and_four_blinks_that_can_be_read_out() -> None:
    code = short_code(SERVER, SERVER_NONCE, COMMITMENT, NONCE)
    assert code.text == "F4R-BZF"
    assert code.blinks == "5544"


@given(KEYS, KEYS, KEYS)
def test_every_sign_is_unambiguous_and_every_blink_can_be_counted(
    server: str, nonce: str, commitment: str
) -> None:
    code = short_code(server, nonce, commitment, NONCE)
    assert len(code.text) == 7
    assert code.text[3] == "-"
    assert not set(code.text) & set("01IO")
    assert set(code.blinks) <= set("123456")
    assert len(code.blinks) == 4


def test_whatever_changes_changes_the_code() -> None:
    other = commit("public", "seal", "other", NONCE)
    codes = {
        short_code(SERVER, SERVER_NONCE, COMMITMENT, NONCE).text,
        short_code("between", SERVER_NONCE, COMMITMENT, NONCE).text,
        short_code(SERVER, "6b" * 16, COMMITMENT, NONCE).text,
        short_code(SERVER, SERVER_NONCE, other, NONCE).text,
        short_code(SERVER, SERVER_NONCE, COMMITMENT, "1e" * 16).text,
    }
    assert len(codes) == 5


@pytest.mark.parametrize("typed", ["F4R-BZF", "f4rbzf", " f4r bzf "])
def test_a_code_is_typed_as_people_type(typed: str) -> None:
    assert same_code("F4R-BZF", typed)
    assert not same_code("F4R-BZA", typed)


@pytest.mark.parametrize("field", ["public_key", "seal_key", "tls_key", "nonce"])
def test_nothing_that_was_committed_to_can_be_changed(field: str) -> None:
    values = {"public_key": "public", "seal_key": "seal", "tls_key": "tls", "nonce": NONCE}
    assert committed(Announcement(commitment=COMMITMENT, **values))
    assert not committed(Announcement(commitment=COMMITMENT, **(values | {field: "other"})))


def test_a_token_is_copied_whole_or_refused_in_words() -> None:
    token = Token("https://loquet.example", "ab" * 32, "cd" * 16, b"s" * 16)
    assert Token.from_text(f"  {token.text()}\n") == token
    for text in ("", "loquet1.abc", token.text()[:-3], "loquet2.!!"):
        with pytest.raises(InvalidToken, match="SD card"):
            Token.from_text(text)
    for wrong in (
        Token("ftp://x", "ab" * 32, "cd" * 16, b"s" * 16),
        Token("https://x", "ab", "cd" * 16, b"s" * 16),
    ):
        with pytest.raises(InvalidToken):
            Token.from_text(wrong.text())


def test_a_proof_is_about_one_card_and_one_box() -> None:
    proof = token_proof(b"s" * 16, COMMITMENT)
    assert proof != token_proof(b"t" * 16, COMMITMENT)
    assert proof != token_proof(b"s" * 16, commit("public", "seal", "tls", "1e" * 16))


def test_no_secret_stands_in_what_a_log_or_a_trace_would_show() -> None:
    secret = b"\x5a" * 16
    told = Identity(
        SiteId("village"), UnitId("unit-1"), "broker", 8883, "unit-1", "pass-words", "https://s",
        "key", "seal", PepperId("p1"), "pepper-words",
    )  # fmt: skip
    way = Broker("broker", 8883, "unit-1", "pass-words", "loquet-unit-1")
    cards = Token("https://s", "ab" * 32, "cd" * 16, secret), Code("https://s", "ab" * 32, secret)
    shown = repr((told, way, *cards))
    assert not [each for each in ("-words", repr(secret)[1:], secret.hex()) if each in shown]
    assert decode_text(Identity, encode(told)) == told
