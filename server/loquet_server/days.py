"""The site's day: from 03:00 to 03:00 local time, so that a late evening counts with its day."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

CUT_OFF = timedelta(hours=3)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LAST_MS = 253_402_214_400_000
"""The last day but one that a calendar has (year 9999): no zone leads beyond the end."""


@cache
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; raise ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def instant(ms: int) -> datetime:
    """Return an instant (UTC milliseconds); one outside 1970 to 9999 as the nearest within."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC)


def day_of(ms: int, timezone: str) -> str:
    """Return the site's day (ISO date) in which an instant (UTC milliseconds) falls."""
    return _day(ms // HOUR_MS, timezone) if _whole_hours(timezone) else _exact(ms, timezone)


def _exact(ms: int, timezone: str) -> str:
    local = instant(ms).astimezone(zone(timezone))
    return (local - CUT_OFF).date().isoformat()


@cache
def _whole_hours(timezone: str) -> bool:
    """True where every day can only begin on a whole UTC hour (not so in India or Nepal)."""
    offset = datetime(2024, 1, 1, tzinfo=zone(timezone)).utcoffset() or timedelta()
    return timezone.startswith("Europe/") and offset.total_seconds() % 3600 == 0


_CACHED: dict[tuple[int, str], str] = {}


def _day(hour: int, timezone: str) -> str:
    found = _CACHED.get((hour, timezone))
    if found is None:
        if len(_CACHED) > 10_000:
            _CACHED.clear()
        found = _CACHED[hour, timezone] = _exact(hour * HOUR_MS, timezone)
    return found
