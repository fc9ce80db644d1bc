"""A word of the server that is far ahead waits; one that it takes back is forgotten.

The honest server's clock, the mistaken one's, and whoever holds the network but not the key.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.ids import JournalId
from loquet_contract.wire.events_clock import ClockFact, ServerTimeDoubted, ServerTimeSettled
from loquet_edge.signed_time import (
    LEAP_SECONDS,
    REPEAT_SECONDS,
    SKEW_SECONDS,
    Heard,
    SignedTime,
    newest,
)

NOW, YEAR, HOUR = 1_790_000_000.0, 365 * 86_400.0, 3600.0
TAKEN, TAKEN_BACK = ServerTimeSettled(taken=True), ServerTimeSettled(taken=False)


@dataclass
class Unit:
    """What it keeps of the server's words; its time is moved by hand, and so are its entries."""

    kept: float = NOW
    known: float = NOW
    at: float = 100.0
    written: int = 50
    said: list[ClockFact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.words = SignedTime(self.kept, self.at)

    def note(self, fact: ClockFact | None) -> None:
        self.said += [] if fact is None else [fact]

    def hear(self, utc: float) -> None:
        """A signed document comes."""
        self.note(self.words.hear(utc, self.at, self.known, self.written))

    def acknowledged(self, sequence: int, utc: float) -> None:
        """A signed acknowledgement comes that confirms more than before."""
        self.note(self.words.confirmed(sequence, utc, self.at, self.written))
        self.hear(utc)

    def agree(self, utc: float) -> None:
        """Another clock says the time."""
        self.note(self.words.agree(utc, self.at))

    def wait(self, seconds: float) -> None:
        self.at += seconds
        self.known += seconds if self.known else 0.0

    @property
    def bound(self) -> float:
        return self.words.bound(self.at)


@pytest.mark.parametrize(
    ("kept", "known", "word", "taken"),
    [
        (NOW, NOW, NOW + 1, True),
        (NOW, NOW, NOW + LEAP_SECONDS, True),
        (NOW, NOW, NOW + LEAP_SECONDS + 1, False),
        (NOW - YEAR, 0.0, NOW, False),
        (NOW - YEAR, NOW, NOW, True),
        (0.0, 0.0, NOW, True),
        (0.0, NOW, NOW + YEAR, False),
        (NOW, NOW, NOW - 1, False),
    ],
    ids=["next", "a month", "more", "off for a year", "off, but it knows", "the first word",
         "the first, and it knows better", "older"],
)  # fmt: skip
def test_a_word_far_ahead_of_what_is_known_waits(
    kept: float, known: float, word: float, taken: bool
) -> None:
    unit = Unit(kept, known)
    unit.hear(word)
    assert unit.bound == (word if taken else kept)
    waits = word > kept and not taken
    assert unit.words.claimed(unit.at) == (word if waits or taken else kept)
    due = ServerTimeDoubted(int(word * 1000), int(max(known, kept) * 1000))
    assert unit.said == ([due] if waits else [])


def test_another_clock_that_agrees_settles_it() -> None:
    unit = Unit(NOW - YEAR, 0.0)
    unit.hear(NOW)
    unit.wait(60.0)
    unit.agree(NOW + 60.0 - SKEW_SECONDS - 1.0)
    assert unit.bound == NOW - YEAR + 60.0
    unit.agree(NOW + 60.0 - SKEW_SECONDS)
    assert (unit.bound, unit.said[1:]) == (NOW + 60.0, [TAKEN])


@pytest.mark.parametrize(
    ("later", "off", "taken"),
    [
        (REPEAT_SECONDS, 0.0, True),
        (REPEAT_SECONDS, -SKEW_SECONDS, True),
        (REPEAT_SECONDS - 1.0, 0.0, False),
        (REPEAT_SECONDS, -REPEAT_SECONDS, False),
        (REPEAT_SECONDS, SKEW_SECONDS + 1.0, False),
    ],
    ids=["a day later", "nearly so", "too soon", "the same word again", "another leap"],
)
def test_the_same_word_a_day_later_settles_it(later: float, off: float, taken: bool) -> None:
    unit = Unit()
    unit.hear(NOW + YEAR)
    unit.wait(later)
    unit.hear(NOW + YEAR + later + off)
    assert unit.said[1:] == ([TAKEN] if taken else [])
    assert unit.bound == (NOW + YEAR + later + off if taken else NOW + later)


@pytest.mark.parametrize("leap", [HOUR, YEAR], ids=["taken", "doubted"])
def test_the_server_takes_back_what_it_said_by_a_newer_word(leap: float) -> None:
    unit = Unit()
    unit.hear(NOW + leap)
    unit.wait(60.0)
    unit.acknowledged(50, NOW + 60.0)
    assert unit.words.claimed(unit.at) == NOW + leap + 60.0, "written before the word was heard"
    unit.acknowledged(51, NOW + 60.0)
    assert unit.bound == unit.words.claimed(unit.at) == NOW + 60.0
    assert unit.said[1:] == ([TAKEN_BACK] if leap == YEAR else [])


def test_a_clock_that_was_set_back_overnight_is_believed_with_the_second_entry() -> None:
    unit = Unit()
    unit.hear(NOW + HOUR)
    unit.wait(8 * HOUR)
    for ahead in (HOUR, 0.0):
        unit.written += 1
        unit.wait(60.0)
        unit.acknowledged(unit.written, unit.known)
        assert unit.bound == unit.known + ahead


def test_nothing_is_taken_back_before_the_journal_can_be_read() -> None:
    unit = Unit(written=0)
    unit.hear(NOW + HOUR)
    for written, sequence in ((0, 60), (60, 60), (60, 60)):
        unit.written = written
        unit.acknowledged(sequence, NOW)
    assert unit.bound == NOW + HOUR
    unit.acknowledged(61, NOW)
    assert unit.bound == NOW


def test_of_two_acknowledgements_of_one_journal_the_one_that_confirms_more_is_newer() -> None:
    first, other = JournalId("j1"), JournalId("j2")
    high, more = Heard(first, 9, NOW + YEAR), Heard(first, 10, NOW)
    assert newest(None, high) == high
    assert newest(high, more) == newest(more, high) == more
    assert newest(more, Heard(first, 10, NOW + 1)).utc == NOW + 1
    assert newest(more, Heard(other, 1, NOW)).journal == other


WRONG_FOR = st.floats(0, 90 * 86_400, allow_nan=False)
STEPS = st.lists(
    st.tuples(
        st.floats(0, 20 * 86_400, allow_nan=False),  # passes
        st.sampled_from(["document", "entry", "wall"]),
        st.integers(0, 30),  # which of what was signed arrives now, counted from the last
        st.floats(-2 * YEAR, 0, allow_nan=False),  # by how much the time server lies
    ),
    max_size=40,
)


@settings(max_examples=50)
@given(STEPS)
def test_who_holds_only_the_network_never_lowers_the_bound(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    """An honest server: words come late, twice, in any order; acknowledgements in theirs."""
    unit, true = Unit(), NOW
    documents, acks = [NOW], [(50, NOW)]
    heard = Heard(JournalId("j"), 50, NOW)
    for seconds, what, back, lie in steps:
        before = unit.bound
        true += seconds
        unit.wait(seconds)
        if what == "document":
            documents.append(true)
        if what == "entry":
            unit.written += 1
            acks.append((unit.written, true))
        if what == "wall":
            unit.agree(true + lie)
        unit.hear(documents[-1 - back % len(documents)])
        ack = Heard(JournalId("j"), *acks[-1 - back % len(acks)])
        if newest(heard, ack) is ack:
            heard = ack
            unit.acknowledged(ack.sequence, ack.utc)
        assert unit.bound >= before + seconds - 1e-3
        assert unit.bound <= true + 1e-3


@given(WRONG_FOR, st.floats(600, 20 * YEAR, allow_nan=False), st.booleans())
def test_a_server_whose_clock_was_put_right_is_believed_again(
    wrong: float, ahead: float, trusted: bool
) -> None:
    unit = Unit(NOW, NOW if trusted else 0.0)
    for at in range(4):
        unit.written += 1
        unit.acknowledged(unit.written, NOW + wrong * at / 3 + ahead)
        unit.wait(wrong / 3)
    true = NOW + 4 * wrong / 3
    for _ in range(2):
        unit.written += 1
        unit.acknowledged(unit.written, true)
    assert unit.bound <= true + SKEW_SECONDS
    assert unit.words.claimed(unit.at) <= true + SKEW_SECONDS
