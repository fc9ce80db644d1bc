"""What may be booked, and what becomes of a booking: rules, clocks, attendance. Pure."""

from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.reservations.attendance import Facts, Phase, deadline, stand
from loquet_server.reservations.refusals import WORDS, duration, sentence
from loquet_server.reservations.rules import (
    Around,
    Limits,
    No,
    Refusal,
    Span,
    Wish,
    covered,
    free_slots,
    judge,
    next_free,
    peak,
)
from loquet_server.reservations.times import (
    day_span,
    grid,
    local,
    month_span,
    on_slots,
    span,
    weekly,
)
from loquet_server.web.i18n import translations

PARIS = "Europe/Paris"
MIN = 60_000
HOUR = 60 * MIN
NOW = 1_760_000_000_000
OPEN = [Span(NOW, NOW + 10 * HOUR), Span(NOW + 24 * HOUR, NOW + 34 * HOUR)]
LIMITS = Limits(frozenset({"room"}), longest=120, ahead_days=2, open_most=2, month_minutes=300)


def wish(start: int = NOW + HOUR, length: int = HOUR, **changes: object) -> Wish:
    values: dict[str, object] = {"kind": "room", "resource": "r", "now": NOW}
    return Wish(span=Span(start, start + length), **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "around", "limits", "expected"),
    [
        (wish(), Around(open=OPEN), LIMITS, None),
        (wish(length=0), Around(open=OPEN), LIMITS, No(Refusal.NO_TIME)),
        (wish(NOW - 2 * HOUR), Around(open=OPEN), LIMITS, No(Refusal.PAST)),
        (wish(on_slots=False), Around(open=OPEN), LIMITS, No(Refusal.OFF_SLOT)),
        (wish(length=400 * HOUR), Around(open=OPEN), LIMITS, No(Refusal.ENDLESS, 14)),
        (wish(bookable=False), Around(open=OPEN), LIMITS, No(Refusal.NOT_BOOKABLE)),
        (wish(suspended=True), Around(open=OPEN), LIMITS, No(Refusal.SUSPENDED)),
        (wish(kind="desk"), Around(open=OPEN), LIMITS, No(Refusal.NOT_INCLUDED)),
        (wish(length=3 * HOUR), Around(open=OPEN), LIMITS, No(Refusal.TOO_LONG, 120)),
        (wish(NOW + 49 * HOUR), Around(open=OPEN), LIMITS, No(Refusal.TOO_FAR, 2)),
        (wish(NOW + 9 * HOUR + 1), Around(open=OPEN), LIMITS, No(Refusal.CLOSED)),
        (wish(), Around(open=OPEN, upcoming=2), LIMITS, No(Refusal.TOO_MANY, 2)),
        (wish(), Around(open=OPEN, month_ms=5 * HOUR), LIMITS, No(Refusal.MONTH_FULL, 0)),
        (wish(), Around([Span(NOW, NOW + 2 * HOUR)], open=OPEN), LIMITS, No(Refusal.TAKEN)),
        (wish(), Around([Span(NOW, NOW + HOUR)], open=OPEN), LIMITS, None),
        (wish(), Around([Span(NOW, NOW + 2 * HOUR)], 2, open=OPEN), LIMITS, None),
    ],
)
def test_the_ladder_refuses_one_reason_at_a_time(
    asked: Wish, around: Around, limits: Limits, expected: No | None
) -> None:
    assert judge(asked, around, [limits]) == expected


def test_one_plan_that_allows_is_enough_and_a_host_has_none() -> None:
    short, long = LIMITS, Limits(frozenset({"room"}), longest=600)
    asked = wish(length=4 * HOUR)
    assert judge(asked, Around(open=OPEN), [short, long]) is None
    assert judge(asked, Around(open=OPEN), [short]) == No(Refusal.TOO_LONG, 120)
    assert judge(asked, Around(open=OPEN), []) == No(Refusal.NOT_INCLUDED)
    assert judge(asked, Around(), None) is None
    assert judge(asked, Around([asked.span]), None) == No(Refusal.TAKEN)


