"""The weekly form of hours: a line per weekday, typed as people write hours."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, Literal

from pydantic import BaseModel

from loquet_server.hours.form import MOST_SPANS, OnHolidays, Spans, WeeklyForm, from_hours, to_hours
from loquet_server.models import Schedule
from loquet_server.people.text import Name
from loquet_server.schedules.schemas import ScheduleIn
from loquet_server.timetable.clock import DAY_MINUTES, clock
from loquet_server.timetable.names import Long
from loquet_server.web.i18n import N_

DAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
CLOSED: Final = {"", "-", "–", "closed", "off", "fermé", "ferme", "fermée"}
ALL_DAY: Final = {"24/24", "24h/24", "24h", "24"}
_TIME = r"(\d{1,2})(?:\s*(?:[:hH.]|heures?)\s*(\d{2})?)?"
_SPAN: Final = re.compile(rf"{_TIME}\s*(?:-|–|—|à|to|a)\s*{_TIME}")
_BETWEEN: Final = re.compile(r"[\s,;+/]*(?:et|and|puis|then)?[\s,;]*")
UNCLEAR: Final = N_("Write times such as 9:00-12:30, 14:00-18:00; up to three. Empty: closed.")
TOO_RICH: Final = N_(
    "This text says more than the weekly form can hold, so it stays a text. Empty it to start"
    " the form afresh."
)


class HoursForm(BaseModel):
    """What a person types. ``mode``: the weekly form, a text, or day and night."""

    name: Name
    mode: Literal["week", "text", "always"] = "week"
    text: Long = ""
    mo: Long = ""
    tu: Long = ""
    we: Long = ""
    th: Long = ""
    fr: Long = ""
    sa: Long = ""
    su: Long = ""
    on_holidays: OnHolidays = OnHolidays.AS_USUAL
    ph: Long = ""
    follows_calendar: bool = False
    opening: bool = False
    step: Literal["look", "save", "back", "week", "text", "always"] = "look"

    def schedule(self) -> ScheduleIn:
        """Return what is meant; raise UnclearDay."""
        always = self.mode == "always"
        hours = "" if always else self.text if self.mode == "text" else to_hours(self._week())
        return ScheduleIn(
            name=self.name, always=always, hours=hours, follows_calendar=self.follows_calendar
        )

    def _week(self) -> WeeklyForm:
        own = _read("ph", self.ph) if self.on_holidays is OnHolidays.OWN else ()
        days = tuple(_read(day, getattr(self, day)) for day in DAYS)
        return WeeklyForm(days, self.on_holidays, own)


class UnclearDay(ValueError):
    """The line of a weekday cannot be understood; ``day`` is its field."""

    def __init__(self, day: str) -> None:
        super().__init__(UNCLEAR)
        self.day = day


def typed_of(row: Schedule) -> dict[str, Any]:
    """Return a schedule as the form shows it: by the week where that says it all."""
    text = written(row.hours, row.intervals)
    common = {"name": row.name, "follows_calendar": row.follows_calendar, "text": text or ""}
    if row.always:
        return {**common, "mode": "always"}
    week = None if text is None else weekly(text)
    return {**common, "mode": "text"} if week is None else {**common, "mode": "week", **week}


def weekly(text: str) -> dict[str, Any] | None:
    """Return a text as the weekly form shows it; None where the form cannot say it."""
    form = from_hours(text) if text.strip() else WeeklyForm(on_holidays=OnHolidays.CLOSED)
    if form is None:
        return None
    shown = {day: write_spans(spans) for day, spans in zip(DAYS, form.days, strict=True)}
    return {**shown, "on_holidays": form.on_holidays.value, "ph": write_spans(form.holiday)}


def read_spans(typed: str) -> Spans | None:
    """Return the spans of a day in minutes, sorted; None for what is not understood.

    An end that is not after its start is on the next day: ``20-2`` is 20:00 to 02:00.
    """
    text = typed.strip().lower()
    if text in CLOSED:
        return ()
    if text in ALL_DAY:
        return ((0, DAY_MINUTES),)
    found, at = [], 0
    for match in _SPAN.finditer(text):
        if not _BETWEEN.fullmatch(text[at : match.start()]):
            return None
        begin, end = _minutes(match[1], match[2]), _minutes(match[3], match[4])
        if begin is None or end is None or begin == DAY_MINUTES:
            return None
        found.append((begin, end if end > begin else end + DAY_MINUTES))
        at = match.end()
    if not found or text[at:].strip(" ,;.") or len(found) > MOST_SPANS:
        return None
    found.sort()
    return None if any(one[1] > other[0] for one, other in pairwise(found)) else tuple(found)


def write_spans(spans: Iterable[tuple[int, int]]) -> str:
    """Return spans as the form shows them."""
    return ", ".join(f"{clock(begin)}-{clock(end)}" for begin, end in spans)


def _read(day: str, typed: str) -> Spans:
    found = read_spans(typed)
    if found is None:
        raise UnclearDay(day)
    return found


def written(hours: str, intervals: Iterable[Any]) -> str | None:
    """Return hours as text, also those that an earlier version wrote; None for what has none."""
    if hours or not intervals:
        return hours
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for each in intervals:
        if not isinstance(each, Mapping):
            return None
        read = read_spans(f"{each.get('from')}-{each.get('to')}")
        if not read:
            return None
        for weekday in each.get("weekdays", ()):
            spans[weekday] += read
    return to_hours(WeeklyForm(tuple(tuple(sorted(found)) for found in spans)))


def _minutes(hour: str, minute: str | None) -> int | None:
    found = int(hour) * 60 + int(minute or 0)
    return found if int(minute or 0) < 60 and found <= DAY_MINUTES else None
