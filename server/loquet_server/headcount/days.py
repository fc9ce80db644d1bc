"""When the count of an area begins anew: a quiet hour of its space's clock. Pure."""

from datetime import datetime, timedelta

from loquet_server.days import instant, zone


def last_reset(now_ms: int, timezone: str, minutes: int) -> int:
    """Return the latest local ``minutes`` after midnight that is not after now, UTC milliseconds.

    An hour that the clock skips in spring is the moment at which it does.
    """
    local = instant(now_ms).astimezone(zone(timezone))
    for back in range(3):
        day = (local - timedelta(days=back)).date()
        at = _moment(datetime(day.year, day.month, day.day), timezone, minutes)
        if at <= now_ms:
            return at
    raise AssertionError("a day is never that long")


def resets_between(start_ms: int, end_ms: int, timezone: str, minutes: int) -> list[int]:
    """Return the resets after ``start_ms`` up to ``end_ms``, in order."""
    found: list[int] = []
    at = last_reset(end_ms, timezone, minutes)
    while at > start_ms:
        found.append(at)
        at = last_reset(at - 1, timezone, minutes)
    return found[::-1]


def _moment(midnight: datetime, timezone: str, minutes: int) -> int:
    wall = midnight + timedelta(minutes=minutes)
    return int(wall.replace(tzinfo=zone(timezone)).timestamp()) * 1000
