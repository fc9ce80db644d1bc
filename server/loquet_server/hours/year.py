"""A year as a page shows it: read back from the very bounds that units are given."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loquet_server.hours.bounds import Bounds, pairs
from loquet_server.hours.clock import DAY_MINUTES, MINUTE, at, start_of, wall
from loquet_server.hours.evaluation import special_span
from loquet_server.hours.holidays import holidays_of, school_holidays
from loquet_server.hours.locality import Locality, Special
from loquet_server.hours.schedules import ScheduleLike, bounds

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day: when it is open by the clock on the wall (minutes after midnight), and why it differs.

    ``holiday`` and ``school``: names, "" for none; ``special``: "closure", "opening" or "".
    """

    date: date
    spans: tuple[Span, ...]
    holiday: str = ""
    special: str = ""
    school: str = ""

    def contains(self, minute: int) -> bool:
        """Return whether it is open when the wall shows so many minutes after midnight."""
        return any(start <= minute < end for start, end in self.spans)


def days_of_year(
    schedule: ScheduleLike,
    locality: Locality,
    specials: Sequence[Special],
    year: int,
    language: str = "",
) -> list[Day]:
    """Return each day of a year, holidays named in a language; raise InvalidHours."""
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    start = start_of(at(first, 0), locality.timezone)
    found = bounds(schedule, locality, specials, start, count)
    return days_of_bounds(found, locality, specials, first, count, language)


def days_of_bounds(
    found: Bounds,
    locality: Locality,
    specials: Sequence[Special],
    first: date,
    count: int,
    language: str = "",
) -> list[Day]:
    """Return so many days of bounds that are already made."""
    dates = [first + timedelta(number) for number in range(count)]
    spans = _spans(found, locality.timezone)
    holidays = {
        day: name
        for year in range(first.year, dates[-1].year + 1)
        for day, name in holidays_of(locality, year, language).items()
    }
    school = {
        begin + timedelta(number): name
        for begin, last, name in school_holidays(locality, first, count, language)
        for number in range((last - begin).days + 1)
    }
    marked = _marked(specials, locality.timezone)
    return [
        Day(
            day,
            spans.get(day, ()),
            holidays.get(day, ""),
            marked.get(day, ""),
            school.get(day, ""),
        )
        for day in dates
    ]


def _spans(found: Bounds, zone: str) -> dict[date, tuple[Span, ...]]:
    by_day: dict[date, set[Span]] = {}
    for start, end in pairs(found):
        for day, span in _shown(start, end, zone):
            by_day.setdefault(day, set()).add(span)
    return {day: _merged(spans) for day, spans in by_day.items()}


def _shown(start: int, end: int, zone: str) -> Iterable[tuple[date, Span]]:
    """Return what the wall shows of an interval, day by day, in two pieces where it jumps back."""
    day = wall(start, zone).date()
    while start < end:
        midnight = start_of(at(day, DAY_MINUTES), zone)
        until = min(end, midnight)
        opens = _minute(start, zone)
        shuts = DAY_MINUTES if until == midnight else _minute(until + MINUTE - 1, zone)
        if shuts - opens < (until - start) // MINUTE:
            jump = _jump(start, until, zone)
            yield day, (opens, _minute(jump - 1, zone) + 1)
            opens = _minute(jump, zone)
        if opens < shuts:
            yield day, (opens, shuts)
        start, day = until, day + timedelta(1)


def _jump(start: int, end: int, zone: str) -> int:
    """Return the instant between two at which the clock jumps."""
    before = _offset(start, zone)
    return start + bisect_left(range(start, end), 1, key=lambda utc: _offset(utc, zone) != before)


def _offset(utc: int, zone: str) -> int:
    return int((wall(utc, zone) - datetime(1970, 1, 1)).total_seconds()) - utc


def _minute(utc: int, zone: str) -> int:
    shown = wall(utc, zone)
    return shown.hour * 60 + shown.minute


def _marked(specials: Iterable[Special], zone: str) -> dict[date, str]:
    """Return the days that a special touches; a closure is said rather than an opening."""
    found: dict[date, str] = {}
    for each in sorted(specials, key=lambda special: special.kind == "closure"):
        start, end = special_span(each, zone)
        day, last = wall(start, zone).date(), wall(end - 1, zone).date()
        while start < end and day <= last:
            found[day] = each.kind
            day += timedelta(1)
    return found


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return tuple(made)
