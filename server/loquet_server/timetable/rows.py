"""The hours of a space as plain values: who may be where when, and what stands unlocked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from loquet_server.hours.locality import InvalidHours, Locality, Special
from loquet_server.hours.schedules import bounds, only_weekdays, shift

Bounds = tuple[int, ...]
"""UTC seconds: begin, end, begin, end ... ascending."""
LONGEST = 3 * 366 + 1
"""Days that an entry of the calendar lasts at most."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A schedule, as its row says it."""

    id: str
    name: str
    always: bool = False
    hours: str = ""
    intervals: tuple[Any, ...] = ()
    follows_calendar: bool = True


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A closure, an exceptional opening or an event; local wall-clock times."""

    id: str
    kind: str
    name: str
    starts: str
    ends: str
    area: str | None = None
    plans: tuple[str, ...] = ()
    everybody: bool = False
    lead_minutes: int = 0
    lag_minutes: int = 0

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return datetime.fromisoformat(self.starts).date()

    def days(self) -> list[date]:
        """Return the days that it touches, no more than three years of them."""
        last = datetime.fromisoformat(self.ends) - timedelta(minutes=1)
        count = (last.date() - self.first_day).days + 1
        return [self.first_day + timedelta(number) for number in range(min(count, LONGEST))]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area; ``opening`` None: the hours of the space."""

    id: str
    name: str
    opening: str | None = None


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A door, when it stands unlocked, and the areas that it leads into."""

    id: str
    name: str
    unlock_schedule: str | None = None
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A right of a plan; ``schedule`` None: the opening hours of each area."""

    plan: str
    areas: tuple[str, ...]
    schedule: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """So many people who have the very same plans, each with the weekdays chosen for it."""

    plans: frozenset[tuple[str, tuple[int, ...] | None]]
    count: int


@dataclass(frozen=True, slots=True)
class Timetable:
    """One space. ``plans``: id to name in French and English; ``day_starts`` in minutes."""

    locality: Locality
    opening: str | None = None
    day_starts: int = 180
    schedules: Mapping[str, Hours] = field(default_factory=dict)
    entries: tuple[EntryRow, ...] = ()
    areas: tuple[AreaRow, ...] = ()
    doors: tuple[DoorRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    plans: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()

    def specials(self, areas: tuple[str, ...] = ()) -> tuple[Special, ...]:
        """Return closures and exceptional openings of the space, and of these areas."""
        return tuple(
            Special("closure" if each.kind == "closure" else "opening", each.starts, each.ends)
            for each in self.entries
            if each.kind != "event" and each.area in (None, *areas)
        )

    def named(self, areas: tuple[str, ...] = ()) -> dict[date, str]:
        """Return the days on which the calendar has closures or openings, by their names."""
        found: dict[date, str] = {}
        for each in self.entries:
            if each.kind != "event" and each.area in (None, *areas):
                for day in each.days():
                    found[day] = f"{found[day]}, {each.name}" if day in found else each.name
        return found

    def opening_of(self, area: str | None) -> str | None:
        """Return the schedule of an area's opening hours."""
        own = next((each.opening for each in self.areas if each.id == area), None)
        return own or self.opening

    def used(self, schedule: str) -> bool:
        """Return whether anything goes by this schedule."""
        return (
            self.opening == schedule
            or any(area.opening == schedule for area in self.areas)
            or any(door.unlock_schedule == schedule for door in self.doors)
            or any(rule.schedule == schedule for rule in self.rules)
        )


class Expansion:
    """The bounds of a timetable's schedules for so many days, each computed once.

    Hours that cannot be understood open nothing.
    """

    def __init__(self, timetable: Timetable, start: int, days: int) -> None:
        self.timetable = timetable
        self._start, self._days = start, days
        self._known: dict[tuple[str, tuple[str, ...]], Bounds] = {}

    def schedule(self, schedule: str | None, areas: tuple[str, ...] = ()) -> Bounds:
        """Return the bounds of a schedule as it counts for these areas."""
        row = self.timetable.schedules.get(schedule or "")
        if row is None:
            return ()
        key = (row.id, areas)
        if key not in self._known:
            self._known[key] = self._bounds(row, self.timetable.specials(areas))
        return self._known[key]

    def right(self, rule: RuleRow, area: str, weekdays: tuple[int, ...] | None) -> Bounds:
        """Return when a rule lets into an area on the chosen weekdays, without lead and lag."""
        schedule = rule.schedule or self.timetable.opening_of(area)
        found = self.schedule(schedule, (area,))
        if weekdays is None:
            return found
        return only_weekdays(found, weekdays, self.timetable.locality.timezone)

    def event(self, entry: EntryRow) -> Bounds:
        """Return when an event lets its audience in."""
        row = Hours(entry.id, entry.name)
        once = Special("opening", entry.starts, entry.ends)
        return shift(self._bounds(row, (once,)), entry.lead_minutes, entry.lag_minutes)

    def _bounds(self, row: Hours, specials: tuple[Special, ...]) -> Bounds:
        locality = self.timetable.locality
        try:
            return bounds(row, locality, specials, self._start, self._days)
        except InvalidHours:
            return ()
