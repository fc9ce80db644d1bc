"""What places write: the page, the policy and the unit agree for every minute of two years."""

import random
import re

import pytest

from loquet_server.hours.calendar import read
from loquet_server.hours.nights import any_night
from loquet_server.hours.schedules import bounds
from loquet_server.hours.year import days_of_year
from tests.server.hours.minutes import (
    DAYS,
    END,
    START,
    YEARS,
    Hours,
    Place,
    by_library,
    by_page,
    by_unit,
    known_minutes,
    on_a_unit,
    places,
    shown,
    twice,
    utc,
)

PLACES = places()
LOCAL = re.compile(r"\b(PH|SH)\b")
UNCERTAIN = re.compile(r'"|unknown|\+')
AND = re.compile(r"\b(PH|SH) (Mo|Tu|We|Th|Fr|Sa|Su)")


def named(found: list[Place]) -> dict[str, object]:
    return {"argvalues": found, "ids": [each.name for each in found]}


PLAIN = [each for each in PLACES if not LOCAL.search(each.hours)]
CERTAIN = [each for each in PLAIN if not UNCERTAIN.search(each.hours)]
NATIONAL = [
    each
    for each in PLACES
    if "PH" in each.hours
    and "SH" not in each.hours
    and not AND.search(each.hours)
    and not UNCERTAIN.search(re.sub(r'off "[^"]*"', "off", each.hours))
    and not each.locality.department
]


def test_the_table_is_long_enough_and_says_no_place_twice() -> None:
    assert len(PLACES) >= 60
    assert len({each.name for each in PLACES}) == len({each.hours for each in PLACES})
    assert len(CERTAIN) >= 25
    assert len(NATIONAL) >= 12


@pytest.mark.parametrize("place", **named(PLACES))  # type: ignore[arg-type]
def test_a_place_is_open_when_anybody_would_say_so(place: Place) -> None:
    unit = on_a_unit(bounds(Hours(place.hours), place.locality, (), START, DAYS))
    assert [at for at in place.open if not unit.contains(utc(at))] == []
    assert [at for at in place.shut if unit.contains(utc(at))] == []


@pytest.mark.parametrize("place", **named(PLACES))  # type: ignore[arg-type]
def test_page_policy_and_unit_agree_for_every_minute(place: Place) -> None:
    hours = Hours(place.hours)
    unit = on_a_unit(bounds(hours, place.locality, (), START, DAYS))
    page = by_page(day for year in YEARS for day in days_of_year(hours, place.locality, (), year))
    seen = by_unit(unit)
    assert known_minutes(page) == known_minutes(shown(seen))
    for at in random.Random(place.hours).sample(range(START, END, 60), 400):
        assert unit.contains(at) == bool(seen[(at - START) // 60])


@pytest.mark.parametrize("place", **named(CERTAIN))  # type: ignore[arg-type]
def test_without_holidays_the_library_says_the_same(place: Place) -> None:
    same_as_library(place, by_library(place.hours))


@pytest.mark.parametrize("place", **named(NATIONAL))  # type: ignore[arg-type]
def test_with_national_holidays_the_library_says_the_same(place: Place) -> None:
    same_as_library(place, by_library(place.hours, "FR"))


def same_as_library(place: Place, library: bytearray) -> None:
    """The same on the wall, but in the hour that comes twice: there a span is whole.

    Where there are nights, never more: a day that is shut leaves none.
    """
    page = by_page(
        day for year in YEARS for day in days_of_year(Hours(place.hours), place.locality, (), year)
    )
    for begin, end in twice():
        assert all(page[at] for at in range(begin, end) if library[at])
        page[begin:end] = library[begin:end]
    if any_night(read(place.hours)):
        assert not any(
            here and not there
            for here, there in zip(known_minutes(page), known_minutes(library), strict=True)
        )
    else:
        assert known_minutes(page) == known_minutes(library)
