"""Which PINs are refused, and that there are a thousand for each person."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.pin import LONGEST
from loquet_server.pins import strength
from loquet_server.pins.service import drawn

DIGITS = st.text("0123456789", min_size=4, max_size=8)


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("0000", strength.REPEATS), ("4444", strength.REPEATS), ("1212", strength.REPEATS),
        ("731731", strength.REPEATS), ("20582058", strength.REPEATS),
        ("1234", strength.IN_A_ROW), ("890123", strength.IN_A_ROW), ("65432", strength.IN_A_ROW),
        ("10987654", strength.IN_A_ROW),
        ("2512", strength.A_DATE), ("1225", strength.A_DATE), ("1984", strength.A_DATE),
        ("140789", strength.A_DATE), ("890714", strength.A_DATE), ("071489", strength.A_DATE),
        ("14071989", strength.A_DATE), ("19890714", strength.A_DATE), ("290223", strength.A_DATE),
        ("2580", strength.A_COLUMN), ("0852", strength.A_COLUMN),
        ("6047", None), ("204958", None), ("3141", None), ("2099157", None), ("31023", None),
        ("14077189", None),
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(pin: str, why: str | None) -> None:
    assert strength.weakness(pin) == why


def test_digits_of_the_telephone_are_refused() -> None:
    assert strength.weakness("349271", "04 34 92 71 58") == strength.A_TELEPHONE
    assert strength.weakness("349271", "04 34 92 17 58") is None
    assert strength.weakness("349271", "") is None


@pytest.mark.parametrize("length", [4, 5, pytest.param(6, marks=pytest.mark.soak)])
def test_as_many_as_are_promised_can_be_chosen(length: int) -> None:
    every = ("".join(each) for each in product("0123456789", repeat=length))
    free = sum(strength.weakness(each) is None for each in every)
    promised = strength.could_be_chosen(length)
    assert promised <= free <= 1.05 * promised


def test_for_each_person_there_are_a_thousand() -> None:
    assert [strength.people(each) for each in strength.LENGTHS] == [8, 99, 889, 9999, 99770]
    for count in (1, 8, 9, 99, 100, 889, 890, 9999, 10_000, 99_770):
        length = strength.length_for(count)
        assert strength.could_be_chosen(length) >= 1000 * count
        shorter = length - 1
        assert shorter < 4 or strength.could_be_chosen(shorter) < 1000 * count
    assert strength.length_for(10**6) == LONGEST


@given(DIGITS, st.text("0123456789 +", max_size=16))
def test_any_digits_have_an_answer(pin: str, telephone: str) -> None:
    why = strength.weakness(pin, telephone)
    assert why is None or why.endswith(".")


@given(st.integers(4, 8))
def test_what_is_drawn_is_not_refused(length: int) -> None:
    pin = drawn(length, "0434927158")
    assert len(pin) == length
    assert strength.weakness(pin, "0434927158") is None
