"""Public holidays by department, school holidays by zone."""

from datetime import date

import pytest

from loquet_server.hours.calendar import Locality, holidays_of, opening, school_holidays
from loquet_server.hours.holidays import SCHOOL_UNTIL, school_known
from tests.server.hours.minutes import PARIS

GOOD_FRIDAY, SAINT_STEPHEN = date(2026, 4, 3), date(2026, 12, 26)


def french(department: str = "", zone: str = "") -> Locality:
    return Locality(PARIS, "FR", department, zone)


def test_france_has_eleven_holidays_with_french_names() -> None:
    found = holidays_of(french("75"), 2026)
    assert len(found) == 11
    assert found[date(2026, 7, 14)] == "Fête nationale"
    assert found[date(2026, 5, 14)] == "Ascension"
    assert holidays_of(french(), 2026, "en")[date(2026, 7, 14)] == "National Day"


@pytest.mark.parametrize("department", ["57", "67", "68"])
def test_alsace_and_moselle_have_two_more(department: str) -> None:
    found = holidays_of(french(department), 2026)
    assert len(found) == 13
    assert {GOOD_FRIDAY, SAINT_STEPHEN} <= found.keys()


@pytest.mark.parametrize("department", ["", "54", "88", "2A", "75"])
def test_their_neighbours_have_not(department: str) -> None:
    assert not {GOOD_FRIDAY, SAINT_STEPHEN} & holidays_of(french(department), 2026).keys()


@pytest.mark.parametrize(
    ("department", "day"),
    [
        ("971", date(2026, 5, 27)),
        ("972", date(2026, 5, 22)),
        ("973", date(2026, 6, 10)),
        ("974", date(2026, 12, 20)),
        ("976", date(2026, 4, 27)),
        ("988", date(2026, 9, 24)),
    ],
)
def test_overseas_departments_keep_their_own(department: str, day: date) -> None:
    assert day in holidays_of(french(department), 2026)
    assert day not in holidays_of(french("75"), 2026)


def test_a_country_that_nobody_knows_has_none() -> None:
    assert holidays_of(Locality(PARIS, "XX"), 2026) == {}


def test_another_country_has_its_own() -> None:
    found = holidays_of(Locality("Europe/Brussels", "BE"), 2026)
    assert date(2026, 7, 21) in found
    assert date(2026, 7, 14) not in found


@pytest.mark.parametrize(
    ("zone", "winter", "spring"),
    [
        ("A", (date(2026, 2, 7), date(2026, 2, 22)), (date(2026, 4, 4), date(2026, 4, 19))),
        ("B", (date(2026, 2, 14), date(2026, 3, 1)), (date(2026, 4, 11), date(2026, 4, 26))),
        ("C", (date(2026, 2, 21), date(2026, 3, 8)), (date(2026, 4, 18), date(2026, 5, 3))),
    ],
)
def test_zones_go_one_after_the_other(
    zone: str, winter: tuple[date, date], spring: tuple[date, date]
) -> None:
    found = school_holidays(french(zone=zone), date(2026, 2, 1), 100)
    assert [(first, last) for first, last, _ in found][:2] == [winter, spring]


def test_the_break_around_new_year_is_one() -> None:
    found = school_holidays(french(zone="A"), date(2026, 12, 1), 60)
    assert found == [(date(2026, 12, 19), date(2027, 1, 3), "Vacances de Noël")]


def test_only_what_is_decreed_is_known() -> None:
    assert school_known(french(zone="B"), SCHOOL_UNTIL)
    assert not school_known(french(zone="B"), date(2028, 9, 1))
    assert not school_known(french(), date(2026, 9, 1))
    assert not school_known(Locality("Europe/Brussels", "BE", "", "A"), date(2026, 9, 1))
    assert school_holidays(french(zone="B"), date(2028, 9, 1), 400) == []


def test_without_a_zone_school_rules_never_count() -> None:
    assert opening("SH 10:00-12:00", french(), date(2026, 1, 1), 365) == ()
    assert len(opening("SH 10:00-12:00", french(zone="C"), date(2026, 2, 1), 60)) == 16


def test_a_rule_may_hold_in_one_department_alone() -> None:
    hours = "PH 10:00-12:00"
    assert opening(hours, french("67"), GOOD_FRIDAY, 1)
    assert not opening(hours, french("54"), GOOD_FRIDAY, 1)
