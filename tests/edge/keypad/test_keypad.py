"""The keypad machine: a badge first, then digits, and then no longer than it takes."""

from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.pin import LONGEST
from loquet_edge.keypad.machine import (
    IDLE,
    KEY_SECONDS,
    WHOLE_SECONDS,
    Abandoned,
    Badged,
    Happening,
    Keypad,
    Outcome,
    Pressed,
    TimePassed,
    Typed,
    step,
)

DIGITS = st.text("0123456789", max_size=12)
HAPPENINGS = st.one_of(
    st.just(Badged()), st.just(TimePassed()),
    st.sampled_from([*"0123456789*#", "A", "", "12", "²"]).map(Pressed),
)  # fmt: skip
LIVES = st.lists(st.tuples(HAPPENINGS, st.sampled_from([0.0, 0.3, 3.0, 9.9, 10.0, 30.0])))


def typed(keys: str, keypad: Keypad, now: float = 0.0) -> tuple[Keypad, Outcome | None]:
    outcome = None
    for key in keys:
        keypad, outcome = step(keypad, Pressed(key), now)
    return keypad, outcome


def asked(now: float = 0.0) -> Keypad:
    return step(IDLE, Badged(), now)[0]


@given(DIGITS.filter(bool))
def test_digits_after_a_badge_are_typed(digits: str) -> None:
    keypad, outcome = typed(digits + "#", asked())
    assert keypad == IDLE
    assert outcome == Typed(digits[: LONGEST + 1])


@given(st.text("0123456789*#", max_size=12), DIGITS.filter(bool))
def test_keys_before_a_badge_are_thrown_away(before: str, digits: str) -> None:
    keypad, _ = typed(before, IDLE)
    assert keypad == IDLE
    _, outcome = typed(digits[:LONGEST] + "#", step(keypad, Badged(), 0.0)[0])
    assert outcome == Typed(digits[:LONGEST])


@given(DIGITS, DIGITS.filter(bool))
def test_a_star_begins_anew(wrong: str, digits: str) -> None:
    assert typed(f"{wrong}*{digits}#", asked()) == typed(f"{digits}#", asked())


@given(DIGITS, DIGITS.filter(bool))
def test_a_second_badge_begins_anew(first: str, digits: str) -> None:
    keypad, outcome = step(typed(first, asked())[0], Badged(), 1.0)
    assert outcome == Abandoned()
    assert typed(digits + "#", keypad, 1.0) == (IDLE, Typed(digits[: LONGEST + 1]))


def test_an_end_without_a_digit_gives_up() -> None:
    assert typed("#", asked()) == (IDLE, Abandoned())
    assert typed("12*#", asked()) == (IDLE, Abandoned())


def test_between_two_keys_passes_little_time() -> None:
    keypad, _ = step(asked(), Pressed("1"), 4.0)
    assert keypad.deadline == 4.0 + KEY_SECONDS
    assert step(keypad, TimePassed(), 13.9) == (keypad, None)
    assert step(keypad, TimePassed(), 14.0) == (IDLE, Abandoned())
    assert step(keypad, Pressed("#"), 14.0) == (IDLE, Abandoned()), "a late end is none"


def test_and_in_all_no_more_than_so_much() -> None:
    keypad, _ = step(step(asked(), Pressed("1"), 9.0)[0], Pressed("2"), 18.0)
    assert keypad.deadline == WHOLE_SECONDS


def test_a_digit_is_seen_nowhere() -> None:
    keypad, _ = typed("739", asked())
    _, outcome = typed("739#", asked())
    for each in (keypad, outcome, Pressed("7")):
        assert not set(repr(each)) & set("739")


@given(LIVES)
def test_whatever_happens_it_waits_only_after_a_badge_and_never_for_ever(
    life: list[tuple[Happening, float]],
) -> None:
    keypad, now, since = IDLE, 0.0, None
    for happening, pause in life:
        now += pause
        before = keypad
        keypad, outcome = step(keypad, happening, now)
        if isinstance(happening, Badged):
            since = now
        assert keypad.waiting == (keypad.deadline is not None)
        assert outcome is None or before.waiting
        if keypad.deadline is not None:
            assert since is not None
            assert now < keypad.deadline <= since + WHOLE_SECONDS
        if isinstance(outcome, Typed):
            assert 0 < len(outcome.digits) <= LONGEST + 1 and outcome.digits.isdecimal()
            assert happening == Pressed("#")
        assert len(keypad.digits) <= LONGEST + 1
