"""Printed badge numbers: every way to write one is understood, and nothing else breaks it."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loquet_contract.access.credential import Form, Representation, from_uid
from loquet_server.people.numbers import (
    Flaw,
    How,
    Reading,
    Unreadable,
    from_canonical,
    readings,
    typed_back,
)
from tests.house.source import ROOT

UIDS = st.sampled_from((4, 7, 10)).flatmap(lambda n: st.binary(min_size=n, max_size=n))
AMERICAN = "1234567890a-"
FRENCH = "&é\"'(-è_çàq)"
SEPARATORS = ("", ":", "-", " ", ".")


@given(UIDS, st.sampled_from(SEPARATORS), st.booleans())
def test_hexadecimal_is_read_with_any_separator(uid: bytes, separator: str, upper: bool) -> None:
    assume(any(uid))
    text = uid.hex(separator) if separator else uid.hex()
    found = readings(text.upper() if upper else text)
    assert Reading(from_uid(uid), How.AS_WRITTEN) in found
    assert from_uid(uid[::-1]) in [each.representation for each in found]


@given(st.integers(1, 2**32 - 1), st.sampled_from((4, 7)))
def test_decimal_is_read_in_both_byte_orders(number: int, length: int) -> None:
    raw = number.to_bytes(length, "big")
    if length == 7:
        raw = raw[::-1]
        number = int.from_bytes(raw, "big")
        if len(str(number)) < 14:
            number = number + 10**14
            raw = number.to_bytes(7, "big")
    found = [each.representation for each in readings(str(number).zfill(10))]
    assert {from_uid(raw), from_uid(raw[::-1])} <= set(found)


@given(st.integers(0, 255), st.integers(0, 65535), st.sampled_from((",", ";", " , ", "/", ":")))
def test_facility_and_number_are_wiegand_26(facility: int, number: int, between: str) -> None:
    assume(facility or number)
    found = readings(f"{facility:03}{between}{number:05}")
    assert found[0].representation == Representation(
        Form.WIEGAND26, bytes([facility]) + number.to_bytes(2, "big")
    )
    assert found[0].representation.form.lossy


@given(st.binary(min_size=5, max_size=5))
def test_a_125_khz_badge_is_read_from_hexadecimal_and_from_its_whole_decimal(raw: bytes) -> None:
    assume(any(raw))
    badge = Representation(Form.EM4100, raw)
    assert badge in [each.representation for each in readings(raw.hex())]
    number = int.from_bytes(raw, "big")
    assert badge in [each.representation for each in readings(f"{number:013}")]


@given(st.integers(1, 2**32 - 1))
def test_both_numbers_on_one_badge_belong_together(number: int) -> None:
    raw = number.to_bytes(4, "big")
    assume(any(raw[1:]))
    short = f"{raw[1]},{int.from_bytes(raw[2:], 'big')}"
    found = [each.representation for each in readings(f"{number:010} {short}")]
    assert {from_uid(raw), Representation(Form.WIEGAND26, raw[1:])} <= set(found)
    with pytest.raises(Unreadable, match="two_numbers"):
        readings(f"{number ^ 1:010} {short}" if number != 1 else f"{3:010} {short}")


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("1234,567890", Form.WIEGAND35, 1234 << 20 | 567890),
        ("31000,400000", Form.WIEGAND37, 31000 << 19 | 400000),
        ("4000000,8000000", Form.WIEGAND48, 4000000 << 23 | 8000000),
        ("1234,56789", Form.WIEGAND34, 1234 << 16 | 56789),
        ("12345678901", Form.WIEGAND37, 12345678901),
        ("0001234567", Form.EM32, 1234567),
    ],
)
def test_numbers_of_longer_formats_are_among_the_meanings(
    text: str, form: Form, value: int
) -> None:
    found = {each.representation.form: each.representation.value for each in readings(text)}
    assert int.from_bytes(found[form], "big") == value


@given(st.text("0123456789ab", min_size=8, max_size=8))
def test_a_french_keyboard_is_typed_back(typed: str) -> None:
    garbled = typed.translate(str.maketrans(AMERICAN, FRENCH))
    if set(garbled) & set(FRENCH[:10]):
        assert typed_back(garbled) == typed


@given(st.text(max_size=80))
def test_any_other_text_is_only_not_understood(text: str) -> None:
    try:
        found = readings(text)
    except Unreadable as error:
        assert error.args[0] in ("no_number", "two_numbers")
    else:
        assert len({each.representation for each in found}) == len(found) >= 1


@pytest.mark.parametrize(
    ("text", "first", "how"),
    [
        ("04:A1:B2:C3:D4:E5:F6", "uid7:04a1b2c3d4e5f6", How.AS_WRITTEN),
        ("04a1b2c3", "uid4:04a1b2c3", How.AS_WRITTEN),
        ("0x04A1B2C3", "uid4:04a1b2c3", How.AS_WRITTEN),
        ("0077705923", "uid4:04a1b2c3", How.DECIMAL),
        ("161,45763", "w26:a1b2c3", How.FACILITY),
        ("0077705923 161,45763", "uid4:04a1b2c3", How.DECIMAL),
        ("0a004c5b21", "em4100:0a004c5b21", How.AS_WRITTEN),
        ("0042954677025", "em4100:0a004c5b21", How.DECIMAL),
        ("àà&é\"'(-è_", "uid4:00bc614e", How.DECIMAL),
        ("à'q&béc\"", "uid4:04a1b2c3", How.AS_WRITTEN),
    ],
)
def test_real_looking_numbers(text: str, first: str, how: How) -> None:
    found = readings(text)[0]
    assert (found.representation.canonical().decode(), found.how) == (first, how)


@pytest.mark.parametrize(
    "text", ["", " ", "12", "hello", "04a1b", "4194304,1", "1,8388608", "0,0", "0" * 10, "9" * 60]
)
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unreadable):
        readings(text)


def test_phones_and_short_readers_are_found_out() -> None:
    assert readings("08aabbcc")[0].flaw is Flaw.RANDOM
    assert readings("8804a1b2")[0].flaw is Flaw.TRUNCATED
    assert readings("04aabbcc")[0].flaw is None


@given(UIDS)
def test_a_canonical_text_comes_back(uid: bytes) -> None:
    assert from_canonical(from_uid(uid).canonical()) == from_uid(uid)


def test_no_more_than_the_end_is_shown() -> None:
    assert readings("04a1b2c3d4e5f6")[0].last4 == "E5F6"


def test_the_examples_of_the_guide_are_understood_as_it_says() -> None:
    guide = (ROOT / "docs/badges.md").read_text()
    table = guide.split("| printed or typed | read as |")[1].split("\n\n")[0]
    numbers = [text for text in re.findall(r"`([^`]+)`", table) if len(text) > 4]
    assert len(numbers) >= 8
    first = {text: readings(text)[0].representation for text in numbers}
    assert first["04:A1:B2:C3"] == first["0077705923"] == from_uid(bytes.fromhex("04a1b2c3"))
    assert {each.form for each in first.values()} == {
        Form.UID4, Form.UID7, Form.WIEGAND26, Form.WIEGAND35, Form.EM4100,
    }  # fmt: skip
    assert typed_back('à&é"') == "0123"
