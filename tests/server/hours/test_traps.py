"""Known traps are said, and ordinary hours are left in peace."""

from datetime import date
from typing import Any

import pytest

from loquet_server.hours import words
from loquet_server.hours.calendar import InvalidHours, Locality, warnings
from loquet_server.web.i18n import translations
from tests.server.hours.minutes import PARIS

PLACE = Locality(PARIS, "FR", "", "A")


def codes(hours: str, locality: Locality = PLACE, year: int = 2026) -> list[str]:
    return [each.code for each in warnings(hours, locality, year)]


@pytest.mark.parametrize(
    "hours",
    [
        "24/7",
        "24/7; PH off",
        "Mo-Fr 09:00-18:00; PH off",
        "Mo-Fr 09:00-12:00,14:00-18:00; Sa 10:00-12:00; PH off",
        "Mo-Fr 09:00-18:00; Jul-Aug Mo-Fr 09:00-16:00; PH off",
        "Mo-Fr 09:00-19:00; We 10:00-18:00; PH off",
        "Mo-Fr 09:00-18:00; SH Mo-Fr 10:00-16:00; PH off",
        'Mo-Fr 09:00-18:00; PH off "jour férié"',
        "Mo-Fr,PH 09:00-18:00",
        "Mo-Fr 18:00-24:00; PH off",
        "Mo-Fr 09:00-17:00, Tu 19:00-21:00; PH off",
    ],
)
def test_ordinary_hours_warn_of_nothing(hours: str) -> None:
    assert codes(hours) == []


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ("off", "never_open"),
        ('Mo-Fr 09:00-18:00 "sur rendez-vous"', "never_open"),
        ('Mo-Fr 09:00-18:00; Sa 10:00-12:00 "sur rendez-vous"; PH off', "commented"),
        ("Mo-Fr 09:00-18:00; Sa 10:00-12:00 unknown; PH off", "unknown"),
        ("Mo-Fr 09:00-18:00; Sa 18:00+; PH off", "open_end"),
        ("Mo-Fr 09:00-18:00+; PH off", "open_end"),
        ("Mo-Fr 09:00-12:00; Mo-Fr 14:00-18:00; PH off", "overridden"),
        ("Mo-Fr 09:00-12:00; Mo-We 14:00-18:00; Th-Fr 15:00-18:00; PH off", "overridden_partly"),
        ("Mo-Fr 09:00-12:00; We,Th 14:00-18:00; PH off", "overridden_partly"),
        ("PH off; Mo-Fr 09:00-18:00", "holidays_overridden"),
        ("PH off, Mo-Fr 09:00-18:00", "holidays_overridden"),
        ("SH off; Mo-Fr 09:00-18:00; PH off", "holidays_overridden"),
        ("Mo-Fr 09:00-18:00", "holidays_not_mentioned"),
        ("24/7; Sa 10:00-12:00; PH off", "always_and_more"),
        ("Mo, We 10:00-12:00; PH off", "all_day"),
        ("Mo-Fr 09:00-12:00 , 14:00-18:00; PH off", "every_day"),
        ("mar 10:00-12:00; PH off", "march"),
        ("Mo 10:00-10:00; PH off", "around_the_clock"),
        ("Mo 14:00-09:00; PH off", "long_night"),
        ("Fr 20:00-26:00; PH off", "beyond_midnight"),
        ("Fr 22:00-02:00; Sa 10:00-12:00; PH off", "night_cut"),
        ("Sa 10:00-12:00; Fr 22:00-02:00; PH off", "night_cut"),
        ("Mo-Su 22:00-02:00; PH off", "night_before_holiday"),
        ("Mo-Fr 09:00-18:00; 2024 Dec 24 off; PH off", "no_day"),
    ],
)
def test_a_trap_is_said(hours: str, code: str) -> None:
    assert code in codes(hours)


def test_a_warning_names_the_rules_and_the_day() -> None:
    found = warnings("Mo-Fr 09:00-18:00", PLACE, 2026)
    assert found[0].args == {"name": "Jour de l'an", "day": date(2026, 1, 1)}
    replaced = warnings("Mo 09:00-12:00; Mo 14:00-18:00; PH off", PLACE, 2026)[0]
    assert replaced.args == {"rule": "Mo 09:00-12:00", "later": "Mo 14:00-18:00"}
    assert str(replaced).startswith("“Mo 09:00-12:00” never counts")


def test_school_rules_need_a_zone_and_a_year_that_is_decreed() -> None:
    hours = "Mo-Fr 09:00-18:00; SH off; PH off"
    assert codes(hours) == []
    assert codes(hours, Locality(PARIS, "FR")) == ["school_zone_missing"]
    assert codes(hours, PLACE, 2028) == ["school_unknown"]


def test_holidays_of_an_unknown_country_never_count() -> None:
    assert codes("Mo-Fr 09:00-18:00; PH off", Locality(PARIS, "XX")) == ["holidays_unknown"]


def test_hours_that_cannot_be_read_have_an_error_instead() -> None:
    with pytest.raises(InvalidHours):
        warnings("Mo-Fr 9h", PLACE, 2026)


class Named(dict[str, Any]):
    """Takes note of the names that a text asks for."""

    def __missing__(self, key: str) -> str:
        self[key] = ""
        return ""


@pytest.mark.parametrize("table", [words.PROBLEMS, words.HINTS, words.TRAPS])
def test_every_sentence_has_its_french_with_the_same_names(table: dict[str, str]) -> None:
    french = translations("fr")
    for text in table.values():
        translated = french.gettext(text)
        assert translated != text
        english_names, french_names = Named(), Named()
        _ = text % english_names, translated % french_names
        assert english_names == french_names


def test_problems_and_hints_are_of_the_same_codes() -> None:
    assert words.PROBLEMS.keys() == words.HINTS.keys()
