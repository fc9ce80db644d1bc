"""Two nights a year on which the wall clock jumps, leap days, the end of the year; periods."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from loquet_server.hours import periods
from loquet_server.hours.calendar import InvalidHours, Locality, Special, opening
from loquet_server.hours.schedules import bounds, is_always, only_weekdays, shift
from tests.server.hours.minutes import PARIS, Hours, utc

PLACE = Locality(PARIS, "FR", "", "A")


def z(text: str) -> int:
    """Return UTC seconds of a UTC ISO time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def on(
    hours: str, day: str, days: int = 1, specials: Sequence[Special] = ()
) -> list[tuple[str, str]]:
    """Return what opens on a day, in UTC."""
    found = opening(hours, PLACE, date.fromisoformat(day), days, specials)
    return [
        (
            f"{datetime.fromtimestamp(start, UTC):%d %H:%M}",
            f"{datetime.fromtimestamp(end, UTC):%d %H:%M}",
        )
        for start, end in found
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("Mo-Su 09:00-18:00", [("29 07:00", "29 16:00")]),
        ("Mo-Su 00:00-24:00", [("28 23:00", "29 22:00")]),
        ("Mo-Su 01:30-02:30", [("29 00:30", "29 01:00")]),
        ("Mo-Su 02:30-04:00", [("29 01:00", "29 02:00")]),
        ("Mo-Su 02:15-02:45", []),
        ("Mo-Su 02:00-03:00", []),
        ("Mo-Su 01:00-03:00", [("29 00:00", "29 01:00")]),
    ],
)
def test_the_night_without_an_hour(hours: str, expected: list[tuple[str, str]]) -> None:
    assert on(hours, "2026-03-29") == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("Mo-Su 09:00-18:00", [("25 08:00", "25 17:00")]),
        ("Mo-Su 00:00-24:00", [("24 22:00", "25 23:00")]),
        ("Mo-Su 01:30-02:30", [("24 23:30", "25 01:30")]),
        ("Mo-Su 02:30-04:00", [("25 00:30", "25 03:00")]),
        ("Mo-Su 02:15-02:45", [("25 00:15", "25 01:45")]),
        ("Mo-Su 02:00-03:00", [("25 00:00", "25 02:00")]),
        ("Mo-Su 03:00-04:00", [("25 02:00", "25 03:00")]),
    ],
)
def test_the_night_with_an_hour_twice(hours: str, expected: list[tuple[str, str]]) -> None:
    assert on(hours, "2026-10-25") == expected


def test_a_night_across_either_change_is_whole() -> None:
    assert on("Sa 22:00-06:00", "2026-03-28", 2) == [("28 21:00", "29 04:00")]
    assert on("Sa 22:00-06:00", "2026-10-24", 2) == [("24 20:00", "25 05:00")]


def test_a_window_of_the_night_before_is_in_the_first_day() -> None:
    assert on("Mo 22:00-06:00", "2026-03-10") == [("09 23:00", "10 05:00")]
    assert on("Mo 22:00-06:00", "2026-03-09") == [("09 21:00", "09 23:00")]


def test_the_end_of_the_year_and_the_leap_day() -> None:
    assert on("Dec 31 22:00-04:00", "2026-12-31", 2) == [("31 21:00", "01 03:00")]
    assert on("Feb 29 09:00-10:00", "2028-02-29") == [("29 08:00", "29 09:00")]
    assert on("Feb 29 09:00-10:00", "2026-02-28", 2) == []
    assert on("Feb 28-Mar 01 09:00-10:00", "2028-02-28", 3) == [
        ("28 08:00", "28 09:00"), ("29 08:00", "29 09:00"), ("01 08:00", "01 09:00"),
    ]  # fmt: skip


