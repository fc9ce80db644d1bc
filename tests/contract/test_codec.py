"""The codec: tolerant where the future needs it, strict elsewhere, and never surprised."""

# mypy: disable-error-code="arg-type"

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.ids import DoorId
from loquet_contract.wire.codec import (
    MAX_MESSAGE,
    MalformedMessage,
    canonical,
    decode,
    decode_text,
    encode,
    parse,
    to_plain,
)


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    ONE = 1


@dataclass(frozen=True, slots=True)
class Inner:
    number: int
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Outer:
    kind: ClassVar[str] = "outer"
    name: DoorId
    inner: Inner
    colour: Colour = Colour.RED
    level: Level | None = None
    several: tuple[Inner, ...] = ()
    by_name: Mapping[DoorId, Inner] = field(default_factory=dict)
    either: int | str = 0
    anything: Any = None

    def __post_init__(self) -> None:
        if self.name == "forbidden":
            raise ValueError("that name is taken")


LEAST = {"kind": "outer", "name": "a", "inner": {"number": 1}}


def test_defaults_come_for_what_is_missing_and_none_is_left_out() -> None:
    found = decode(Outer, LEAST)
    assert found == Outer("a", Inner(1))
    assert "level" not in to_plain(found)
    assert to_plain(found)["colour"] == "red"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": 1}, "Outer.name: expected str, got a int"),
        ({"name": None}, "Outer.name: expected str, got null"),
        ({"name": "forbidden"}, "Outer: that name is taken"),
        ({"inner": []}, "Outer.inner: expected an object, got a list"),
        ({"inner": {}}, "Outer.inner.number: is missing"),
        ({"inner": {"number": True}}, "Outer.inner.number: expected int, got a bool"),
        ({"inner": {"number": "1"}}, "Outer.inner.number: expected int, got a str"),
        ({"inner": {"number": 2**63}}, "Outer.inner.number: the number does not fit 64 bits"),
        ({"inner": {"number": 1, "flag": 1}}, "Outer.inner.flag: expected bool, got a int"),
        ({"colour": "blue"}, "Outer.colour: a str is not one of red"),
        ({"colour": ["red"]}, "Outer.colour: a list is not one of red"),
        ({"level": 2}, "Outer.level: a int is not one of 1"),
        ({"level": True}, "Outer.level: a bool is not one of 1"),
        ({"several": {}}, "Outer.several: expected a list, got a dict"),
        ({"several": [{"number": 1}, {"number": []}]}, "Outer.several[1].number: expected int"),
        ({"by_name": {"x": {"number": 0}, "y": 3}}, "Outer.by_name.y: expected an object"),
        ({"either": []}, "Outer.either: a list is not"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(change: dict[str, Any], words: str) -> None:
    with pytest.raises(MalformedMessage) as error:
        decode(Outer, {**LEAST, **change})
    assert str(error.value).startswith(words)


def test_a_message_never_repeats_what_was_in_it() -> None:
    with pytest.raises(MalformedMessage) as error:
        decode(Outer, {**LEAST, "colour": "04a2b3c4d5e6f7"})
    assert "04a2" not in str(error.value)


def test_only_the_right_kind_is_read() -> None:
    for text in ('{"kind":"other"}', "[]", "7", '{"name":"a"}'):
        with pytest.raises(MalformedMessage, match="kind 'outer'"):
            decode_text(Outer, text)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nul", b"{", b'{"a":1.5}', b'{"a":1e3}', b"NaN", b"-Infinity", b"[1,]", b"\xff",
        "[1]".encode("utf-16"), b"\xef\xbb\xbf[1]", b'"\xed\xa0\x80"', b'"\\ud800"',
        b'{"\\uDC00":1}', b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, '"\ud800"',
        b" " * (MAX_MESSAGE + 1),
    ],
    ids=lambda data: repr(data)[:24],
)  # fmt: skip
def test_nothing_but_small_json_without_floats_is_parsed(data: bytes | str) -> None:
    with pytest.raises(MalformedMessage):
        parse(data)


@pytest.mark.parametrize("text", ['"\\\\ud800"', '"\\ud83d\\ude00"', '"é"', '"\\u0000"'])
def test_every_other_text_is_parsed(text: str) -> None:
    assert parse(text) == parse(text.encode()) == json.loads(text)


def test_an_error_of_the_parser_is_short() -> None:
    with pytest.raises(MalformedMessage) as error:
        parse("9" * 100_000 + ".5")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("value", [1.5, {"a": [1.0]}, {1, 2}, b"x", object(), [None, 0.0]])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)
    with pytest.raises(TypeError):
        encode(Outer("a", Inner(1), anything=value))


def test_canonical_is_sorted_tight_and_unescaped() -> None:
    assert canonical({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_canonical_is_read_back_and_written_alike(value: Any) -> None:
    text = canonical(value)
    assert parse(text) == value
    assert canonical(parse(text.encode())) == text


@given(
    st.builds(
        Outer, st.text(max_size=5).filter(lambda name: name != "forbidden"),
        st.builds(Inner, st.integers(-(2**63) + 1, 2**63 - 1), st.booleans()),
        several=st.lists(st.builds(Inner, st.integers(0, 9))).map(tuple),
        by_name=st.dictionaries(st.text(max_size=3), st.builds(Inner, st.integers(0, 9))),
        either=st.integers(0, 9) | st.text(max_size=3), level=st.none() | st.just(Level.ONE),
        anything=PLAIN,
    )
)  # fmt: skip
def test_a_message_is_read_back_as_it_was(message: Outer) -> None:
    assert decode_text(Outer, encode(message)) == message
