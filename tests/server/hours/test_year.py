"""A year as the page shows it, read back from the bounds."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_server.hours.calendar import InvalidHours, Locality, Special
from loquet_server.hours.year import Day, days_of_bounds, days_of_year
from tests.server.hours.minutes import PARIS, Hours, on_a_unit, utc

PLACE = Locality(PARIS, "FR", "67", "B")
WORK = Hours("Mo-Fr 09:00-12:00,14:00-18:00; PH off")


def year(hours: Hours, specials: tuple[Special, ...] = (), of: int = 2026) -> dict[date, Day]:
    found = days_of_year(hours, PLACE, specials, of)
    assert [each.date for each in found] == sorted(each.date for each in found)
    return {each.date: each for each in found}


def test_each_day_of_the_year_is_there_once() -> None:
    assert len(year(WORK)) == 365
    assert len(year(WORK, of=2028)) == 366
    assert year(WORK, of=2028)[date(2028, 2, 29)].spans == ((540, 720), (840, 1080))


def test_a_day_says_when_and_why() -> None:
    found = year(WORK, (Special("closure", "2026-12-24T12:00", "2026-12-26T00:00"),))
    assert found[date(2026, 12, 23)] == Day(
        date(2026, 12, 23), ((540, 720), (840, 1080)), school="Vacances de Noël"
    )
    assert found[date(2026, 12, 24)].spans == ((540, 720),)
    assert found[date(2026, 12, 24)].special == "closure"
    assert found[date(2026, 12, 26)].special == ""
    assert found[date(2026, 12, 26)].holiday == "Saint-Étienne"
    assert found[date(2026, 4, 3)].holiday == "Vendredi saint"
    assert found[date(2026, 4, 3)].spans == ()


def test_names_come_in_the_language_of_the_page() -> None:
    found = days_of_year(WORK, PLACE, (), 2026, "en")
    assert found[0].holiday == "New Year's Day"
    assert found[0].school == "Christmas Break"


def test_a_closure_is_said_rather_than_an_opening_of_the_same_day() -> None:
    specials = (
        Special("closure", "2026-03-10T12:00", "2026-03-10T13:00"),
        Special("opening", "2026-03-10T08:00", "2026-03-11T10:00"),
    )
    found = year(WORK, specials)
    assert [found[date(2026, 3, day)].special for day in (9, 10, 11, 12)] == [
        "", "closure", "opening", "",
    ]  # fmt: skip
    assert found[date(2026, 3, 10)].spans == ((480, 720), (780, 1440))
    assert found[date(2026, 3, 11)].spans == ((0, 720), (840, 1080))


def test_a_night_is_shown_on_both_days() -> None:
    found = year(Hours("Tu 22:00-02:00"))
    assert found[date(2026, 3, 10)].spans == ((1320, 1440),)
    assert found[date(2026, 3, 11)].spans == ((0, 120),)


@pytest.mark.parametrize(
    ("start", "end", "spans"),
    [
        ("2026-10-25T01:00+02:00", "2026-10-25T04:00+01:00", ((60, 240),)),
        ("2026-10-25T02:50+02:00", "2026-10-25T02:10+01:00", ((120, 130), (170, 180))),
        ("2026-10-25T02:10+02:00", "2026-10-25T02:50+01:00", ((120, 180),)),
        ("2026-10-25T02:10+01:00", "2026-10-25T02:20+01:00", ((130, 140),)),
        ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", ((0, 1440),)),
        ("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", ((90, 210),)),
        ("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", ((0, 1440),)),
    ],
)
def test_the_nights_of_the_clocks_are_shown_as_the_wall_does(
    start: str, end: str, spans: tuple[tuple[int, int], ...]
) -> None:
    found = days_of_bounds(
        (utc_of(start), utc_of(end)), PLACE, (), date.fromisoformat(start[:10]), 1
    )
    assert found[0].spans == spans


def utc_of(text: str) -> int:
    """Return UTC seconds of an ISO time with its offset."""
    return int(datetime.fromisoformat(text).timestamp())


ZONES = {
    PARIS: ("2026-03-28", "2026-10-24"),
    "America/Havana": ("2026-03-07", "2026-10-31"),
    "Africa/Cairo": ("2026-04-23", "2026-10-29"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),
    "Asia/Tokyo": ("2026-02-28",),
}
"""Zones that jump in the small hours, at midnight, by half an hour, and never."""


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(ZONES)), st.integers(0, 1), st.sets(st.integers(0, 288), min_size=1))
def test_a_minute_is_shown_if_it_is_open_at_any_of_its_times(
    zone: str, which: int, edges: set[int]
) -> None:
    place = Locality(zone)
    first = date.fromisoformat(ZONES[zone][which % len(ZONES[zone])])
    start, end = (utc(f"{first + timedelta(days)}T00:00", zone) for days in (0, 3))
    edges = {start + edge * 900 for edge in edges if start + edge * 900 <= end}
    bounds = tuple(sorted(edges))[: len(edges) // 2 * 2]
    unit = on_a_unit(bounds)
    expected: dict[date, dict[int, bool]] = {}
    for at in range(start, end, 60):
        shown = datetime.fromtimestamp(at, ZoneInfo(zone))
        minutes = expected.setdefault(shown.date(), {})
        minute = shown.hour * 60 + shown.minute
        minutes[minute] = minutes.get(minute, False) or unit.contains(at)
    for day in days_of_bounds(bounds, place, (), first, 3):
        wrong = [at for at, is_open in expected[day.date].items() if day.contains(at) != is_open]
        assert wrong == []


def test_a_day_answers_for_a_minute() -> None:
    day = year(WORK)[date(2026, 3, 10)]
    assert [day.contains(minute) for minute in (539, 540, 719, 720, 1079, 1080)] == [
        False, True, True, False, True, False,
    ]  # fmt: skip


def test_hours_that_cannot_be_read_show_nothing() -> None:
    with pytest.raises(InvalidHours):
        year(Hours("Mo-Fr 9h"))


def test_days_may_be_any_stretch() -> None:
    found = days_of_bounds(
        (utc("2026-12-31T20:00"), utc("2027-01-01T03:00")), PLACE, (), date(2026, 12, 31), 2
    )
    assert [each.date for each in found] == [date(2026, 12, 31) + timedelta(n) for n in range(2)]
    assert [each.spans for each in found] == [((1200, 1440),), ((0, 180),)]
