"""A week as a form: up to three spans a day, and what holidays do. To and from ``opening_hours``.

A form says less than the language. Hours that say more have no form (None), and that is found
by evaluation: a form is only given for hours that open at the very same minutes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Final

from loquet_server.hours.clock import DAY_MINUTES
from loquet_server.hours.evaluation import opening, read
from loquet_server.hours.locality import InvalidHours, Locality
from loquet_server.hours.rules import RuleText

NAMES: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MOST_SPANS: Final = 3
Span = tuple[int, int]
"""Minutes after midnight; an end beyond 24:00 (1440) is on the next day."""
Spans = tuple[Span, ...]

_WITNESS: Final = Locality("UTC", "FR", "67")
_SINCE, _DAYS = date(2024, 1, 1), 1000
_RANGE: Final = re.compile(r"(Mo|Tu|We|Th|Fr|Sa|Su)(?:-(Mo|Tu|We|Th|Fr|Sa|Su))?")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})")


class OnHolidays(StrEnum):
    """What public holidays do."""

    AS_USUAL = "as_usual"
    CLOSED = "closed"
    OWN = "own"
    """Open at hours of their own."""


@dataclass(frozen=True, slots=True)
class WeeklyForm:
    """``days``: spans of Monday to Sunday; ``holiday``: spans of holidays that have their own."""

    days: tuple[Spans, ...] = ((),) * 7
    on_holidays: OnHolidays = OnHolidays.AS_USUAL
    holiday: Spans = ()


def to_hours(form: WeeklyForm) -> str:
    """Return the form as ``opening_hours``; "off" where it never opens."""
    days = [_clean(spans) for spans in form.days]
    by_spans: dict[Spans, list[int]] = {}
    for weekday, spans in enumerate(days):
        if spans:
            by_spans.setdefault(spans, []).append(weekday)
    if list(by_spans) == [((0, DAY_MINUTES),)] and len(by_spans[((0, DAY_MINUTES),)]) == 7:
        made = "24/7"
    else:
        nights = any(end > DAY_MINUTES for spans in by_spans for _, end in spans)
        rules = (f"{_weekdays(each)} {_written(spans)}" for spans, each in by_spans.items())
        made = (", " if nights else "; ").join(rules) or "off"
    if form.on_holidays is OnHolidays.CLOSED or (
        form.on_holidays is OnHolidays.OWN and not form.holiday
    ):
        return f"{made}; PH off"
    if form.on_holidays is OnHolidays.OWN:
        return f"{made}; PH {_written(_clean(form.holiday))}"
    return made


def from_hours(hours: str) -> WeeklyForm | None:
    """Return the form that opens at the very same times; None if there is none."""
    try:
        form = _read(read(hours))
    except InvalidHours:
        return None
    if form is None or any(len(spans) > MOST_SPANS for spans in (*form.days, form.holiday)):
        return None
    same = _evaluated(hours) == _evaluated(to_hours(form))
    return form if same else None


def _read(rules: Sequence[RuleText]) -> WeeklyForm | None:
    form = WeeklyForm()
    for rule in rules:
        days, holidays = _days(rule.days)
        spans = _spans(rule)
        certain = rule.state == "off" or rule.opens
        if days is None or spans is None or not certain or rule.separator == "||":
            return None
        if days and form.on_holidays is not OnHolidays.AS_USUAL:
            return None
        adds = rule.separator == ","
        week = list(form.days)
        for weekday in days:
            week[weekday] = _clean((*week[weekday], *spans)) if adds and spans else spans
        form = replace(form, days=tuple(week))
        if holidays:
            kind = OnHolidays.OWN if spans else OnHolidays.CLOSED
            form = replace(form, on_holidays=kind, holiday=spans)
    return form


def _days(selector: str) -> tuple[list[int] | None, bool]:
    """Return the weekdays of a selector, None if it says more than that; and if it names PH."""
    if selector in ("", "24/7"):
        return list(range(7)), False
    found: set[int] = set()
    items = [each.strip() for each in selector.rstrip(":").split(",")]
    for item in items:
        if item == "PH":
            continue
        named = _RANGE.fullmatch(item)
        if named is None:
            return None, False
        first = NAMES.index(named[1])
        last = first if named[2] is None else NAMES.index(named[2])
        found |= {(first + number) % 7 for number in range((last - first) % 7 + 1)}
    return sorted(found), "PH" in items


def _spans(rule: RuleText) -> Spans | None:
    if rule.state == "off":
        return None if rule.times else ()
    if not rule.times:
        return ((0, DAY_MINUTES),)
    made = []
    for each in rule.times.split(","):
        found = _SPAN.fullmatch(each.strip())
        if found is None:
            return None
        start, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
        made.append((start, end + DAY_MINUTES if end <= start else end))
    return _clean(made)


def _clean(spans: Iterable[Span]) -> Spans:
    """Return spans in order; what overlaps or touches is one."""
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return tuple(made)


def _weekdays(days: Sequence[int]) -> str:
    runs = (
        [day for _, day in run]
        for _, run in groupby(enumerate(days), lambda each: each[1] - each[0])
    )
    return ",".join(
        f"{NAMES[run[0]]}-{NAMES[run[-1]]}" if len(run) > 2
        else ",".join(NAMES[day] for day in run)
        for run in runs
    )  # fmt: skip


def _written(spans: Spans) -> str:
    return ",".join(f"{_time(start)}-{_end(start, end)}" for start, end in spans)


def _end(start: int, end: int) -> str:
    """Return an end as written: 02:00 for the next day's, unless that would be 24 hours or more."""
    next_day = DAY_MINUTES < end < start + DAY_MINUTES
    return _time(end - DAY_MINUTES if next_day else end)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _evaluated(hours: str) -> tuple[Span, ...]:
    return opening(hours, _WITNESS, _SINCE, _DAYS)
