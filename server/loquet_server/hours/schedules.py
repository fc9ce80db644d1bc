"""Schedules as bounds: everything that opens a door by the clock is made here. UTC seconds.

Bounds alternate start and end, strictly ascending, as in the contract's ``Schedule``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Protocol

from loquet_server.hours.bounds import Bounds, common, shift, united, within
from loquet_server.hours.clock import DAY_MINUTES, at, end_of, start_of, wall
from loquet_server.hours.evaluation import opening, with_specials
from loquet_server.hours.locality import Locality, Special
from loquet_server.hours.words import refused

__all__ = ["Bounds", "ScheduleLike", "bounds", "is_always", "only_weekdays", "shift"]

Pairs = list[tuple[int, int]]

_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


class ScheduleLike(Protocol):
    """What a schedule says of itself; see the row ``Schedule``."""

    @property
    def always(self) -> bool: ...
    @property
    def hours(self) -> str: ...
    @property
    def intervals(self) -> Sequence[Any]: ...
    @property
    def follows_calendar(self) -> bool: ...


def bounds(
    schedule: ScheduleLike,
    locality: Locality,
    specials: Sequence[Special],
    start: int,
    days: int,
) -> Bounds:
    """Return when a schedule is open, from ``start`` to the midnight that ends so many local days.

    Specials count where it follows the calendar: openings open, closures shut, and a closure wins.
    Raise InvalidHours.
    """
    zone = locality.timezone
    first = wall(start, zone).date()
    end = start_of(at(first + timedelta(days), 0), zone)
    found: Pairs = [(start, end)] if schedule.always else []
    if schedule.hours.strip():
        found += opening(schedule.hours, locality, first, days)
    for each in schedule.intervals:
        found += _weekly(each, zone, first, days) if isinstance(each, Mapping) else [_given(each)]
    made = united(found)
    if schedule.follows_calendar and specials:
        made = with_specials(made, specials, zone)
    return within(made, start, end)


def is_always(schedule: ScheduleLike, specials: Sequence[Special]) -> bool:
    """Return whether a schedule is open without end, whatever the clock says."""
    shut = schedule.follows_calendar and any(each.kind == "closure" for each in specials)
    return schedule.always and not shut


def only_weekdays(found: Bounds, weekdays: Iterable[int], timezone: str) -> Bounds:
    """Return what lies on these local weekdays (0 Monday to 6), from midnight to midnight."""
    if not found:
        return ()
    chosen = set(weekdays)
    first, last = (wall(each, timezone).date() for each in (found[0], found[-1]))
    kept = (
        (start_of(at(day, 0), timezone), start_of(at(day, DAY_MINUTES), timezone))
        for day in (first + timedelta(number) for number in range((last - first).days + 1))
        if day.weekday() in chosen
    )
    return common(found, united(kept))


def _given(interval: Any) -> tuple[int, int]:
    if isinstance(interval, Sequence) and len(interval) == 2:
        start, end = interval
        if isinstance(start, int) and isinstance(end, int):
            return start, end
    raise refused("interval", given=interval)


def _weekly(given: Mapping[str, Any], zone: str, first: date, days: int) -> Pairs:
    weekdays = given.get("weekdays")
    if not isinstance(weekdays, list) or not set(weekdays) <= set(range(7)):
        raise refused("interval", given=dict(given))
    begin, until = _minutes(given, "from"), _minutes(given, "to")
    if until <= begin:
        until += DAY_MINUTES  # past midnight
    return [
        (start_of(at(day, begin), zone), end_of(at(day, until), zone))
        for day in (first + timedelta(number) for number in range(-1, days))
        if day.weekday() in weekdays
    ]


def _minutes(given: Mapping[str, Any], name: str) -> int:
    """Return minutes after midnight; 24:00 is the end of the day."""
    found = _CLOCK.fullmatch(str(given.get(name)))
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise refused("interval", given=dict(given))
    return int(found[1]) * 60 + int(found[2])