def test_a_holiday_ends_the_night_before_it_and_has_none_of_its_own() -> None:
    assert on("Mo-Su 20:00-04:00; PH off", "2026-11-10", 3) == [
        ("09 23:00", "10 03:00"), ("10 19:00", "10 23:00"), ("12 19:00", "12 23:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("Mo-Su 20:00-04:00; Sa off", ["14 23:00"]),
        ("Mo-Su 20:00-04:00; Sa 10:00-12:00", ["14 23:00"]),
        ("Mo-Su 20:00-04:00; Sa 20:00-22:00", ["14 23:00"]),
        ("Mo-Su 20:00-04:00; Sa unknown", ["14 23:00"]),
        ("Mo-Su 20:00-04:00; Sa 20:00-25:00", ["14 23:00", "15 00:00"]),
        ("Mo-Su 20:00-04:00, Sa 10:00-12:00", ["14 23:00", "15 03:00"]),
        ("Mo-Su 20:00-04:00; Sa 12:00-13:00 off", ["14 23:00", "15 03:00"]),
        ("Sa 10:00-12:00 || Mo-Su 20:00-04:00", ["14 23:00"]),
    ],
)
def test_a_day_that_is_not_open_leaves_no_night(hours: str, expected: list[str]) -> None:
    """On Sunday 15 March: what is left of Saturday's night."""
    found = [each for each in on(hours, "2026-03-15") if each[0] == "14 23:00"]
    assert [at for each in found for at in each] == (expected if len(expected) == 2 else [])


def test_a_fallback_is_only_for_days_that_have_nothing() -> None:
    assert on("Tu 14:00-17:00 || 24/7", "2026-03-09", 3) == [
        ("08 23:00", "09 23:00"), ("10 13:00", "10 16:00"), ("10 23:00", "11 23:00"),
    ]  # fmt: skip


def test_closures_shut_openings_open_and_a_closure_wins() -> None:
    closure = Special("closure", "2026-03-10T12:00", "2026-03-10T14:00")
    late = Special("opening", "2026-03-10T13:00", "2026-03-10T22:00")
    assert on("Tu 09:00-18:00", "2026-03-10", 1, [closure]) == [
        ("10 08:00", "10 11:00"), ("10 13:00", "10 17:00"),
    ]  # fmt: skip
    assert on("Tu 09:00-18:00", "2026-03-10", 1, [late, closure]) == [
        ("10 08:00", "10 11:00"), ("10 13:00", "10 21:00"),
    ]  # fmt: skip
    assert on("off", "2026-03-10", 1, [late]) == [("10 12:00", "10 21:00")]


def test_a_special_that_lasts_beyond_is_cut_at_the_last_midnight() -> None:
    night = Special("opening", "2026-03-09T20:00", "2026-03-12T20:00")
    assert on("off", "2026-03-10", 1, [night]) == [("09 23:00", "10 23:00")]


def test_a_special_that_is_no_time_is_refused() -> None:
    with pytest.raises(InvalidHours, match="tomorrow") as refused:
        on("off", "2026-03-10", 1, [Special("closure", "tomorrow", "2026-03-10T10:00")])
    assert "2026-12-24T14:00" in refused.value.hint


# Schedules: everything that is given counts.

START = utc("2026-03-09T00:00")
CLOSURE = Special("closure", "2026-03-10T00:00", "2026-03-11T00:00")


def test_text_weekly_and_intervals_count_together() -> None:
    weekly = {"weekdays": [0], "from": "14:00", "to": "18:00"}
    given = [utc("2026-03-09T20:00"), utc("2026-03-09T21:00")]
    row = Hours("Mo 09:00-12:00", intervals=(weekly, given))
    assert bounds(row, PLACE, (), START, 2) == tuple(
        utc(f"2026-03-09T{hour}:00") for hour in ("09", "12", "14", "18", "20", "21")
    )


def test_always_is_the_whole_stretch_but_for_closures() -> None:
    row = Hours("", always=True)
    end = utc("2026-03-12T00:00")
    assert bounds(row, PLACE, (), START, 3) == (START, end)
    shut = (START, utc("2026-03-10T00:00"), utc("2026-03-11T00:00"), end)
    assert bounds(row, PLACE, (CLOSURE,), START, 3) == shut
    stubborn = Hours("", always=True, follows_calendar=False)
    assert bounds(stubborn, PLACE, (CLOSURE,), START, 3) == (START, end)
    assert is_always(row, ())
    assert not is_always(row, (CLOSURE,))
    assert is_always(stubborn, (CLOSURE,))
    assert not is_always(Hours("24/7"), ())


def test_bounds_begin_where_they_are_asked_to() -> None:
    row = Hours("Mo-Su 09:00-18:00")
    noon = utc("2026-03-09T12:00")
    assert bounds(row, PLACE, (), noon, 1) == (noon, utc("2026-03-09T18:00"))


