"""Stretches of days, and what each is compared with. Pure."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from loquet_server.days import zone

EARLIEST: Final = date(2000, 1, 1)
"""No unit is older, and calendars end somewhere."""
LONGEST: Final = 3 * 366
"""Days that a page looks at at once."""
WEEKS: Final = 8
"""Of these the page shows first: long enough for a shape, short enough to be how it is now."""


class Named(StrEnum):
    """Periods that have a name."""

    WEEKS = "weeks"
    MONTH = "month"
    LAST_MONTH = "last-month"
    YEAR = "year"


class Against(StrEnum):
    """What a period is compared with."""

    NOTHING = ""
    BEFORE = "before"
    """The days just before it; the month before, where it is a month."""
    YEAR = "year"
    """The same days of the year before."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    def span(self, timezone: str) -> tuple[int, int]:
        """Return start and end, UTC milliseconds."""
        start, end = (
            datetime.combine(day, time(), zone(timezone)).timestamp()
            for day in (self.first, self.last + timedelta(1))
        )
        return int(start * 1000), int(end * 1000)


def named(name: Named, today: date) -> Period:
    """Return a period by its name, as far as it has come."""
    if name is Named.MONTH:
        return Period(today.replace(day=1), today)
    if name is Named.LAST_MONTH:
        last = today.replace(day=1) - timedelta(1)
        return Period(last.replace(day=1), last)
    if name is Named.YEAR:
        return Period(today.replace(month=1, day=1), today)
    monday = today - timedelta(today.weekday())
    return Period(monday - timedelta(weeks=WEEKS - 1), today)


def chosen(since: str, until: str, today: date) -> Period | None:
    """Return the period that somebody has typed, kept within what there can be; None for none."""
    days = [_day(each) for each in (since, until)]
    if days[0] is None and days[1] is None:
        return None
    first = days[0] or min(days[1] or today, today)
    last = days[1] or today
    if first > last:
        first, last = last, first
    last = max(min(last, today), EARLIEST)
    first = max(min(first, last), EARLIEST, last - timedelta(LONGEST - 1))
    return Period(first, last)


def against(period: Period, how: Against) -> Period | None:
    """Return what a period is compared with; None for nothing."""
    if how is Against.YEAR:
        return Period(year_before(period.first), year_before(period.last))
    if how is not Against.BEFORE:
        return None
    before = period.first - timedelta(1)
    if period.first.day == 1 and period.last.month == period.first.month:
        first = before.replace(day=1)
        whole = period.last.day == calendar.monthrange(period.last.year, period.last.month)[1]
        last = before if whole else first + timedelta(min(period.days, before.day) - 1)
        return Period(first, last)
    return Period(before - timedelta(period.days - 1), before)


def year_before(day: date) -> date:
    """Return the same day a year earlier; of a leap day, the day before it."""
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
