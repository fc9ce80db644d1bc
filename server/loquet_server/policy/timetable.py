"""Hours of a space as its policies name and expand them. Pure.

A schedule is used in variants: as it holds for an area that has closures or openings of its
own (``S:AREA``), on chosen weekdays only (``S.d014``), some minutes longer at both ends
(``S+15-10``). Each is a record of its own, made only where a rule or a door asks for it.
What cannot be understood never opens anything, and ``faults`` says why.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from loquet_contract.access.policy import ScheduleRecord
from loquet_contract.ids import ScheduleId
from loquet_server.hours.clock import end_of, start_of
from loquet_server.hours.locality import InvalidHours, Locality, Special
from loquet_server.hours.schedules import bounds, is_always, only_weekdays, shift
from loquet_server.policy.rows import EntryRow, Frame, ScheduleRow

ALWAYS = ScheduleId(":always")
NEVER = ScheduleId(":never")
MINUTE = 60
LONGEST = 64
"""Characters of a name, as a passage keeps it."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One variant of a schedule; ``areas`` are those whose own calendar it follows. Minutes."""

    schedule: str
    areas: tuple[str, ...] = ()
    weekdays: tuple[int, ...] | None = None
    lead: int = 0
    lag: int = 0

    @property
    def name(self) -> ScheduleId:
        """What it is called in policies."""
        shifted = f"+{self.lead}-{self.lag}" if self.lead or self.lag else ""
        name = ":".join((self.schedule, *self.areas)) + days(self.weekdays) + shifted
        return ScheduleId(short(name))


def days(weekdays: Iterable[int] | None) -> str:
    """Return how a variant for chosen weekdays (0 Monday to 6) is marked in names."""
    if weekdays is None:
        return ""
    return ".d" + "".join(str(day) for day in sorted(set(weekdays)))


def short(name: str) -> str:
    """Return a name as it is, or cut with a digest of the whole, in at most 64 characters."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 13]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return where a local day begins, UTC seconds."""
    return int(datetime.combine(day, time(), zone).timestamp())


class Timetable:
    """The hours of one frame, expanded once however many ask."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        site = frame.site
        self.zone = ZoneInfo(site.timezone)
        self.end = midnight(
            datetime.fromtimestamp(frame.start, self.zone).date() + timedelta(frame.days), self.zone
        )
        self.faults: dict[str, str] = {}
        """What is wrong with schedules and entries of the calendar, by their names."""
        self._locality = Locality(site.timezone, site.country, site.department, site.school_zone)
        self._schedules = {each.schedule: each for each in frame.schedules}
        self._made: dict[Hours, ScheduleRecord] = {}
        self._specials: dict[str | None, list[Special]] = {}
        for each in sorted(frame.entries, key=lambda entry: entry.entry):
            special = _special(each)
            if special is not None and self.span(each)[1] > frame.start:
                self._specials.setdefault(each.area, []).append(special)

    def of(
        self,
        schedule: str | None,
        areas: Iterable[str],
        weekdays: Iterable[int] | None = None,
        lead: int = 0,
        lag: int = 0,
    ) -> Hours:
        """Return the variant of a schedule that counts for these areas; None never opens."""
        row = None if schedule is None else self._schedules.get(schedule)
        if row is None:
            return Hours(NEVER)
        chosen = None if weekdays is None else tuple(sorted(set(weekdays)))
        own = {area for area in areas if area in self._specials} if row.follows_calendar else set()
        found = Hours(row.schedule, tuple(sorted(own)), chosen, lead, lag)
        always = is_always(row, self._that_count(found))
        return Hours(row.schedule, (), chosen) if always else found

    def record(self, hours: Hours) -> ScheduleRecord:
        """Return a variant, expanded over the frame's days."""
        found = self._made.get(hours)
        if found is None:
            found = self._made[hours] = self._record(hours)
        return found

    def event(self, entry: EntryRow) -> ScheduleRecord:
        """Return the hours of an event, from its lead to its lag."""
        start, end = self.span(entry)
        start, end = start - entry.lead_minutes * MINUTE, end + entry.lag_minutes * MINUTE
        clipped = (max(start, self.frame.start), min(end, self.end))
        return ScheduleRecord(event_name(entry), clipped if clipped[0] < clipped[1] else ())

    def span(self, entry: EntryRow) -> tuple[int, int]:
        """Return start and end of an entry, UTC seconds; (0, 0) if nobody can say when it is."""
        zone = self._locality.timezone
        try:
            first, last = (datetime.fromisoformat(text) for text in (entry.starts, entry.ends))
            found = start_of(first, zone), end_of(last, zone)
        except (ValueError, TypeError, OverflowError) as error:
            self.faults[entry.entry] = str(error)
            return 0, 0
        if found[0] >= found[1]:
            self.faults[entry.entry] = f"it ends ({entry.ends}) before it begins ({entry.starts})"
            return 0, 0
        return found

    def _record(self, hours: Hours) -> ScheduleRecord:
        row = self._schedules.get(hours.schedule)
        if row is None:
            return ScheduleRecord(NEVER)
        specials = self._that_count(hours)
        if hours.weekdays is None and is_always(row, specials):
            return ScheduleRecord(hours.name, always=True)
        return ScheduleRecord(hours.name, self._bounds(row, hours, specials))

    def _that_count(self, hours: Hours) -> list[Special]:
        return [
            special for area in (None, *hours.areas) for special in self._specials.get(area, ())
        ]

    def _bounds(self, row: ScheduleRow, hours: Hours, specials: list[Special]) -> tuple[int, ...]:
        try:
            found = bounds(row, self._locality, specials, self.frame.start, self.frame.days)
        except InvalidHours as error:
            self.faults[row.schedule] = str(error)
            return ()
        if hours.weekdays is not None:
            found = only_weekdays(found, hours.weekdays, self._locality.timezone)
        return shift(found, hours.lead, hours.lag)


def _special(entry: EntryRow) -> Special | None:
    if entry.kind == "closure":
        return Special("closure", entry.starts, entry.ends)
    return Special("opening", entry.starts, entry.ends) if entry.kind == "opening" else None


def event_name(entry: EntryRow) -> ScheduleId:
    """Return what the hours and the rule of an event are called."""
    return ScheduleId(short(f"event.{entry.entry}"))
