"""What a change of hours means, for whom: "12 members lose Saturday", "a door unlocks earlier".

Two timetables are expanded with the same code that units' policies are made with, then compared
day by day for a year. What is the same on a weekday for the next four weeks is said once, for
the weekday; holidays, closures and seasons that differ are said by date. A day is a day of the
space: it begins at the cut-off hour, so that a late evening counts with the day it began on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from loquet_server.hours.holidays import holidays_of
from loquet_server.hours.periods import days as day_starts
from loquet_server.timetable.rows import Bounds, Expansion, Group, Timetable

WEEKS = 4
DAYS = 366
MINUTE = 60
Spans = tuple[tuple[int, int], ...]
"""Minutes after midnight of the day, beyond 24:00 for what ends on the next one."""
Pair = tuple[Spans, Spans]


class Kind(StrEnum):
    """What becomes of a day."""

    LOST = "lost"
    GAINED = "gained"
    EARLIER = "earlier"
    """Begins earlier; else as before."""
    LATER = "later"
    SHORTER = "shorter"
    """Ends earlier; else as before."""
    LONGER = "longer"
    CHANGED = "changed"


class Audience(StrEnum):
    """Whom a line is about."""

    MEMBERS = "members"
    DOORS = "doors"


@dataclass(frozen=True, slots=True)
class Change:
    """On these weekdays (0 Monday), or on these dates, ``after`` instead of ``before``.

    Both are empty where days that are lost, or gained, differ in their hours.
    """

    kind: Kind
    weekdays: tuple[int, ...]
    dates: tuple[date, ...]
    before: Spans
    after: Spans


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: so many of an audience, by what (plans or doors), where (() everywhere)."""

    audience: Audience
    count: int
    names: tuple[str, ...]
    areas: tuple[str, ...]
    change: Change


def effect(before: Timetable, after: Timetable, first: date) -> tuple[Line, ...]:
    """Return what changes between two timetables of one space in the year from ``first``."""
    year = _Year(before, after, first)
    return (*_members(year), *_doors(year))


def compare(pairs: Mapping[date, Pair], odd: Iterable[date]) -> tuple[Change, ...]:
    """Return the changes of a year's days; ``odd`` days say nothing about their weekday."""
    if all(one == other for one, other in pairs.values()):
        return ()
    weekly = _weekly(pairs, set(odd))
    found: dict[tuple[bool, object], list[int | date]] = defaultdict(list)
    shown: dict[tuple[bool, object], set[Pair]] = defaultdict(set)
    changed: list[tuple[int | date, Pair]] = [
        (weekday, pair) for weekday, pair in sorted(weekly.items()) if pair[0] != pair[1]
    ]
    changed += [
        (day, pair)
        for day, pair in sorted(pairs.items())
        if pair[0] != pair[1] and weekly.get(day.weekday()) != pair
    ]
    for when, pair in changed:
        key = (isinstance(when, date), _together(pair))
        found[key].append(when)
        shown[key].add(pair)
    made = [_change(shown[key], found[key]) for key in found]
    return tuple(sorted(made, key=lambda each: (not each.weekdays, each.weekdays, each.dates)))


def spans_by_day(
    found: Bounds, starts: Sequence[int], first: date, timezone: str
) -> dict[date, Spans]:
    """Return what is open on each day; ``starts`` are those of the days and the end of the last."""
    zone = ZoneInfo(timezone)
    made: dict[date, Spans] = {}
    at = 0
    for number, (begin, end) in enumerate(pairwise(starts)):
        day = first + timedelta(number)
        while at < len(found) and found[at + 1] <= begin:
            at += 2
        spans, here = [], at
        while here < len(found) and found[here] < end:
            opens, shuts = max(found[here], begin), min(found[here + 1], end)
            spans.append((_minute(opens, day, zone), _minute(shuts, day, zone)))
            here += 2
        made[day] = tuple(spans)
    return made


class _Year:
    """Two timetables, expanded for the same year."""

    def __init__(self, before: Timetable, after: Timetable, first: date) -> None:
        self.first = first
        self.sides = tuple(_Side(each, first) for each in (before, after))
        self.odd = {day for side in self.sides for day in side.odd()}
        self._known: dict[tuple[Bounds, Bounds], tuple[Change, ...]] = {}

    def changes(self, before: Bounds, after: Bounds) -> tuple[Change, ...]:
        key = (before, after)
        if key not in self._known:
            one, other = (side.days(found) for side, found in zip(self.sides, key, strict=True))
            self._known[key] = compare({day: (one[day], other[day]) for day in one}, self.odd)
        return self._known[key]


