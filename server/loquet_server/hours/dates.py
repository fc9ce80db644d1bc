"""The days of a rule that names holidays, as the very dates that it means in a place.

``PH,Mo-Fr`` is holidays and working days; ``PH Mo-Fr`` holidays that are working days; ``PH -1
day`` the eves. What stands before (years, months, weeks) holds for all of it. The other way
round, ``Mo-Fr PH``, could be read either way, and is refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final

from loquet_server.hours.holidays import is_public, is_school_holiday
from loquet_server.hours.library import parsed
from loquet_server.hours.locality import Locality
from loquet_server.hours.rules import RuleText
from loquet_server.hours.words import refused

NEVER: Final = "1900Jan01"
"""A day that stands for no day at all: nothing is expanded before 1970."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip

_NOON: Final = time(12)
_OFFSET: Final = r"(?: ?[+-] ?\d+ days?)?"
_HOLIDAYS: Final = rf"(?:PH{_OFFSET}|SH)(?:, ?(?:PH{_OFFSET}|SH))*"
_NAME: Final = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_WEEKDAY: Final = rf"{_NAME}(?:-{_NAME}|\[[\d,\- ]+\]{_OFFSET})?"
_WEEKDAYS: Final = rf"{_WEEKDAY}(?:, ?{_WEEKDAY})*"
_SMALL: Final = re.compile(rf"\b(?:PH|SH|{_NAME})\b", re.IGNORECASE)
_SELECTOR: Final = re.compile(
    rf"(?P<wide>.*?)(?:(?<=[\s:])|^)(?:"
    rf"(?P<both>{_HOLIDAYS}) (?P<among>{_WEEKDAYS})"
    rf"|(?P<before>{_WEEKDAYS}), ?(?P<last>{_HOLIDAYS})"
    rf"|(?P<first>{_HOLIDAYS})(?:, ?(?P<after>{_WEEKDAYS}))?"
    r"):?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days that matter: from ``first`` to ``last``, both in."""

    first: date
    last: date

    def days(self) -> Iterable[date]:
        """Return each of them."""
        count = (self.last - self.first).days + 1
        return (self.first + timedelta(number) for number in range(count))


def dated(rule: RuleText, locality: Locality, stretch: Stretch) -> RuleText:
    """Return the rule with dates instead of holidays; raise InvalidHours."""
    if not rule.has_holidays:
        return rule
    return replace(rule, days=as_dates(days_of(rule, locality, stretch)))


def days_of(rule: RuleText, locality: Locality, stretch: Stretch) -> list[date]:
    """Return the days of a stretch on which a rule holds; raise InvalidHours."""
    if not rule.has_holidays:
        return sorted(_evaluated(rule.days, stretch))
    found = _SELECTOR.fullmatch(rule.days)
    if found is None or _SMALL.search(found["wide"]):
        raise refused("unclear_days", rule.position, text=rule.days)
    wide = found["wide"].strip()
    holidays = _holidays(found["both"] or found["last"] or found["first"], locality, stretch)
    if found["both"]:
        return sorted(holidays & _evaluated(f"{wide} {found['among']}", stretch))
    if wide:
        holidays &= _evaluated(wide, stretch)
    weekdays = found["before"] or found["after"]
    if weekdays:
        holidays |= _evaluated(f"{wide} {weekdays}", stretch)
    return sorted(holidays)


def as_dates(days: Iterable[date]) -> str:
    """Return a selector of exactly these days, which are sorted."""
    runs = (
        [day for _, day in run]
        for _, run in groupby(enumerate(days), lambda each: each[1] - timedelta(each[0]))
    )
    return ",".join(
        _written(run[0]) if len(run) == 1 else f"{_written(run[0])}-{_written(run[-1])}"
        for run in runs
    ) or NEVER  # fmt: skip


def _holidays(selector: str, locality: Locality, stretch: Stretch) -> set[date]:
    found: set[date] = set()
    for item in selector.split(","):
        kind, offset = item.strip()[:2].upper(), item.strip()[2:]
        days = int(re.sub(r"[^\d+-]", "", offset) or 0)
        found |= _shifted(is_public if kind == "PH" else is_school_holiday, locality, stretch, days)
    return found


def _shifted(
    kept: Callable[[Locality, date], bool], locality: Locality, stretch: Stretch, days: int
) -> set[date]:
    return {day for day in stretch.days() if kept(locality, day - timedelta(days))}


def _evaluated(selector: str, stretch: Stretch) -> set[date]:
    """Return the days of a selector without holidays, by the library."""
    if selector.strip() == "24/7":
        return set(stretch.days())
    whole = parsed(f"{selector.strip()} 00:00-24:00".strip())
    return {day for day in stretch.days() if whole.is_open(datetime.combine(day, _NOON))}


def _written(day: date) -> str:
    return f"{day.year}{MONTHS[day.month - 1]}{day.day:02}"
