"""The clock on the wall, as UTC seconds.

Twice a year it jumps. Where it jumps forward, a time in the gap is the moment of the jump. Where
it jumps back, an hour happens twice: a start is its first time, an end its last, so that what is
open "until 02:30" is open until nobody's watch shows 02:30 any more.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60
DAY_MINUTES = 24 * 60


def start_of(local: datetime, timezone: str) -> int:
    """Return the first instant (UTC seconds) at which the wall shows ``local`` or later."""
    return _instant(local, ZoneInfo(timezone), 0)


def end_of(local: datetime, timezone: str) -> int:
    """Return the last instant (UTC seconds) at which the wall shows ``local``."""
    return _instant(local, ZoneInfo(timezone), 1)


def wall(utc: int, timezone: str) -> datetime:
    """Return what the wall shows at an instant, without a zone."""
    return datetime.fromtimestamp(utc, ZoneInfo(timezone)).replace(tzinfo=None)


def at(day: date, minutes: int) -> datetime:
    """Return a day's wall-clock time, ``minutes`` after midnight, also beyond 24:00."""
    over, rest = divmod(minutes, DAY_MINUTES)
    return datetime.combine(day + timedelta(over), time(rest // 60, rest % 60))


@lru_cache(maxsize=16384)
def _instant(local: datetime, zone: ZoneInfo, fold: int) -> int:
    found = int(local.replace(tzinfo=zone, fold=fold).timestamp())
    if _shown(found, zone) == local:
        return found
    earlier = local - timedelta(minutes=1)
    while _shown(int(earlier.replace(tzinfo=zone).timestamp()), zone) != earlier:
        earlier -= timedelta(minutes=1)
    return int(earlier.replace(tzinfo=zone, fold=1).timestamp()) + MINUTE


def _shown(utc: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(utc, zone).replace(tzinfo=None, fold=0)
