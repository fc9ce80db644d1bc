"""Why, when and what if say what ``decide`` says, on policies that no person would write."""

# mypy: disable-error-code="arg-type"

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason
from loquet_server.foresight.change import Change, by_weekday, what_if
from loquet_server.foresight.ladder import RUNG_OF, Case, Rung, Step, why
from loquet_server.foresight.layers import (
    PLENTY,
    holders,
    in_touch,
    proving,
    request,
    ways_in,
    with_any_badge,
)
from loquet_server.foresight.spans import spans, stretches, union, without
from tests.contract.test_decision_agrees import NOWS, POLICIES, PRESENCES, REQUESTS

LAST = 23
TERMS = PolicyTerms(1, 0, 50, 60)
KNOWN = POLICIES.map(lambda policy: InMemoryPolicy(TERMS, policy.records))


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
@settings(max_examples=300)
def test_why_gives_the_verdict_and_the_rung_that_decided(
    asked: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    found = why(Case(asked, policy, presence, now))
    assert found.answer == decide(asked, policy, presence, now)
    steps = dict(found.steps())
    failed = [rung for rung, step in steps.items() if step is Step.FAILED]
    if isinstance(found.answer, Granted):
        assert found.obstacles == ()
        assert failed == []
        return
    first = found.obstacles[0]
    assert (first.reason, first.when) == (found.answer.reason, found.answer.when)
    assert failed == [first.rung]
    assert first.rung in (RUNG_OF[first.reason], Rung.RIGHT)
    before = list(Rung)[: list(Rung).index(first.rung)]
    # An uncertain clock hides what a sure one would say of validity: those rungs come up after it.
    fine = {Step.PASSED, Step.ALSO} if first.rung is Rung.CLOCK else {Step.PASSED}
    assert {steps[rung] for rung in before} <= fine


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
@settings(max_examples=300)
def test_a_way_is_what_the_rule_says_of_a_holder_with_that_right_alone(
    asked: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    found = why(Case(asked, policy, presence, now))
    if isinstance(found.answer, Granted) and found.ways:
        assert any(isinstance(each.answer, Granted) for each in found.ways)
    if isinstance(found.answer, Denied) and RUNG_OF[found.answer.reason] in (
        Rung.HOURS, Rung.PASS, Rung.FRESH,
    ):  # fmt: skip
        reasons = [each.answer.reason for each in found.ways if isinstance(each.answer, Denied)]
        assert found.answer.reason in reasons


@given(KNOWN, PRESENCES, st.integers(0, 10), st.integers(1, 12))
@settings(max_examples=300)
def test_spans_hold_for_every_second(
    policy: InMemoryPolicy, presence: Presence, start: int, length: int
) -> None:
    end = start + length
    for holder in holders(policy):
        for place in ways_in(policy):
            shown = spans(stretches(policy, place, holder, presence, start, end))
            with_badge = with_any_badge(in_touch(policy, end), holder.holder)
            asked = proving(request(place.access_point), with_badge)
            for second in range(start, end):
                answer = decide(asked, with_badge, presence, Now(0.0, second))
                inside = any(begin <= second < until for begin, until in shown)
                assert inside == isinstance(answer, Granted)


@given(KNOWN, KNOWN)
@settings(max_examples=200)
def test_what_if_names_every_second_that_changes_and_no_other(
    before: InMemoryPolicy, after: InMemoryPolicy
) -> None:
    found = what_if({"u": before}, {"u": after}, 0, 1)
    told = {
        (each.holder, each.area, second, gain)
        for each in found
        for some, gain in ((each.gained, True), (each.lost, False))
        for begin, until in some
        for second in range(begin, min(until, LAST))
    }
    was, will = _seconds(before), _seconds(after)
    assert told == {(*each, True) for each in will - was} | {(*each, False) for each in was - will}


def _seconds(policy: InMemoryPolicy) -> set[tuple[str, str, int]]:
    """Return who may enter what in which second, asked second by second."""
    found: set[tuple[str, str, int]] = set()
    for holder in holders(policy):
        asked = with_any_badge(in_touch(policy, 86_400), holder.holder)
        for place in ways_in(policy):
            door = policy.records.get(f"door/{place.door}")
            records = asked.records
            if door is not None:
                records = {**records, door.key: replace(door, blocked=False)}
            for second in range(LAST):
                answer = decide(
                    proving(request(place.access_point), asked),
                    InMemoryPolicy(asked.terms, records),
                    PLENTY,
                    Now(0.0, second),
                )
                if isinstance(answer, Granted):
                    found.add((holder.holder, place.area_to, second))
    return found


def test_a_changed_hour_is_told_by_weekday() -> None:
    saturday = 1_760_176_800  # Saturday, 11 October 2025, 12:00 in Paris
    sunday = saturday + 86_400
    changes = [
        Change("h1", "hall", (), ((saturday, saturday + 60),)),
        Change("h2", "hall", (), ((saturday, sunday + 60),)),
        Change("h1", "hall", ((sunday, sunday + 60),), ()),
    ]
    found = {each.weekday: (each.gain, each.lose) for each in by_weekday(changes, "Europe/Paris")}
    assert found == {5: (0, 2), 6: (1, 1)}


def test_every_refusal_has_a_rung() -> None:
    assert set(RUNG_OF) == set(Reason)
    assert set(Rung) == set(RUNG_OF.values()) | {Rung.RIGHT}


def test_spans_are_joined_and_taken_away() -> None:
    assert union([[(0, 2)], [(2, 4), (6, 8)]]) == [(0, 4), (6, 8)]
    assert without([(0, 10)], [(2, 3), (5, 6)]) == [(0, 2), (3, 5), (6, 10)]
    assert without([(0, 4)], [(0, 4)]) == []


def test_a_badge_of_any_strength_is_assumed_where_nobody_has_come_yet() -> None:
    assert request("front").assurance is Assurance.AUTHENTICATED
