"""What other kinds of readers make of a badge, and how its number is printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.credential import Form, Representation, from_em4100, from_uid
from loquet_server.people.derived import Derived
from loquet_server.people.numbers import readings
from loquet_server.people.printed import Way, printed

UID = from_uid(bytes.fromhex("04a1b2c3"))
LONG = from_uid(bytes.fromhex("04a1b2c3d4e5f6"))
COIN, AS_PRINTED = from_em4100(bytes.fromhex("0a0012d687"))


@pytest.mark.parametrize(
    ("number", "kind", "expected", "lossy"),
    [
        (UID, Derived.W34, "w34:04a1b2c3", False),
        (UID, Derived.W34_BACK, "w34:c3b2a104", False),
        (UID, Derived.W26, "w26:a1b2c3", True),
        (UID, Derived.W26_BACK, "w26:b2a104", True),
        (LONG, Derived.W34, "w34:c3d4e5f6", True),
        (LONG, Derived.W34_BACK, "w34:c3b2a104", True),
        (COIN, Derived.W34, "w34:0012d687", True),
        (COIN, Derived.W26, "w26:12d687", True),
    ],
)
def test_a_reader_sends_the_lowest_bytes(
    number: Representation, kind: Derived, expected: str, lossy: bool
) -> None:
    found = kind.of(number)
    assert found is not None
    assert (found.canonical().decode(), kind.lossy(number)) == (expected, lossy)


def test_what_cannot_be_known_is_not_made_up() -> None:
    assert Derived.W34_BACK.of(COIN) is None
    assert Derived.W26.of(AS_PRINTED) is None
    assert all(kind.of(Representation(Form.WIEGAND34, b"\1\2\3\4")) is None for kind in Derived)
    assert Derived.W26.of(from_uid(bytes.fromhex("04000000"))) is None


def test_a_number_is_printed_in_the_forms_that_badges_have() -> None:
    assert [each.text for each in printed(UID)] == [
        "04:A1:B2:C3", "0077705923", "161,45763", "C3:B2:A1:04", "3283263748", "178,41220",
    ]  # fmt: skip
    assert [each.text for each in printed(COIN)] == ["0001234567", "018,54919", "0A0012D687"]
    assert [each.text for each in printed(AS_PRINTED)] == ["0001234567", "018,54919", "0012D687"]
    corporate = Representation(Form.WIEGAND35, (1234 << 20 | 567890).to_bytes(4, "big"))
    assert printed(corporate)[0].text == "1234,567890"


KINDS = {
    Form.UID4: (32, Way.HEX), Form.UID7: (56, Way.HEX), Form.UID10: (80, Way.HEX),
    Form.EM4100: (40, Way.HEX), Form.EM32: (32, Way.DECIMAL),
    Form.WIEGAND26: (24, Way.FACILITY), Form.WIEGAND34: (32, Way.FACILITY),
    Form.WIEGAND35: (32, Way.FACILITY), Form.WIEGAND37: (35, Way.FACILITY),
    Form.WIEGAND48: (45, Way.FACILITY),
}  # fmt: skip
"""Bits of each form, and the way to write it that says which form it is."""


def test_every_form_is_printed() -> None:
    assert set(KINDS) == set(Form)


@given(st.sampled_from(list(KINDS)), st.data())
def test_what_is_printed_can_be_typed_again(form: Form, data: st.DataObject) -> None:
    bits, way = KINDS[form]
    value = data.draw(st.integers(1, (1 << bits) - 1))
    number = Representation(form, value.to_bytes((bits + 7) // 8, "big"))
    (text,) = (each.text for each in printed(number) if each.way is way)
    assert number in [each.representation for each in readings(text)]
