"""Schedules: half-open UTC intervals; the nights on which a French clock is moved."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.schedule import (
    ALWAYS,
    NEVER,
    InvalidSchedule,
    Schedule,
    from_intervals,
)

PARIS = ZoneInfo("Europe/Paris")


def utc(text: str, fold: int = 0) -> int:
    """Return the UTC seconds of a time on a clock in Paris."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).timestamp())


def test_ends_are_outside() -> None:
    schedule = Schedule((10, 20, 30, 40))
    inside = [second for second in range(50) if schedule.contains(second)]
    assert inside == [*range(10, 20), *range(30, 40)]


@pytest.mark.parametrize(
    ("at", "start", "end", "change"),
    [
        (5, 10, None, 10),
        (10, None, 20, 20),
        (19.9, None, 20, 20),
        (20, 30, None, 30),
        (40, None, None, None),
    ],
)
def test_what_comes_next(at: float, start: int | None, end: int | None, change: int | None) -> None:
    schedule = Schedule((10, 20, 30, 40))
    assert (schedule.next_start(at), schedule.end(at), schedule.next_change(at)) == (
        start, end, change,
    )  # fmt: skip


def test_always_and_never() -> None:
    assert ALWAYS.contains(0)
    assert not NEVER.contains(0)
    for each in (ALWAYS, NEVER):
        assert (each.next_start(0), each.end(0), each.next_change(0)) == (None, None, None)


@pytest.mark.parametrize("bounds", [(1,), (2, 1), (1, 1), (1, 5, 5, 6), (1, 3, 2, 4)])
def test_bounds_that_are_no_pairs_are_refused(bounds: tuple[int, ...]) -> None:
    with pytest.raises(InvalidSchedule):
        Schedule(bounds)


def test_the_night_that_has_23_hours() -> None:
    night = Schedule((utc("2026-03-29T01:00"), utc("2026-03-29T04:00")))
    assert night.bounds[1] - night.bounds[0] == 2 * 3600
    assert night.contains(utc("2026-03-29T03:30"))
    assert not night.contains(utc("2026-03-29T04:00"))


def test_the_night_that_has_25_hours() -> None:
    night = Schedule((utc("2026-10-25T01:00"), utc("2026-10-25T04:00")))
    assert night.bounds[1] - night.bounds[0] == 4 * 3600
    assert night.contains(utc("2026-10-25T02:30", fold=0))
    assert night.contains(utc("2026-10-25T02:30", fold=1))
    assert utc("2026-10-25T02:30", fold=1) - utc("2026-10-25T02:30") == 3600


PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(PAIRS, st.integers(-1, 62))
def test_a_union_contains_what_one_of_its_intervals_does(
    pairs: list[tuple[int, int]], at: int
) -> None:
    union = from_intervals(pairs)
    assert union.contains(at) == any(start <= at < end for start, end in pairs)


@given(PAIRS, st.integers(-1, 62))
def test_the_next_change_is_the_first(pairs: list[tuple[int, int]], at: int) -> None:
    union = from_intervals(pairs)
    changes = [t for t in range(at + 1, 64) if union.contains(t) != union.contains(at)]
    assert union.next_change(at) == (changes[0] if changes else None)
