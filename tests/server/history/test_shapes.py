"""The week's shape, the numbers of a period, and what it is compared with."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.days import DAY_MS, HOUR_MS, zone
from loquet_server.occupancy.day import HEIGHT, draw
from loquet_server.occupancy.figures import add_up, change, figures, people
from loquet_server.occupancy.heat import heat
from loquet_server.occupancy.periods import (
    EARLIEST,
    LONGEST,
    Against,
    Named,
    Period,
    against,
    chosen,
    named,
)
from loquet_server.occupancy.service import visible
from loquet_server.usual.hours import Filled
from loquet_server.usual.openings import Openings
from loquet_server.usual.reading import same_hours, shut, spread
from loquet_server.usual.repository import AreaSize

PARIS = zone("Europe/Paris")
MONDAY = int(datetime(2026, 11, 2, tzinfo=PARIS).timestamp() * 1000)
WEEKS = (MONDAY, MONDAY + 14 * DAY_MS)
TODAY = date(2026, 11, 18)
days = st.dates(EARLIEST + timedelta(400), date(2030, 12, 31))


def hour(day: int, at: int) -> int:
    """Return an hour of a day after that Monday, UTC milliseconds."""
    return MONDAY + day * DAY_MS + at * HOUR_MS


def taken(desks: float, of: int = 4) -> Filled:
    """Return an hour with so many desks taken."""
    return Filled(of, desks * 3600, of * 3600, round(desks))


def open_at(*spans: tuple[int, int]) -> Openings:
    """Return opening hours from and to these milliseconds."""
    return Openings(tuple(edge // 1000 for span in spans for edge in span), True)


def test_a_cell_is_the_mean_of_the_hours_that_tell() -> None:
    hours = {hour(0, 10): taken(1), hour(7, 10): taken(3), hour(1, 10): Filled(4, 0, 60, 0)}
    shape = heat(hours, Openings(), WEEKS, PARIS, 4)
    row = next(row for row in shape.rows if row[0].hour == 10)
    assert (row[0].mean, row[0].samples) == (2, 2)
    assert row[1].mean is None  # too little is known: not nobody
    assert not shape.empty


def test_a_closed_day_does_not_make_mondays_look_empty() -> None:
    hours = {hour(0, 10): taken(0), hour(7, 10): taken(4)}
    second_only = open_at((hour(7, 9), hour(7, 18)))
    row = next(row for row in heat(hours, second_only, WEEKS, PARIS, 4).rows if row[0].hour == 10)
    assert (row[0].mean, row[0].open) == (4, True)


def test_hours_without_any_history_are_unknown_all_of_them() -> None:
    shape = heat({}, Openings(), WEEKS, PARIS, 4)
    assert shape.empty
    assert shape.hours == tuple(range(8, 20))


def test_a_night_in_use_widens_the_shape_without_a_gap() -> None:
    shape = heat({hour(2, 3): taken(1)}, Openings(), WEEKS, PARIS, 4)
    assert shape.hours == tuple(range(3, 20))


def test_a_day_of_25_hours_has_each_hour_in_its_place() -> None:
    start = int(datetime(2026, 10, 25, tzinfo=PARIS).timestamp() * 1000)
    hours = {start + at * HOUR_MS: taken(2) for at in range(25)}
    shape = heat(hours, Openings(), (start, start + 25 * HOUR_MS), PARIS, 4)
    assert [row[6].samples for row in shape.rows if row[0].hour in (1, 2, 3)] == [1, 2, 1]


@given(st.dictionaries(st.integers(0, 335), st.floats(0, 4), max_size=60))
def test_every_cell_lies_between_nobody_and_all(counts: dict[int, float]) -> None:
    hours = {MONDAY + at * HOUR_MS: taken(count) for at, count in counts.items()}
    for row in heat(hours, Openings(), WEEKS, PARIS, 4).rows:
        for cell in row:
            assert cell.mean is None or 0 <= cell.mean <= 4.0001
            assert 0 <= cell.level <= 4


def test_a_part_is_of_the_open_time_that_is_known() -> None:
    hours = {hour(0, 10): taken(2), hour(0, 11): taken(4), hour(0, 22): taken(4)}
    opened = open_at((hour(0, 10), hour(0, 14)))
    found = figures(hours, opened, WEEKS, PARIS, 4)
    assert found.part == 0.75  # the evening was closed, two hours are not known
    assert found.coverage == 0.5
    assert found.desk_hours == 10
    assert found.weekday == 0
    assert [peak.hour_utc for peak in found.top] == [hour(0, 22), hour(0, 11), hour(0, 10)]


def test_of_nothing_nothing_is_said() -> None:
    found = figures({}, Openings(), WEEKS, PARIS, 4)
    assert (found.part, found.coverage, found.peak, found.weekday) == (None, 0, None, None)
    assert add_up([]) is None


def test_people_are_a_mean_only_where_exits_are_sensed() -> None:
    nobody = people(5, 0, 0, 0)
    assert (nobody.entries, nobody.mean, nobody.peak) == (5, None, None)
    found = people(3, 7200, 7200, 4)
    assert (found.entries, found.mean, found.peak) == (3, 1.0, 4)


@pytest.mark.parametrize(
    ("now", "before", "grown"), [(3, 2, 0.5), (1, 2, -0.5), (3, 0, None), (None, 2, None)]
)
def test_growth_says_nothing_over_nothing(
    now: float | None, before: float | None, grown: float | None
) -> None:
    assert change(now, before) == grown


@pytest.mark.parametrize(
    ("first", "last", "how", "other"),
    [
        ("2026-11-01", "2026-11-18", "before", ("2026-10-01", "2026-10-18")),
        ("2026-11-01", "2026-11-30", "before", ("2026-10-01", "2026-10-31")),
        ("2026-03-01", "2026-03-30", "before", ("2026-02-01", "2026-02-28")),
        ("2026-11-10", "2026-11-16", "before", ("2026-11-03", "2026-11-09")),
        ("2024-02-29", "2024-03-01", "year", ("2023-02-28", "2023-03-01")),
        ("2026-11-10", "2026-11-16", "", None),
    ],
)
def test_what_a_period_is_compared_with(
    first: str, last: str, how: str, other: tuple[str, str] | None
) -> None:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    found = against(period, Against(how))
    assert (found and (found.first.isoformat(), found.last.isoformat())) == other


@given(days, st.integers(0, 400), st.sampled_from(Against))
def test_what_is_compared_begins_earlier_and_is_no_longer(
    first: date, more: int, how: Against
) -> None:
    period = Period(first, first + timedelta(more))
    other = against(period, how)
    if other is not None:
        assert other.first < period.first
        assert other.first <= other.last
        assert other.days <= period.days + 1  # a leap day


@given(st.sampled_from(Named), days)
def test_a_named_period_ends_today_at_the_latest(name: Named, today: date) -> None:
    found = named(name, today)
    assert found.first <= found.last <= today


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("2026-11-10", "2026-11-02", "2026-11-02", "2026-11-10"),
        ("2026-11-10", "2099-01-01", "2026-11-10", "2026-11-18"),
        ("2099-01-01", "", "2026-11-18", "2026-11-18"),
        ("", "1066-10-14", "2000-01-01", "2000-01-01"),
        ("2001-01-01", "2026-11-18", "2023-11-17", "2026-11-18"),
    ],
)
def test_days_that_somebody_types_are_kept_within_what_there_can_be(
    since: str, until: str, first: str, last: str
) -> None:
    found = chosen(since, until, TODAY)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert found.days <= LONGEST
    assert chosen("yesterday", "", TODAY) is None


def test_a_small_area_is_hidden_and_cannot_be_had_by_subtracting() -> None:
    big, small, other = AreaSize("a", "A", 9), AreaSize("b", "B", 2), AreaSize("c", "C", 2)
    found = visible([big, small], 3)
    assert (found.shown, found.whole, found.left_out) == ((big,), (big,), (small,))
    both = visible([big, small, other], 3)
    assert (both.shown, both.whole, both.left_out) == ((big,), (big, small, other), ())


def test_the_same_hour_of_the_weeks_before_keeps_to_the_clock_on_the_wall() -> None:
    now = int(datetime(2026, 11, 2, 9, 40, tzinfo=UTC).timestamp() * 1000)  # 10:40 in winter
    found = same_hours(now, "Europe/Paris")
    assert {(each.hour, each.minute, each.weekday()) for each in found} == {(10, 0, 0)}
    assert found[1].utcoffset() != found[0].utcoffset()
    assert not shut(found[0], [("2026-10-26T12:00", "2026-10-27T00:00")])
    assert shut(found[0], [("2026-10-26T00:00", "2026-10-27T00:00")])


def test_the_middle_and_its_quarters() -> None:
    found = spread([1, 2, 3, 4, 100])
    assert (found.median, found.low, found.high) == (3, 2, 4)


def test_an_open_hour_is_found_among_many() -> None:
    opened = open_at((hour(0, 9), hour(0, 18)), (hour(1, 9), hour(1, 18)))
    assert opened.is_open(hour(1, 9) // 1000)
    assert not opened.is_open(hour(1, 18) // 1000)
    assert opened.turns(hour(0, 20) // 1000) == hour(1, 9) // 1000
    assert opened.turns(hour(1, 20) // 1000) is None
    assert opened.open_seconds(hour(0, 17) // 1000, hour(1, 10) // 1000) == 2 * 3600


@pytest.mark.parametrize("minutes", [0, 30])
@pytest.mark.parametrize("length", [0, 1, 3599, 3600, 40_000, 7 * 86_400])
def test_open_seconds_hour_by_hour_are_those_of_each_hour(minutes: int, length: int) -> None:
    """As each alone, where days begin on the half hour too, and of the last hour all of it."""
    opened = open_at(
        (hour(0, 9) + 900_000, hour(0, 12)), (hour(0, 12) + 60_000, hour(0, 18)),
        (hour(1, 22), hour(2, 3) + 1_000),
    )  # fmt: skip
    start = hour(0, 8) // 1000 + minutes * 60
    each = {at: opened.open_seconds(at, at + 3600) for at in range(start, start + length, 3600)}
    told = {at: seconds for at, seconds in each.items() if seconds}
    assert opened.by_hour(start, start + length) == told
    assert bool(told) == (length > 3600 or (minutes == 30 and length > 0))


def test_a_bar_never_leaves_the_drawing_and_tomorrow_has_none() -> None:
    hours = [hour(0, 9), hour(0, 10), hour(0, 11)]
    chart = draw("a", "A", 2, {hours[0]: taken(2, 2)}, hours, {}, hours[2])
    assert (chart.bars[0].height, chart.bars[0].y) == (HEIGHT, 0)
    assert [bar.ahead for bar in chart.bars] == [False, False, True]
    assert chart.bars[1].mean is None
    assert chart.busiest is chart.bars[0]
    assert draw("a", "A", 2, {hours[0]: taken(0.01, 2)}, hours, {}, hours[2]).busiest is None