@pytest.mark.parametrize(
    "interval",
    [
        {"weekdays": [7], "from": "09:00", "to": "18:00"},
        {"weekdays": [0], "from": "9h", "to": "18:00"},
        {"weekdays": [0], "from": "09:00", "to": "24:30"},
        {"from": "09:00", "to": "18:00"},
        [1],
        [1, "2"],
        "09:00",
    ],
)
def test_intervals_that_nobody_understands_are_refused(interval: object) -> None:
    with pytest.raises(InvalidHours, match="are no hours"):
        bounds(Hours("", intervals=(interval,)), PLACE, (), START, 7)


def test_lead_and_lag_may_make_one_of_two() -> None:
    found = bounds(Hours("Mo 09:00-12:00,12:20-13:00"), PLACE, (), START, 1)
    assert len(found) == 4
    assert shift(found, 15, 5) == (utc("2026-03-09T08:45"), utc("2026-03-09T13:05"))
    assert shift(found, 0, 0) == found


def test_chosen_weekdays_are_from_midnight_to_midnight() -> None:
    found = bounds(Hours("Mo-Su 20:00-02:00"), PLACE, (), START, 3)
    assert only_weekdays(found, [1], PARIS) == tuple(
        utc(each)
        for each in (
            "2026-03-10T00:00", "2026-03-10T02:00", "2026-03-10T20:00", "2026-03-11T00:00",
        )
    )  # fmt: skip
    assert only_weekdays(found, [], PARIS) == ()
    assert only_weekdays((), [1], PARIS) == ()


# Accounting periods.


def test_a_day_begins_at_its_cut_off() -> None:
    starts = periods.days(PARIS, 180, date(2026, 3, 28), 3)
    assert starts == tuple(utc(f"2026-03-{day}T03:00") for day in (28, 29, 30))
    assert [end - start for start, end in pairwise(starts)] == [82800, 86400]
    autumn = periods.days(PARIS, 180, date(2026, 10, 24), 3)
    assert [end - start for start, end in pairwise(autumn)] == [90000, 86400]


def test_a_cut_off_that_the_clock_skips_is_the_moment_of_the_jump() -> None:
    assert periods.days(PARIS, 150, date(2026, 3, 29), 1) == (z("2026-03-29T01:00"),)
    assert periods.days(PARIS, 150, date(2026, 10, 25), 1) == (z("2026-10-25T00:30"),)


def test_half_days_weeks_and_months() -> None:
    halves = periods.half_days(PARIS, 180, date(2026, 12, 31), 2, 780)
    assert halves == tuple(
        utc(each)
        for each in (
            "2026-12-31T03:00", "2026-12-31T13:00", "2027-01-01T03:00", "2027-01-01T13:00",
        )
    )  # fmt: skip
    weeks = periods.weeks(PARIS, 180, date(2026, 12, 31), 2)
    assert weeks == (utc("2026-12-28T03:00"), utc("2027-01-04T03:00"))
    months = periods.months(PARIS, 180, date(2026, 12, 31), 3)
    assert months == tuple(
        utc(each) for each in ("2026-12-01T03:00", "2027-01-01T03:00", "2027-02-01T03:00")
    )


def test_a_half_day_may_begin_after_midnight() -> None:
    halves = periods.half_days(PARIS, 780, date(2026, 3, 9), 1, 60)
    assert halves == (utc("2026-03-09T13:00"), utc("2026-03-10T01:00"))


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-03-10T02:59", "2026-03-09"),
        ("2026-03-10T03:00", "2026-03-10"),
        ("2026-12-31T23:59", "2026-12-31"),
        ("2027-01-01T02:59", "2026-12-31"),
        ("2028-03-01T02:59", "2028-02-29"),
        ("2026-03-29T01:59", "2026-03-28"),
        ("2026-03-29T03:00", "2026-03-29"),
    ],
)
def test_a_night_counts_for_the_day_before(local: str, day: str) -> None:
    assert periods.local_day(utc(local), PARIS, 180) == day


def test_each_instant_counts_for_the_day_whose_period_it_is_in() -> None:
    first = date(2026, 3, 27)
    for cut_off in (0, 150, 180, 600):
        starts = periods.days(PARIS, cut_off, first, 5)
        for number, (start, end) in enumerate(pairwise(starts)):
            named = {periods.local_day(at, PARIS, cut_off) for at in (start, end - 1)}
            assert named == {f"2026-03-{27 + number}"}