def test_a_plan_may_name_the_resources() -> None:
    only = Limits(frozenset({"room"}), frozenset({"room/other"}))
    assert judge(wish(), Around(open=OPEN), [only]) == No(Refusal.NOT_INCLUDED)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=12),
    st.integers(1, 3),
)
def test_no_moment_ever_has_more_bookings_than_there_are(
    wishes: list[tuple[int, int]], count: int
) -> None:
    taken: list[Span] = []
    for start, length in wishes:
        asked = wish(NOW + start * HOUR, length * HOUR)
        before = peak(taken, asked.span)
        assert before == max(
            (sum(each.start <= at < each.end for each in taken)
             for at in range(asked.span.start, asked.span.end, HOUR)),
            default=0,
        )  # fmt: skip
        if judge(asked, Around(taken, count), None) is None:
            taken.append(asked.span)
        else:
            assert before == count
    for at in range(NOW, NOW + 27 * HOUR, HOUR):
        assert sum(each.start <= at < each.end for each in taken) <= count
    for one, other in pairwise(sorted(taken)) if count == 1 else ():
        assert not one.overlaps(other)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4)), max_size=8), st.integers(1, 4))
def test_the_next_free_time_is_free_and_none_is_before(
    spans: list[tuple[int, int]], length: int
) -> None:
    taken = [Span(NOW + a * HOUR, NOW + (a + b) * HOUR) for a, b in spans]
    slots = [NOW + at * HOUR for at in range(30)]
    asked = Span(NOW, NOW + length * HOUR)
    found = next_free(taken, asked, 1, slots)
    assert found is not None
    assert peak(taken, found) == 0
    for start in slots:
        if start < found.start:
            assert peak(taken, Span(start, start + length * HOUR)) > 0
    assert free_slots(taken, 1, slots) == [
        peak(taken, Span(at, at + HOUR)) == 0 for at in slots[:-1]
    ]


def test_open_hours_one_after_the_other_are_one() -> None:
    assert covered(Span(1, 9), [Span(4, 10), Span(0, 4)])
    assert not covered(Span(1, 9), [Span(0, 4), Span(5, 10)])


# ---- the clock on the wall -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [
        ("2026-03-29T01:00", "2026-03-29T04:00", 2),
        ("2026-10-25T01:00", "2026-10-25T04:00", 4),
        ("2026-03-29T02:00", "2026-03-29T03:00", 0),
        ("2026-10-25T02:00", "2026-10-25T03:00", 2),
        ("2026-06-01T09:00", "2026-06-01T12:00", 3),
    ],
)
def test_the_nights_when_clocks_change(starts: str, ends: str, hours: int) -> None:
    first, last = span(datetime.fromisoformat(starts), datetime.fromisoformat(ends), PARIS)
    assert (last - first) // HOUR == hours


def test_a_weekly_booking_keeps_its_time_on_the_wall() -> None:
    starts, ends = datetime(2026, 3, 23, 9), datetime(2026, 3, 23, 10, 30)
    found = [span(*each, PARIS) for each in weekly(starts, ends, date(2026, 4, 6))]
    assert [local(each[0], PARIS).strftime("%m-%d %H:%M") for each in found] == [
        "03-23 09:00", "03-30 09:00", "04-06 09:00",
    ]  # fmt: skip
    assert [(b[0] - a[0]) // HOUR for a, b in pairwise(found)] == [167, 168]
    assert len(list(weekly(starts, ends, date(2030, 1, 1)))) == 53


def test_the_slots_of_a_day_in_spring_and_autumn() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)):
        edges = grid(day, PARIS, 30)
        assert edges == sorted(set(edges))
        assert (edges[0], edges[-1]) == day_span(day, PARIS)
        assert (edges[-1] - edges[0]) // HOUR == hours
    assert on_slots(datetime(2026, 1, 1, 9, 30), datetime(2026, 1, 1, 11), 30)
    assert not on_slots(datetime(2026, 1, 1, 9, 15), datetime(2026, 1, 1, 11), 30)
    first, last = month_span(NOW, PARIS)
    assert (local(first, PARIS), local(last, PARIS)) == (
        datetime(2025, 10, 1), datetime(2025, 11, 1),
    )  # fmt: skip


# ---- who came --------------------------------------------------------------------------------

BASE = Facts(NOW, NOW + 2 * HOUR, lead=10)


