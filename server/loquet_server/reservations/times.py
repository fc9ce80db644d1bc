"""Bookings on the wall clock: starts, ends, slots and weeks. Pure; UTC milliseconds out.

A night on which the clock jumps is no matter: a start that does not exist is the moment of
the jump; where an hour comes twice, a start is its first time and an end its last.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from loquet_server.hours.clock import MINUTE, at, end_of, start_of, wall

MOST_WEEKS = 53
DAY_MINUTES = 24 * 60


def span(starts: datetime, ends: datetime, timezone: str) -> tuple[int, int]:
    """Return a local span as UTC milliseconds; its end may not come after its start."""
    return start_of(starts, timezone) * 1000, end_of(ends, timezone) * 1000


def local(ms: int, timezone: str) -> datetime:
    """Return what the wall shows at an instant, without a zone."""
    return wall(ms // 1000, timezone)


def day_span(day: date, timezone: str, days: int = 1) -> tuple[int, int]:
    """Return where local days begin and end."""
    first = datetime(day.year, day.month, day.day)
    return (
        start_of(first, timezone) * 1000,
        start_of(first + timedelta(days), timezone) * 1000,
    )


def month_span(ms: int, timezone: str) -> tuple[int, int]:
    """Return the calendar month in which an instant falls."""
    first = local(ms, timezone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return start_of(first, timezone) * 1000, start_of(following, timezone) * 1000


def on_slots(starts: datetime, ends: datetime, slot: int) -> bool:
    """True if both are whole slots (minutes) after midnight."""
    return all(
        (each.hour * 60 + each.minute) % slot == 0 and not each.second and not each.microsecond
        for each in (starts, ends)
    )


def weekly(starts: datetime, ends: datetime, until: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield a local span again each week, up to and with the day ``until``; a year at most."""
    for week in range(MOST_WEEKS):
        ahead = timedelta(weeks=week)
        if (starts + ahead).date() > until:
            return
        yield starts + ahead, ends + ahead


def grid(day: date, timezone: str, slot: int, first: int = 0, last: int = DAY_MINUTES) -> list[int]:
    """Return where the slots of a local day begin, and where the last ends (UTC milliseconds).

    ``first`` and ``last``: minutes after midnight. A slot that does not exist is left out, and
    one that comes twice is one long slot.
    """
    found: list[int] = []
    for minute in range(first, last, slot):
        start = start_of(at(day, minute), timezone) * 1000
        if not found or start > found[-1]:
            found.append(start)
    found.append(start_of(at(day, last), timezone) * 1000)
    return found


def minutes(ms: int) -> int:
    """Return whole minutes."""
    return ms // (MINUTE * 1000)
