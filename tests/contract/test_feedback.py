"""What a door says is told apart without colour, without sound, and soon."""

from itertools import combinations

import pytest

from loquet_contract.access.reasons import Reason
from loquet_contract.feedback import ANSWERS, OF_REASON, PATTERNS, Beat, Pattern, Shown, of_reason

STEP = 0.05
"""Seconds; every pattern changes on a multiple of it, but for the alarm's gap."""
LOOK = 6.0
"""Seconds that somebody stands at a door."""
APART = 0.3
"""Seconds of difference that an eye sees; a flash of the shortest pattern is 0.1."""
AFTER = {Shown.GRANTED: True, Shown.GRANTED_EXTENDED: True}
"""Whether the light stays on when an answer is over: the door is released then."""


def beat_at(pattern: Pattern, seconds: float) -> Beat | None:
    found = pattern.at(seconds)
    return None if found is None else found[0]


def light(shown: Shown, start: float = 0.0) -> list[bool]:
    """Return whether any light is on, every step; colour does not count."""
    found = []
    for step in range(round(LOOK / STEP)):
        beat = beat_at(PATTERNS[shown], start + (step + 0.5) * STEP)
        found.append(AFTER.get(shown, False) if beat is None else beat.lit)
    return found


def sounds(shown: Shown) -> list[bool]:
    beats = [beat_at(PATTERNS[shown], (step + 0.5) * STEP) for step in range(round(LOOK / STEP))]
    return [beat is not None and beat.sound for beat in beats]


def apart(one: list[bool], other: list[bool]) -> float:
    return STEP * sum(a != b for a, b in zip(one, other, strict=True))


def starts(shown: Shown) -> list[float]:
    """Return when somebody may begin to look: an answer at its start, a state at any moment."""
    pattern = PATTERNS[shown]
    steps = round(pattern.seconds / STEP) if pattern.repeats else 1
    return [step * STEP for step in range(steps)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pair
        for pair in combinations(Shown, 2)
        # Released is what a grant becomes: the same yes, and not to be told apart.
        if set(pair) not in ({Shown.GRANTED, Shown.RELEASED},)
    ],
)
def test_no_two_rhythms_of_light_are_alike(one: Shown, other: Shown) -> None:
    reference = light(one)
    assert min(apart(light(other, start), reference) for start in starts(other)) >= APART - 1e-9


@pytest.mark.parametrize(("one", "other"), list(combinations(sorted(ANSWERS), 2)))
def test_who_sees_nothing_hears_which_answer_it_is(one: Shown, other: Shown) -> None:
    assert apart(sounds(one), sounds(other)) >= 0.1 - 1e-9


YES = {Shown.GRANTED, Shown.GRANTED_EXTENDED}


@pytest.mark.parametrize("shown", sorted(ANSWERS - {Shown.BELL}))
def test_half_a_second_says_yes_or_no(shown: Shown) -> None:
    """Only a yes keeps the light on for half a second."""
    first = light(shown)[: round(0.5 / STEP)]
    assert first[0]
    assert all(first) is (shown in YES)


@pytest.mark.parametrize("shown", Shown)
def test_nothing_flashes_more_than_three_times_in_a_second(shown: Shown) -> None:
    lit = light(shown)
    onsets = [at * STEP for at in range(1, len(lit)) if lit[at] and not lit[at - 1]]
    if lit[0]:
        onsets.insert(0, 0.0)
    assert all(sum(begin <= each < begin + 1.0 for each in onsets) <= 3 for begin in onsets)


def test_every_reason_has_its_pattern() -> None:
    assert set(OF_REASON) == set(Reason)
    assert {of_reason(reason) for reason in Reason} <= ANSWERS - YES


def test_different_refusals_say_different_things() -> None:
    told = [
        Reason.CREDENTIAL_UNKNOWN, Reason.NOT_PERMITTED_NOW, Reason.NO_PASS_LEFT,
        Reason.DOOR_BLOCKED, Reason.LOCKED_DOWN,
    ]  # fmt: skip
    assert len({of_reason(reason) for reason in told}) == len(told)


def test_every_word_has_a_pattern_of_some_length() -> None:
    assert set(PATTERNS) == set(Shown)
    for pattern in PATTERNS.values():
        assert all(beat.seconds > 0 for beat in pattern.beats)
        assert pattern.at(pattern.seconds / 2) is not None


def test_an_answer_ends_and_a_state_does_not() -> None:
    for shown, pattern in PATTERNS.items():
        assert (pattern.at(pattern.seconds + 1e-6) is None) is (shown in ANSWERS)
        assert (pattern.at(1_000.0) is None) is (shown in ANSWERS)
