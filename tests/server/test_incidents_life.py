"""The life of an incident, and the ladder of those who are told: rules without a database."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from loquet_server.incidence import life
from loquet_server.incidence.kinds import KINDS, Severity
from loquet_server.incidence.life import REOPEN_MS, ROUND_MS, Life, State, WrongState
from loquet_server.incidents.watch import GRACE_MS, TOGETHER_MS, Heard, together
from loquet_server.ingest.troubles import Trouble
from loquet_server.notices import plan
from loquet_server.notices.plan import STORM, Gap, Shift, Told, Wish
from loquet_server.web.words import ALARM

PARIS = ZoneInfo("Europe/Paris")
NOON = int(datetime(2026, 11, 16, 11, 0, tzinfo=UTC).timestamp() * 1000)
"""Monday, noon in Paris."""
MINUTE = 60_000
HOUR = 60 * MINUTE
EIGHT = 8 * 60


# ---- life ---------------------------------------------------------------------------------


class LifeMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order, an incident stays in one of its three states."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.life = Life(NOON)

    @rule(minutes=st.integers(0, 90))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule()
    def is_seen(self) -> None:
        before = self.life
        if not life.is_same(before, self.now):
            with pytest.raises(WrongState):
                life.seen(before, self.now, self.now)
            assert self.life is before
            return
        self.life = life.seen(before, self.now, self.now)
        assert self.life.ended_at is None
        if before.ended_at is None:
            assert self.life == before, "an open one only counts"
        assert self.life.round - before.round in (0, 1)
        if self.life.round > before.round:
            assert self.life.state is State.OPEN, "a new round is nobody's yet"
            assert self.life.round_at == self.now

    @rule()
    def ends(self) -> None:
        before = self.life
        self.life = life.over(before, self.now)
        assert self.life.state is State.RESOLVED
        assert before.ended_at is None or self.life == before

    @precondition(lambda self: self.life.state is State.OPEN)
    @rule()
    def is_acknowledged(self) -> None:
        self.life = life.acknowledged(self.life, self.now)
        assert self.life.state is State.ACKNOWLEDGED

    @precondition(lambda self: self.life.state is not State.OPEN)
    @rule()
    def cannot_be_acknowledged(self) -> None:
        with pytest.raises(WrongState):
            life.acknowledged(self.life, self.now)

    @precondition(lambda self: self.life.state is not State.RESOLVED)
    @rule()
    def is_resolved(self) -> None:
        self.life = life.resolved(self.life, self.now)
        assert self.life.ended_by_person

    @precondition(lambda self: self.life.state is State.RESOLVED)
    @rule()
    def cannot_be_resolved_twice(self) -> None:
        with pytest.raises(WrongState):
            life.resolved(self.life, self.now)

    @invariant()
    def a_round_began_before_now(self) -> None:
        assert self.life.round_at <= self.now
        assert self.life.ended_at is not None or not self.life.ended_by_person


TestLife = LifeMachine.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=25)


def test_what_flutters_is_one_story_and_told_anew_each_hour() -> None:
    found = Life(NOON)
    for minute in range(0, 180, 5):
        found = life.over(found, NOON + minute * MINUTE)
        found = life.seen(found, NOON + (minute + 4) * MINUTE, NOON + (minute + 4) * MINUTE)
    assert found.round == 3


def test_what_comes_back_although_seen_to_is_told_again_at_once() -> None:
    done = life.resolved(life.acknowledged(Life(NOON), NOON), NOON + MINUTE)
    back = life.seen(done, NOON + 2 * MINUTE, NOON + 2 * MINUTE)
    assert (back.round, back.state) == (2, State.OPEN)
    by_itself = life.over(life.acknowledged(Life(NOON), NOON), NOON + MINUTE)
    still_ours = life.seen(by_itself, NOON + 2 * MINUTE, NOON + 2 * MINUTE)
    assert (still_ours.round, still_ours.state) == (1, State.ACKNOWLEDGED)


def test_what_comes_late_or_from_long_ago_is_another_one() -> None:
    done = life.over(Life(NOON), NOON)
    assert life.is_same(done, NOON + REOPEN_MS) and life.is_same(done, NOON - REOPEN_MS)
    assert not life.is_same(done, NOON + REOPEN_MS + 1)
    assert not life.is_same(done, NOON - ROUND_MS), "a journal that was sent again"


def test_every_kind_has_its_gravity_and_its_words() -> None:
    shown = ALARM.keys() - {"forced", "held", "fire", "door_held_open_soon"}
    assert shown == KINDS.keys(), "each kind needs a title and a line in incidence/kinds.py"
    assert {each.value for each in Trouble} <= KINDS.keys()
    for name, kind in KINDS.items():
        assert kind.happened and kind.advice, name
        assert kind.mutable or kind.severity is Severity.URGENT, name


# ---- who is told --------------------------------------------------------------------------

CAMILLE = Shift("camille", frozenset(range(5)), EIGHT, 20 * 60)
NIGHT = Shift("noe", frozenset({4, 5}), 22 * 60, 6 * 60, rank=2)


def test_a_shift_may_go_past_midnight() -> None:
    assert NIGHT.covers(4, 23 * 60) and NIGHT.covers(5, 5 * 60) and NIGHT.covers(6, 5 * 60)
    assert not NIGHT.covers(4, 5 * 60) and not NIGHT.covers(6, 23 * 60)
    assert not NIGHT.covers(5, 6 * 60), "the end is not part of it"


def test_the_ladder_has_the_roster_first_and_everybody_else_last() -> None:
    second = Shift("ali", CAMILLE.weekdays, 0, 24 * 60 - 1, rank=2)
    found = plan.ladder([second, CAMILLE], 0, 12 * 60, ["ali", "camille", "zoe"])
    assert found == ([["camille"], ["ali"], ["zoe"]], 2)
    assert plan.ladder([CAMILLE], 6, 12 * 60, ["camille", "zoe"]) == ([["camille", "zoe"]], 0)
    assert plan.ladder([], 0, 0, []) == ([], 0)
    assert plan.is_rung_due(Severity.WARNING, 1, 2)
    assert not plan.is_rung_due(Severity.WARNING, 2, 2), "the rest is woken for what is urgent"
    assert plan.is_rung_due(Severity.URGENT, 2, 2)
    assert not plan.is_rung_due(Severity.INFO, 1, 2)


@given(
    st.lists(
        st.builds(
            Shift, st.sampled_from("abc"), st.frozensets(st.integers(0, 6), min_size=1),
            st.integers(0, 1439), st.integers(0, 1439), st.integers(1, 3),
        ),
        max_size=4,
    ),
    st.integers(0, 6),
    st.integers(0, 1439),
)  # fmt: skip
def test_gaps_are_exactly_when_nobody_is_on_call(
    shifts: list[Shift], weekday: int, minute: int
) -> None:
    in_gap = any(
        each.weekday == weekday and each.since <= minute < each.until for each in plan.gaps(shifts)
    )
    on_call = plan.ladder(shifts, weekday, minute, []).on_call
    assert in_gap == (on_call == 0)


def test_a_day_without_anybody_is_one_gap() -> None:
    found = plan.gaps([CAMILLE])
    assert Gap(6, 0, 1440) in found and Gap(0, 0, EIGHT) in found and Gap(0, 1200, 1440) in found


QUIET = Wish(Severity.WARNING, 21 * 60, 7 * 60)


def told(severity: Severity, wish: Wish, at: int, recent: int = 0, late: bool = False) -> object:
    return plan.when(severity, wish, at, PARIS, EIGHT, recent=recent, late=late)


def test_quiet_hours_hold_all_but_what_may_wake() -> None:
    midnight = NOON + 12 * HOUR
    seven = NOON + 19 * HOUR
    assert told(Severity.WARNING, QUIET, midnight) == Told(seven, True)
    assert told(Severity.URGENT, QUIET, midnight) == Told(midnight, False)
    asleep = Wish(Severity.WARNING, 21 * 60, 7 * 60, urgent_passes=False)
    assert told(Severity.URGENT, asleep, midnight) == Told(seven, True)
    assert told(Severity.WARNING, QUIET, NOON) == Told(NOON, False)


def test_what_is_for_information_waits_for_the_summary() -> None:
    assert told(Severity.INFO, Wish(), NOON) is None, "nobody asked for it"
    assert told(Severity.INFO, Wish(Severity.INFO), NOON) == Told(NOON + 20 * HOUR, True)


def test_a_storm_and_what_comes_late_are_told_together() -> None:
    later = Told(NOON + plan.STORM_MS, True)
    assert told(Severity.WARNING, Wish(), NOON, recent=STORM) == later
    assert told(Severity.URGENT, Wish(), NOON, recent=STORM) == later
    assert told(Severity.WARNING, Wish(), NOON, late=True) == later
    assert told(Severity.URGENT, Wish(), NOON, late=True) == Told(NOON, False), "it still lasts"


@given(st.integers(0, 400 * 24 * 60), st.integers(0, 1439))
def test_the_next_time_is_within_a_day_whatever_the_clocks_do(minutes: int, minute: int) -> None:
    now = NOON + minutes * MINUTE
    found = plan.next_at(now, minute, PARIS)
    assert now < found <= now + 25 * HOUR
    shown = plan.minute_of(found, PARIS)
    assert shown == minute or (2 * 60 <= minute < 3 * 60 and shown == minute + 60), "spring"


# ---- what the network explains ------------------------------------------------------------


def heard(unit: str, minutes_ago: int, online: bool = False) -> Heard:
    return Heard(unit, online, NOON - minutes_ago * MINUTE)


def test_most_units_silent_at_once_are_the_network() -> None:
    well = [heard("a", 0, True), heard("b", 0, True)]
    assert together([*well, heard("c", 5), heard("d", 6)], NOON) == frozenset()
    assert together([*well, heard("c", 5), heard("d", 6), heard("e", 4)], NOON) == set("cde")
    assert together([heard("c", 5)], NOON) == frozenset(), "one alone is itself"
    fresh = (GRACE_MS - 1) // MINUTE
    assert together([heard("c", fresh), heard("d", fresh)], NOON) == frozenset(), "a moment"


def test_who_was_silent_long_before_is_no_part_of_it() -> None:
    long_ago = TOGETHER_MS // MINUTE * 9
    units = [heard("old", long_ago), heard("c", 5), heard("d", 6), heard("a", 0, True)]
    assert together(units, NOON) == {"c", "d"}
