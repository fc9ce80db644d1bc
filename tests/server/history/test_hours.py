"""Desk hours: what was counted and what still runs, as one; unknown is never free."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.usual.bands import band
from loquet_server.usual.hours import Counted, Filled, Running, fill, together
from loquet_server.usual.now import DesksNow

NOW = 100 * HOUR_MS + HOUR_MS // 2
"""In the middle of an hour."""
SIZES = {"a": 2, "b": 4}


def filled(counted: dict[tuple[str, int], Counted], *running: Running) -> dict[int, Filled]:
    """Return the hours of area ``a`` up to now, by their number."""
    found = fill(counted, running, SIZES, 0, NOW, NOW)
    return {hour // HOUR_MS: each for (area, hour), each in found.items() if area == "a"}


def test_what_runs_counts_from_its_beginning_up_to_now() -> None:
    hours = filled({}, Running("a", True, 98 * HOUR_MS + HOUR_MS // 2, NOW))
    assert {hour: each.occupied for hour, each in hours.items()} == {98: 1800, 99: 3600, 100: 1800}
    assert all(each.known == each.occupied for each in hours.values())


def test_an_hour_that_has_just_begun_is_as_long_as_it_has_lasted() -> None:
    both = [Running("a", False, 99 * HOUR_MS, NOW), Running("a", True, 99 * HOUR_MS, NOW)]
    assert filled({}, *both)[100].coverage == 1
    assert filled({}, *both)[100].mean == 1


def test_of_a_unit_that_went_away_nothing_is_known_from_then_on() -> None:
    hours = filled({}, Running("a", False, 98 * HOUR_MS, 99 * HOUR_MS))
    assert set(hours) == {98}


def test_half_of_the_desks_are_enough_to_tell_and_less_is_not() -> None:
    one = filled({("a", 5 * HOUR_MS): Counted(1800, 3600, 1)})[5]
    assert one.tells
    assert (one.part, one.mean) == (0.5, 1.0)
    assert not filled({("a", 5 * HOUR_MS): Counted(0, 3599, 0)})[5].tells


def test_what_nobody_counted_before_is_taken_as_known() -> None:
    one = filled({("a", 5 * HOUR_MS): Counted(3600, None, 1)})[5]
    assert (one.coverage, one.mean) == (1.0, 1.0)


def test_somebody_who_sits_for_more_than_a_day_is_a_sensor_that_says_nothing() -> None:
    since = NOW - DAY_MS - 1
    assert filled({}, Running("a", True, since, NOW)) == {}
    assert len(filled({}, Running("a", False, since, NOW))) == 25


def test_an_area_that_says_nothing_makes_the_whole_less_known_not_emptier() -> None:
    found = fill({("a", 0): Counted(7200, 7200, 2)}, [], SIZES, 0, HOUR_MS, NOW)
    assert together(found, ["a"])[0].mean == 2
    found = fill(
        {("a", 0): Counted(7200, 7200, 2), ("b", HOUR_MS): Counted(0, 14_400, 0)}, [], SIZES,
        0, 2 * HOUR_MS, NOW,
    )  # fmt: skip
    whole = together(found, ["a", "b"])
    assert whole[0].coverage == pytest.approx(1 / 3)
    assert not whole[0].tells
    assert whole[HOUR_MS].tells


spans = st.tuples(st.integers(0, 99), st.integers(1, 3 * HOUR_MS), st.booleans())


@given(st.lists(spans, max_size=6), st.integers(0, 7200), st.none() | st.integers(0, 7200))
def test_no_hour_is_fuller_than_full(
    running: list[tuple[int, int, bool]], occupied: int, known: int | None
) -> None:
    states = [
        Running("a", taken, hour * HOUR_MS, hour * HOUR_MS + lasts)
        for hour, lasts, taken in running
    ]
    for each in filled({("a", 7 * HOUR_MS): Counted(occupied, known, 2)}, *states).values():
        assert 0 <= each.coverage <= 1
        assert 0 <= each.part <= 1
        assert 0 <= each.mean <= each.desks
        assert each.occupied <= each.known


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_band_is_told_of_three_desks_at_least_and_of_what_is_mostly_known(
    free: int, taken: int, unknown: int
) -> None:
    now = DesksNow("a", "A", free, taken, unknown)
    told = now.band is not None
    assert told == (free + taken >= 3 and free + taken >= unknown)


@pytest.mark.parametrize(
    ("part", "word"),
    [(0, "calm"), (0.34, "calm"), (0.35, "moderate"), (0.65, "busy"), (0.94, "busy"),
     (0.95, "full"), (1, "full")],
)  # fmt: skip
def test_how_full_in_a_word(part: float, word: str) -> None:
    assert band(part) == word


def test_the_sum_of_two_areas_is_known_as_long_as_the_shorter() -> None:
    one = Filled(2, 10, 20, 1)
    both = {("a", 0): one, ("b", 0): replace(one, lasted=60), ("c", 0): replace(one, lasted=1)}
    assert together(both, ["a", "b"]) == {0: Filled(4, 20, 40, 2, 60)}


def test_one_area_alone_is_itself_where_anything_is_known_of_it() -> None:
    one = Filled(2, 10, 20, 1)
    found = {("a", 0): one, ("a", HOUR_MS): Filled(2), ("b", 0): one, ("b", HOUR_MS): one}
    assert together(found, ["a"]) == {0: one}
    assert together(found, ["a", "b"])[HOUR_MS] == Filled(4, 10, 20, 1), "of b alone"
    assert together(found, []) == {}
