"""Two years, minute by minute: as a unit sees them, as the page shows them, as the library says."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State

from loquet_contract.access.policy import ScheduleRecord, to_schedule
from loquet_contract.access.schedule import Schedule
from loquet_contract.ids import ScheduleId
from loquet_contract.wire.policy import line, record_of
from loquet_server.hours.calendar import Locality
from loquet_server.hours.year import Day

PARIS = "Europe/Paris"
YEARS = (2026, 2027)
FIRST = date(YEARS[0], 1, 1)
DAYS = 730
DAY = 24 * 60
MINUTES = DAYS * DAY
PLACES = Path(__file__).parent / "places.toml"


@dataclass(frozen=True, slots=True)
class Hours:
    """A schedule that is nothing but a text."""

    hours: str
    always: bool = False
    intervals: tuple[Any, ...] = ()
    follows_calendar: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the table."""

    name: str
    hours: str
    locality: Locality
    open: tuple[str, ...]
    shut: tuple[str, ...]


def places() -> list[Place]:
    """Return the table."""
    with PLACES.open("rb") as file:
        found = tomllib.load(file)["place"]
    return [
        Place(
            each["name"],
            each["hours"],
            Locality(PARIS, "FR", each.get("department", ""), "A"),
            tuple(each["open"]),
            tuple(each["shut"]),
        )
        for each in found
    ]


def utc(local: str, timezone: str = PARIS) -> int:
    """Return UTC seconds of a local ISO time."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(timezone)).timestamp())


START = utc(f"{FIRST}T00:00")
END = utc(f"{FIRST + timedelta(DAYS)}T00:00")


def on_a_unit(bounds: tuple[int, ...]) -> Schedule:
    """Return bounds as a unit has them after their journey."""
    sent = line(ScheduleRecord(ScheduleId("s"), bounds))
    found = record_of(json.loads(sent))
    assert isinstance(found, ScheduleRecord)
    return to_schedule(found)


def by_unit(schedule: Schedule) -> bytearray:
    """Return for each minute since START whether a unit says open; it is asked at each change."""
    found = bytearray((END - START) // 60)
    now: int | None = START
    while now is not None and now < END:
        until = schedule.next_change(now)
        if schedule.contains(now):
            begin, end = (now - START) // 60, (min(until or END, END) - START) // 60
            found[begin:end] = b"\1" * (end - begin)
        now = until
    return found


def by_page(days: Iterable[Day]) -> bytearray:
    """Return for each wall-clock minute whether the page shows open."""
    found = bytearray(MINUTES)
    for day in days:
        at = (day.date - FIRST).days * DAY
        for start, end in day.spans:
            found[at + start : at + end] = b"\1" * (end - start)
    return found


def by_library(hours: str, country: str | None = None) -> bytearray:
    """Return for each wall-clock minute whether the library says open."""
    found = bytearray(MINUTES)
    begin = datetime(FIRST.year, 1, 1)
    for each in OpeningHours(hours, country=country).intervals(begin, begin + timedelta(DAYS)):
        if each[2] == State.OPEN:
            start, end = ((when - begin) // timedelta(minutes=1) for when in each[:2])
            found[start:end] = b"\1" * (end - start)
    return found


@cache
def straight() -> tuple[tuple[int, int, int], ...]:
    """Return stretches of the two years in which the clock does not jump.

    Minutes since START: begin, end; and the wall-clock minute at the beginning.
    """
    zone, origin = ZoneInfo(PARIS), datetime(FIRST.year, 1, 1)
    offsets = [
        (datetime.fromtimestamp(at, zone).replace(tzinfo=None) - origin) // timedelta(minutes=1)
        - (at - START) // 60
        for at in range(START, END, 3600)
    ]
    changes = [0, *(at for at in range(1, len(offsets)) if offsets[at] != offsets[at - 1])]
    return tuple(
        (begin * 60, end * 60, begin * 60 + offsets[begin])
        for begin, end in zip(changes, [*changes[1:], len(offsets)], strict=True)
    )


def twice() -> list[tuple[int, int]]:
    """Return the wall-clock minutes that come twice: begin and end."""
    return [
        (later[2], earlier[2] + earlier[1] - earlier[0])
        for earlier, later in pairwise(straight())
        if later[2] < earlier[2] + earlier[1] - earlier[0]
    ]


def shown(unit: bytearray) -> bytearray:
    """Return a unit's minutes as the wall shows them: in an hour that comes twice, either time."""
    found = bytearray(MINUTES)
    for begin, end, wall in straight():
        before = found[wall : wall + end - begin]
        both = int.from_bytes(before) | int.from_bytes(unit[begin:end])
        found[wall : wall + end - begin] = both.to_bytes(end - begin)
    return found


def known_minutes(found: bytearray) -> bytes:
    """Return the wall-clock minutes that the wall shows at all."""
    return b"".join(found[wall : wall + end - begin] for begin, end, wall in straight())
