"""Accounting periods: when a day, half-day, week or month of passes begins. UTC seconds.

A day begins at its cut-off (``day_starts``, minutes after midnight), so that whoever leaves a
little after midnight has not begun another. A week begins with its Monday, a month with its
first day. A cut-off that the clock skips is the moment of the jump; one that comes twice is the
first. ``day``, ``half_day``, ``week`` and ``month`` are their names in a policy.
"""

from datetime import date, timedelta

from loquet_server.hours.clock import DAY_MINUTES, at, start_of, wall


def days(timezone: str, day_starts: int, first: date, count: int) -> tuple[int, ...]:
    """Return the starts of ``count`` days from ``first`` on."""
    return tuple(
        start_of(at(first + timedelta(number), day_starts), timezone) for number in range(count)
    )


def half_days(
    timezone: str, day_starts: int, first: date, count: int, half_day_at: int
) -> tuple[int, ...]:
    """Return the starts of both halves of ``count`` days; the second begins at ``half_day_at``."""
    half = day_starts + (half_day_at - day_starts) % DAY_MINUTES
    found = {
        start_of(at(first + timedelta(number), minutes), timezone)
        for number in range(count)
        for minutes in (day_starts, half)
    }
    return tuple(sorted(found))


def weeks(timezone: str, day_starts: int, first: date, count: int) -> tuple[int, ...]:
    """Return the starts of ``count`` weeks, of the one that ``first`` is in on."""
    monday = first - timedelta(first.weekday())
    return tuple(
        start_of(at(monday + timedelta(7 * number), day_starts), timezone)
        for number in range(count)
    )


def months(timezone: str, day_starts: int, first: date, count: int) -> tuple[int, ...]:
    """Return the starts of ``count`` months, of the one that ``first`` is in on."""
    since = first.year * 12 + first.month - 1
    return tuple(
        start_of(at(date(number // 12, number % 12 + 1, 1), day_starts), timezone)
        for number in range(since, since + count)
    )


def local_day(utc: int, timezone: str, day_starts: int) -> str:
    """Return the ISO date of the day that an instant counts for."""
    shown = wall(utc, timezone)
    for day in (shown.date(), shown.date() - timedelta(1)):
        if start_of(at(day, day_starts), timezone) <= utc:
            return day.isoformat()
    return (shown.date() - timedelta(2)).isoformat()