class _Side:
    def __init__(self, timetable: Timetable, first: date) -> None:
        self.timetable, self.first = timetable, first
        zone = timetable.locality.timezone
        self.starts = day_starts(zone, timetable.day_starts, first, DAYS + 1)
        self.expansion = Expansion(timetable, self.starts[0], DAYS + 1)

    def days(self, found: Bounds) -> dict[date, Spans]:
        zone = self.timetable.locality.timezone
        return spans_by_day(found, self.starts, self.first, zone)

    def odd(self) -> set[date]:
        """Return holidays, and days on which the calendar has something."""
        years = {self.first.year, (self.first + timedelta(DAYS)).year}
        found = {day for year in years for day in holidays_of(self.timetable.locality, year)}
        for entry in self.timetable.entries:
            found.update(entry.days())
        return found

    def reach(self, group: Group) -> set[str]:
        """Return the areas that a group's plans are for, at whatever hours."""
        plans = {plan for plan, _ in group.plans}
        rules = (rule for rule in self.timetable.rules if rule.plan in plans)
        return {area for rule in rules for area in rule.areas}

    def rights(self, group: Group) -> dict[str, Bounds]:
        """Return when people of a group may be in which area."""
        found: dict[str, list[Bounds]] = defaultdict(list)
        areas = [area.id for area in self.timetable.areas]
        for plan, weekdays in group.plans:
            for rule in self.timetable.rules:
                if rule.plan == plan:
                    for area in rule.areas:
                        found[area].append(self.expansion.right(rule, area, weekdays))
        plans = {plan for plan, _ in group.plans}
        for entry in self.timetable.entries:
            if entry.kind == "event" and (entry.everybody or plans.intersection(entry.plans)):
                for area in areas if entry.area is None else [entry.area]:
                    found[area].append(self.expansion.event(entry))
        return {area: union(each) for area, each in found.items()}


def _members(year: _Year) -> Iterable[Line]:
    before, after = year.sides
    names = {area.id: area.name for side in year.sides for area in side.timetable.areas}
    counted: dict[tuple[Change, tuple[str, ...]], list[Group]] = defaultdict(list)
    for group in year.sides[0].timetable.groups:
        one, other = before.rights(group), after.rights(group)
        where: dict[Change, set[str]] = defaultdict(set)
        for area in one.keys() | other.keys():
            for change in year.changes(one.get(area, ()), other.get(area, ())):
                where[change].add(area)
        for change, areas in where.items():
            everywhere = areas in (names.keys(), before.reach(group) | after.reach(group))
            label = () if everywhere else tuple(sorted(names.get(each, each) for each in areas))
            counted[change, label].append(group)
    for (change, label), groups in sorted(counted.items(), key=_order):
        plans = sorted({plan for group in groups for plan, _ in group.plans})
        count = sum(group.count for group in groups)
        yield Line(Audience.MEMBERS, count, tuple(plans), label, change)


def _doors(year: _Year) -> Iterable[Line]:
    before, after = year.sides
    old = {door.id: door for door in before.timetable.doors}
    counted: dict[Change, list[str]] = defaultdict(list)
    for door in after.timetable.doors:
        one, other = (
            side.expansion.schedule(found.unlock_schedule, found.areas)
            for side, found in ((before, old.get(door.id, door)), (after, door))
        )
        for change in year.changes(one, other):
            counted[change].append(door.name)
    for change, doors in sorted(counted.items(), key=lambda each: _key(each[0])):
        yield Line(Audience.DOORS, len(doors), tuple(sorted(doors)), (), change)


def _order(each: tuple[tuple[Change, tuple[str, ...]], list[Group]]) -> tuple[object, ...]:
    (change, label), _groups = each
    return (*_key(change), label)


def _key(change: Change) -> tuple[object, ...]:
    return (not change.weekdays, change.weekdays, change.dates, change.kind, change.after)


def union(found: Iterable[Bounds]) -> Bounds:
    """Return what is in any of these."""
    pairs = sorted((each[at], each[at + 1]) for each in found for at in range(0, len(each), 2))
    made: list[int] = []
    for begin, end in pairs:
        if made and begin <= made[-1]:
            made[-1] = max(made[-1], end)
        else:
            made += (begin, end)
    return tuple(made)


def _weekly(pairs: Mapping[date, Pair], odd: set[date]) -> dict[int, Pair]:
    """Return the weekdays that are the same in all of the next weeks."""
    by_weekday: dict[int, list[Pair]] = defaultdict(list)
    for day in sorted(pairs)[: WEEKS * 7]:
        if day not in odd:
            by_weekday[day.weekday()].append(pairs[day])
    return {weekday: each[0] for weekday, each in by_weekday.items() if len(set(each)) == 1}


def _together(pair: Pair) -> object:
    """Return what days must share to be said in one breath: days lost, days gained, or hours."""
    kind = _kind(*pair)
    return kind if kind in (Kind.LOST, Kind.GAINED) else pair


def _change(pairs: set[Pair], when: list[int | date]) -> Change:
    """Return one change; hours are said where they are the same on all of its days."""
    before, after = next(iter(pairs)) if len(pairs) == 1 else ((), ())
    weekdays = tuple(each for each in when if not isinstance(each, date))
    dates = tuple(each for each in when if isinstance(each, date))
    return Change(_kind(*next(iter(pairs))), weekdays, dates, before, after)


def _kind(before: Spans, after: Spans) -> Kind:
    if not after:
        return Kind.LOST
    if not before:
        return Kind.GAINED
    if before[0][1:] + before[1:] == after[0][1:] + after[1:]:
        return Kind.EARLIER if after[0][0] < before[0][0] else Kind.LATER
    if (*before[:-1], before[-1][:1]) == (*after[:-1], after[-1][:1]):
        return Kind.LONGER if after[-1][1] > before[-1][1] else Kind.SHORTER
    return Kind.CHANGED


def _minute(utc: int, day: date, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(utc, zone)
    return (local.date() - day).days * 24 * 60 + local.hour * 60 + local.minute