def facts(**changes: object) -> Facts:
    from dataclasses import replace

    return replace(BASE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_facts", "at", "phase", "free_at"),
    [
        (facts(), NOW - 1, Phase.COMING, NOW + 2 * HOUR),
        (facts(), NOW + 14 * MIN, Phase.WAITING, NOW + 2 * HOUR),
        (facts(), NOW + 15 * MIN, Phase.RELEASED, NOW + 15 * MIN),
        (facts(), NOW + 9 * HOUR, Phase.RELEASED, NOW + 15 * MIN),
        (facts(came=NOW - 10 * MIN), NOW, Phase.IN_USE, NOW + 2 * HOUR),
        (facts(came=NOW - 11 * MIN), NOW + HOUR, Phase.RELEASED, NOW + 15 * MIN),
        (facts(came=NOW + 20 * MIN), NOW + HOUR, Phase.IN_USE, NOW + 2 * HOUR),
        (facts(came=NOW + 20 * MIN, released=NOW + 15 * MIN), NOW + HOUR, Phase.RELEASED,
         NOW + 15 * MIN),
        (facts(came=NOW + 9 * MIN, released=NOW + 15 * MIN), NOW + HOUR, Phase.IN_USE,
         NOW + 2 * HOUR),
        (facts(release_after=None), NOW + HOUR, Phase.WAITING, NOW + 2 * HOUR),
        (facts(release_after=None), NOW + 3 * HOUR, Phase.OVER, NOW + 2 * HOUR),
        (facts(watched=False), NOW + HOUR, Phase.WAITING, NOW + 2 * HOUR),
        (facts(watched=False), NOW + 3 * HOUR, Phase.OVER, NOW + 2 * HOUR),
        (facts(made=NOW + HOUR), NOW + HOUR, Phase.WAITING, NOW + 2 * HOUR),
        (facts(made=NOW + HOUR), NOW + 75 * MIN, Phase.RELEASED, NOW + 75 * MIN),
        (facts(came=NOW, left=NOW + HOUR), NOW + HOUR, Phase.ENDED, NOW + HOUR),
        (facts(came=NOW, left=NOW + HOUR), NOW + 59 * MIN, Phase.IN_USE, NOW + 2 * HOUR),
        (facts(came=NOW, left=NOW + 2 * HOUR), NOW + 3 * HOUR, Phase.OVER, NOW + 2 * HOUR),
    ],
)  # fmt: skip
def test_what_becomes_of_a_booking(given_facts: Facts, at: int, phase: Phase, free_at: int) -> None:
    found = stand(given_facts, at)
    assert (found.phase, found.free_at) == (phase, free_at)


minute = st.integers(-30, 200).map(lambda at: NOW + at * MIN)


@given(
    came=st.none() | minute, left=st.none() | minute, made=minute, watched=st.booleans(),
    release_after=st.none() | st.integers(0, 60), at=minute, later=st.integers(0, 90),
)  # fmt: skip
def test_what_is_decided_stays_decided_however_late_it_is_asked(
    came: int | None, left: int | None, made: int, watched: bool, release_after: int | None,
    at: int, later: int,
) -> None:  # fmt: skip
    known = facts(came=came, left=left, made=made, watched=watched, release_after=release_after)
    found, after = stand(known, at), stand(known, at + later * MIN)
    assert known.starts <= found.free_at <= known.ends or found.phase is Phase.ENDED
    if found.phase in (Phase.RELEASED, Phase.ENDED):
        assert (after.phase, after.free_at) == (found.phase, found.free_at)
    if found.phase is Phase.RELEASED:
        until = deadline(known)
        assert until is not None
        assert found.free_at == until <= at
    if found.due is not None and found.phase in (Phase.COMING, Phase.IN_USE):
        assert found.due > at


# ---- the words -------------------------------------------------------------------------------


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    assert set(WORDS) == set(Refusal)
    french = translations("fr")
    for refusal in Refusal:
        english = sentence(No(refusal, 90), translations("en"))
        assert english.endswith(".")
        assert sentence(No(refusal, 90), french) != english
    assert duration(90, french) == "1\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}min"
    assert duration(0, french) == "0\N{NO-BREAK SPACE}min"
