"""Holidays of a place: public ones by country and department, school ones by zone."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import holidays as calendars

from loquet_server.hours.locality import Locality

SCHOOL_ZONES: Final = ("A", "B", "C")
SCHOOL_FROM: Final = date(2017, 9, 1)
SCHOOL_UNTIL: Final = date(2028, 8, 31)
"""School holidays are decreed a year or two ahead: the last day of 2027-2028, whose calendar is
that of the decree (arrêté) of 21 July 2026. What lies beyond is not known to anybody."""

_FRENCH_SUBDIVISIONS: Final[Mapping[str, str]] = {
    "57": "57", "67": "6AE", "68": "6AE",
    "971": "971", "972": "972", "973": "973", "974": "974", "975": "PM", "976": "976",
    "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip


def holidays_of(locality: Locality, year: int, language: str = "") -> dict[date, str]:
    """Return the public holidays of a year and their names.

    ``language`` "fr" or "en"; the country's own where that is "", or not known.
    """
    return dict(_public(locality.country, locality.department, year, language))


def school_holidays(
    locality: Locality, first: date, days: int, language: str = ""
) -> list[tuple[date, date, str]]:
    """Return school holidays that touch so many days: first day, last day, name.

    Empty without a zone, and beyond what has been decreed.
    """
    named = [
        (day, _school(locality, day.year, language).get(day))
        for day in (first + timedelta(number) for number in range(days))
    ]
    found: list[tuple[date, date, str]] = []
    for day, name in named:
        if name is None:
            continue
        if found and found[-1][1] == day - timedelta(1) and found[-1][2] == name:
            found[-1] = (found[-1][0], day, name)
        else:
            found.append((day, day, name))
    return found


def is_public(locality: Locality, day: date) -> bool:
    """Return whether a day is a public holiday."""
    return day in _public(locality.country, locality.department, day.year, "")


def is_school_holiday(locality: Locality, day: date) -> bool:
    """Return whether a day is known to be a school holiday."""
    return day in _school(locality, day.year, "")


def school_known(locality: Locality, day: date) -> bool:
    """Return whether it is known if a day is a school holiday."""
    zone = locality.country == "FR" and locality.school_zone in SCHOOL_ZONES
    return zone and SCHOOL_FROM <= day <= SCHOOL_UNTIL


@lru_cache(maxsize=256)
def _public(country: str, department: str, year: int, language: str) -> Mapping[date, str]:
    try:
        calendar = calendars.country_holidays(
            country,
            subdiv=_subdivision(country, department),
            years=year,
            language=_language(country, language),
        )
    except NotImplementedError:
        # The library's word for a country that it does not know: then no day is a holiday, and
        # whoever names holidays in hours is told so (``traps``: holidays_unknown).
        return MappingProxyType({})
    return MappingProxyType({day: calendar[day] for day in sorted(calendar)})


@lru_cache(maxsize=64)
def _school(locality: Locality, year: int, language: str) -> Mapping[date, str]:
    zone = locality.school_zone
    if locality.country != "FR" or zone not in SCHOOL_ZONES:
        return MappingProxyType({})
    found = calendars.country_holidays(
        "FR",
        subdiv=f"Zone {zone}",
        years=year,
        categories=("school",),
        language=_language("FR", language),
    )
    return MappingProxyType(
        {day: found[day] for day in sorted(found) if SCHOOL_FROM <= day <= SCHOOL_UNTIL}
    )


def _language(country: str, wanted: str) -> str | None:
    """Return the language that the library has for a country and comes nearest."""
    spoken = calendars.country_holidays(country)
    nearest = (each for each in spoken.supported_languages if each.split("_")[0] == wanted)
    return next(nearest, spoken.default_language)


def _subdivision(country: str, department: str) -> str | None:
    if country == "FR":
        return _FRENCH_SUBDIVISIONS.get(department)
    known = calendars.list_supported_countries().get(country, [])
    return department if department in known else None
