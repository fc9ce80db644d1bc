"""Numbers and keys as OSDP readers send them, and what their lamps are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.credential import Form
from loquet_edge.protocols.osdp_cards import keys_of, representations_of
from loquet_edge.protocols.osdp_lights import BUZZER, LED, Light, commands
from loquet_edge.protocols.wiegand_formats import FORMATS


def packed(bits: tuple[int, ...]) -> bytes:
    """Bits in bytes, the first in the top bit."""
    filled = [*bits, *[0] * (-len(bits) % 8)]
    return bytes(
        sum(bit << 7 - at for at, bit in enumerate(filled[start : start + 8]))
        for start in range(0, len(filled), 8)
    )


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_a_wiegand_number_is_what_a_wiegand_reader_gives(name: str, data: st.DataObject) -> None:
    form = FORMATS[name]
    number = data.draw(st.integers(1, (1 << form.number_bits) - 2))
    bits = form.encode(number)
    wanted = (form.represent(number),)
    assert representations_of(len(bits), packed(bits)) == wanted
    assert representations_of(len(bits), packed(bits[::-1]), last_first=True) == wanted


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_a_wrong_parity_is_no_card(name: str, data: st.DataObject) -> None:
    form = FORMATS[name]
    bits = list(form.encode(data.draw(st.integers(1, (1 << form.number_bits) - 2))))
    bits[data.draw(st.sampled_from([each.position for each in form.parity]))] ^= 1
    assert representations_of(len(bits), packed(tuple(bits))) == ()


@pytest.mark.parametrize(
    ("number", "form"),
    [("aabbccdd", Form.UID4), ("04a1b2c3d4e5f6", Form.UID7), ("04" * 10, Form.UID10)],
)
def test_a_cards_own_number(number: str, form: Form) -> None:
    raw = bytes.fromhex(number)
    (found,) = representations_of(8 * len(raw), raw)
    assert (found.form, found.value) == (form, raw)
    (turned,) = representations_of(8 * len(raw), raw[::-1], last_first=True)
    assert turned == found


@given(st.integers(-5, 2000), st.binary(max_size=80), st.booleans())
def test_whatever_a_reader_says_nothing_breaks(length: int, data: bytes, turned: bool) -> None:
    found = representations_of(length, data, turned)
    assert len(found) <= 1
    if length <= 0 or length > 8 * len(data):
        assert found == ()


def test_keys_of_a_keypad() -> None:
    assert keys_of(b"0123456789") == tuple("0123456789")
    assert keys_of(b"\x7f\x0d*#") == ("*", "#", "*", "#")
    assert keys_of(b"A\x00\xff7") == ("7",)


def test_a_lamp_is_told_what_changes() -> None:
    (lamp, sounder) = commands(None, Light(red=True, green=True))
    assert (lamp["command"], lamp["on_color"], lamp["off_color"]) == (LED, 3, 3)
    assert (sounder["command"], sounder["control_code"]) == (BUZZER, 1)
    assert commands(Light(red=True), Light(red=True)) == []
    (beep,) = commands(Light(red=True), Light(red=True, buzzer=True))
    assert (beep["command"], beep["control_code"], beep["rep_count"]) == (BUZZER, 2, 0)
    colours = {
        commands(None, Light(red, green, blue))[0]["on_color"]
        for red in (False, True) for green in (False, True) for blue in (False, True)
    }  # fmt: skip
    assert colours == set(range(8))
