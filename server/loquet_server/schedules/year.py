"""A schedule's calendar as a page shows it: a week, and twelve small months.

Days that follow each other and differ in the same way are said once below their month.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from babel.dates import format_date

from loquet_server.hours.year import Day
from loquet_server.timetable.words import spans_text
from loquet_server.web.i18n import N_, Translations

SPECIALS = {"closure": N_("closure"), "opening": N_("exceptional opening")}


@dataclass(frozen=True, slots=True)
class DayView:
    """A day in words. ``mood``: open or closed; ``why`` it differs, or nothing."""

    number: int
    name: str
    hours: str
    why: str
    mood: str
    marked: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Some days of a month in words: which, why they differ, and when it is open on them."""

    days: str
    why: str
    hours: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its weeks from Monday, None where a day is not its own, and what to say of it."""

    name: str
    weeks: list[list[DayView | None]]
    notes: list[Note]


def months(
    days: Sequence[Day], names: Mapping[date, str], today: date, texts: Translations
) -> list[Month]:
    """Return whole months of days; ``names``: of the calendar's entries."""
    views = {day.date: _view(day, names, today, texts) for day in days}
    made = []
    for year, number in dict.fromkeys((day.date.year, day.date.month) for day in days):
        weeks = [
            [views[each] if each.month == number else None for each in week]
            for week in calendar.Calendar().monthdatescalendar(year, number)
        ]
        inside = [each for week in weeks for each in week if each is not None]
        name = format_date(date(year, number, 1), "LLLL y", locale=texts.locale)
        made.append(Month(str(name), weeks, _notes(inside)))
    return made


def week(
    days: Iterable[Day], names: Mapping[date, str], today: date, texts: Translations
) -> list[DayView]:
    """Return days in words."""
    return [_view(day, names, today, texts) for day in days]


def _notes(days: Iterable[DayView]) -> list[Note]:
    notes = []
    for (marked, why, hours), group in groupby(
        days, key=lambda day: (day.marked, day.why, day.hours)
    ):
        found = [day.number for day in group]
        if marked:
            label = str(found[0]) if len(found) == 1 else f"{found[0]}–{found[-1]}"
            notes.append(Note(label, why, hours))
    return notes


def _view(day: Day, names: Mapping[date, str], today: date, texts: Translations) -> DayView:
    special = texts.gettext(SPECIALS[day.special]) if day.special else ""
    return DayView(
        day.date.day,
        format_date(day.date, "EEEE d MMM", locale=texts.locale),
        spans_text(day.spans, texts),
        ", ".join(each for each in (day.holiday, names.get(day.date, special)) if each),
        "open" if day.spans else "closed",
        bool(day.holiday or day.special),
        day.date == today,
    )
