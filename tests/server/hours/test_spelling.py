"""Where hours cannot be read, the error says where, and what may have been meant."""

from datetime import date

import pytest

from loquet_server.hours import words
from loquet_server.hours.calendar import InvalidHours, Locality, opening, read
from loquet_server.web.i18n import translations
from tests.server.hours.minutes import PARIS


def refused(hours: str) -> InvalidHours:
    with pytest.raises(InvalidHours) as caught:
        opening(hours, Locality(PARIS), date(2026, 1, 1), 7)
    return caught.value


@pytest.mark.parametrize(
    ("hours", "at", "hint"),
    [
        ("Mo-Fr 9h-18h", "9h-18h", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 9h30-12h 14h-18h", "9h30-12h", "Mo-Fr 09:30-12:00,14:00-18:00"),
        ("lundi au vendredi de 9h à 18h", "lundi", "Mo-Fr 09:00-18:00"),
        ("Lu-Ve 09:00-18:00", "Lu-Ve", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 09:00–18:00", "–18:00", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr: 9.00-18.00", ":", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 9am-6pm", "9am-6pm", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 9-18", "9-18", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 0900-1800", "0900-1800", "Mo-Fr 09:00-18:00"),
        ("tous les jours 8h-20h", "tous", "Mo-Su 08:00-20:00"),
        ("7j/7 24h/24", "7j/7", "24/7"),
        ("Mo-Fr 09:00-18:00; ph off", "ph", "Mo-Fr 09:00-18:00; PH off"),
        ("Mo-Fr 09:00-18:00, fermé les jours fériés", "fermé", "Mo-Fr 09:00-18:00; PH off"),
        ("Mo-Fr 09:00-18:00\nSa 10:00-12:00", "Sa", "Mo-Fr 09:00-18:00; Sa 10:00-12:00"),
        ("Mo 10:00-12:00,Tu 14:00-16:00", "Tu", "Mo 10:00-12:00, Tu 14:00-16:00"),
        ("25 Dec off", "25", "Dec 25 off"),
        ("Mo-Fr 8h30 - 12h / 13h30 - 18h", "8h30", "Mo-Fr 08:30-12:00,13:30-18:00"),
        ("Mo,PH,Tu 10:00-11:00", "Tu", "Mo,Tu,PH 10:00-11:00"),
        (
            "du lundi au samedi : 9h30-12h30 et 14h-19h, fermé le dimanche",
            "du",
            "Mo-Sa 09:30-12:30,14:00-19:00; Su off",
        ),
    ],
)
def test_what_was_meant_is_proposed(hours: str, at: str, hint: str) -> None:
    error = refused(hours)
    assert error.position is not None
    assert hours[error.position :].startswith(at)
    assert error.hint == f"Write {hint}"
    read(hint)


@pytest.mark.parametrize(
    ("hours", "code", "position"),
    [
        ("", "empty", 0),
        ("  \n ", "empty", 0),
        ("quand on veut", "unreadable", 0),
        ("Mo-Fr 09:00", "unfinished", 11),
        ("Mo-Fr 25:00-26:00", "unreadable", 6),
        ("Mo-Fr 09:00-sunset", "sun", 12),
        ("sunrise-18:00", "sun", 0),
        ("Mo (dawn+01:00)-18:00", "sun", 4),
        ("Mo-Fr 10:00-16:00/02:00", "repeated", 6),
        ("Mo-Fr PH 10:00-12:00", "unclear_days", 0),
        ('Mo-Fr 10:00-12:00 "sur rdv', "unreadable", 18),
        ('"sur rdv":', "unclear_days", 0),
    ],
)
def test_each_kind_of_mistake_has_its_place(hours: str, code: str, position: int) -> None:
    error = refused(hours)
    assert (error.code, error.position) == (code, position)
    assert error.hint


def test_hours_that_are_far_too_long_are_refused() -> None:
    assert refused("Mo 09:00-10:00; " * 2000 + "PH off").code == "too_long"
    assert refused("Mo 09:00-10:00; " * 40 + "PH off").code == "too_long"
    read("Mo 09:00-10:00; " * 39 + "PH off")


def test_a_place_counts_the_spaces_as_they_were_written() -> None:
    error = refused("  Mo-Fr    9h-18h")
    assert error.position == 11


def test_errors_are_said_in_french_too() -> None:
    said, advised = words.problem(refused("Mo-Fr 9h-18h"), translations("fr").gettext)
    assert said == "« 9h-18h » n'est pas compris."
    assert advised == "Écrivez Mo-Fr 09:00-18:00"


def test_an_error_of_somebody_else_is_said_as_it_is() -> None:
    assert words.problem(InvalidHours("no", None, "yes"), str.upper) == ("no", "yes")


def test_spaces_and_a_last_semicolon_do_not_matter() -> None:
    one, other = (
        opening(hours, Locality(PARIS), date(2026, 1, 1), 30)
        for hours in ("Mo-Fr   09:00-12:00 ;\n PH off ; ", "Mo-Fr 09:00-12:00; PH off")
    )
    assert one == other
