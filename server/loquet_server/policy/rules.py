"""From plans to rules: what each is called on units, what it reaches, and when. Pure.

A rule of a plan is one rule on units where all its places have the same hours, else one for
each such hours; ``R`` with a schedule of its own, ``R:S`` by opening hours, ``R:S:AREA`` where
an area has a calendar of its own. ``R.d014``: on chosen weekdays. Names are the same on all units
of a site, and say so little of places that a holder's record seldom changes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loquet_contract.access.policy import PassTerms, RuleRecord, ScheduleRecord, WhenEmpty
from loquet_contract.ids import AccessPointId, PeriodId, RuleId, ScheduleId
from loquet_server.policy.rows import AccessPointRow, EntryRow, Frame, PlanRow, RuleRow
from loquet_server.policy.timetable import ALWAYS, Hours, Timetable, days, event_name, short

DAY = 86_400
WINDOW = "window"
Variant = tuple[str, tuple[int, ...] | None]
"""A plan, and the weekdays that a subscription chose (None: all)."""


def rule_of(name: str) -> str:
    """Return the rule of a plan (or ``window``, ``event``) from what units call it."""
    return re.split(r"[:.]", name, maxsplit=1)[0]


def window_rule(area: str, reserved: bool) -> RuleId:
    """Return the rule by which guests and bookings enter an area."""
    return RuleId(short(f"{WINDOW}.{area}" + (".reserved" if reserved else "")))


@dataclass(frozen=True, slots=True)
class Group:
    """Places of one rule that have the same hours."""

    name: str
    row: RuleRow
    hours: Hours
    points: frozenset[str]


class Rules:
    """The rules of one frame."""

    def __init__(self, frame: Frame, timetable: Timetable) -> None:
        self._frame = frame
        self._timetable = timetable
        self.plans = {each.plan: each for each in frame.plans}
        self._areas = {each.area: each for each in frame.areas}
        self._entries = [each for each in frame.access_points if not each.exit]
        self._most = frame.days * DAY
        self.events = tuple(
            each
            for each in sorted(frame.entries, key=lambda entry: entry.entry)
            if each.kind == "event" and timetable.event(each).bounds
        )
        self._groups: dict[str, list[Group]] = {}
        for row in sorted(frame.rules, key=lambda each: each.rule):
            self._groups.setdefault(row.plan, []).extend(self._grouped(row))

    def names(self, plan: str, weekdays: tuple[int, ...] | None) -> tuple[RuleId, ...]:
        """Return what units call the rules of a plan, on chosen weekdays or all."""
        return tuple(
            RuleId(short(each.name + days(weekdays))) for each in self._groups.get(plan, ())
        )

    def events_of(self, plan: str) -> tuple[RuleId, ...]:
        """Return the events to which a plan's people are asked."""
        return tuple(_event_rule(each) for each in self.events if plan in each.plans)

    def open_events(self) -> tuple[RuleId, ...]:
        """Return the events to which everybody is asked."""
        return tuple(_event_rule(each) for each in self.events if each.everybody)

    def records(
        self, points: frozenset[str], variants: Iterable[Variant]
    ) -> Iterator[RuleRecord | ScheduleRecord]:
        """Yield the rules of plans that reach these access points, each with its schedule."""
        for plan, weekdays in sorted(variants, key=str):
            for group in self._groups.get(plan, ()):
                here = group.points & points
                if here:
                    yield from self._record(group, self.plans[plan], weekdays, here)

    def standing(self, points: frozenset[str]) -> Iterator[RuleRecord | ScheduleRecord]:
        """Yield the rules of guests, bookings and events that reach these access points."""
        expires = min((each.expires_days for each in self.plans.values()), default=30) * DAY
        windows = False
        for area in sorted({each.area_to for each in self._entries}):
            here = _sorted(self._into([area]) & points)
            for reserved in (False, True) if here else ():
                windows = True
                yield RuleRecord(
                    window_rule(area, reserved), here, ALWAYS, min(expires, self._most),
                    reserved=reserved or None,
                )  # fmt: skip
        if windows:
            yield ScheduleRecord(ALWAYS, always=True)
        for each in self.events:
            ways = self._shared(None) if each.area is None else self._into([each.area])
            if here := _sorted(ways & points):
                yield RuleRecord(
                    _event_rule(each), here, event_name(each), min(expires, self._most),
                    extra=True,
                )  # fmt: skip
                yield self._timetable.event(each)

    def _record(
        self, group: Group, plan: PlanRow, weekdays: tuple[int, ...] | None, here: frozenset[str]
    ) -> Iterator[RuleRecord | ScheduleRecord]:
        hours = self._timetable.of(
            None if group.hours.schedule.startswith(":") else group.hours.schedule,
            group.hours.areas, weekdays, plan.lead_minutes, plan.lag_minutes,
        )  # fmt: skip
        schedule = self._timetable.record(hours)
        yield schedule
        yield RuleRecord(
            RuleId(short(group.name + days(weekdays))),
            _sorted(here),
            ScheduleId(schedule.schedule),
            min(plan.expires_days * DAY, self._most),
            min(plan.stale_days * DAY, self._most),
            pass_terms(plan),
        )

    def _grouped(self, row: RuleRow) -> Iterator[Group]:
        found: dict[Hours, set[str]] = {}
        named = set(row.access_points) | self._shared(row.areas)
        for point in self._entries:
            if point.access_point in named:
                found.setdefault(self._hours(row, point), set()).add(point.access_point)
        for hours, points in sorted(found.items(), key=lambda each: each[0].name):
            yield Group(_group_name(row, hours), row, hours, frozenset(points))

    def _hours(self, row: RuleRow, point: AccessPointRow) -> Hours:
        schedule = row.schedule
        if schedule is None:
            area = self._areas.get(point.area_to)
            schedule = (None if area is None else area.opening) or self._frame.site.opening
        return self._timetable.of(schedule, (point.area_to,))

    def _shared(self, areas: Iterable[str] | None) -> set[str]:
        """Return the ways into these areas (None: any) but for rooms that open by booking only."""
        into = self._into(areas)
        return {
            each.access_point
            for each in self._entries
            if each.access_point in into and not self._by_booking(each.area_to)
        }

    def _by_booking(self, area: str) -> bool:
        found = self._areas.get(area)
        return found is not None and found.booking_only

    def _into(self, areas: Iterable[str] | None) -> set[str]:
        """Return the ways into these areas; None: into any."""
        wanted = None if areas is None else set(areas)
        return {
            each.access_point for each in self._entries if wanted is None or each.area_to in wanted
        }


def pass_terms(plan: PlanRow) -> PassTerms | None:
    """Return how a plan counts passes; None if it counts none."""
    if plan.counts is None:
        return None
    window = None if plan.window is None else PeriodId(plan.window)
    return PassTerms(
        PeriodId(plan.counts), WhenEmpty(plan.when_empty),
        plan.allowance if window is not None else None, window,
    )  # fmt: skip


def _group_name(row: RuleRow, hours: Hours) -> str:
    if row.schedule is not None and not hours.areas:
        return row.rule
    return ":".join((row.rule, hours.schedule.lstrip(":"), *hours.areas))


def _event_rule(entry: EntryRow) -> RuleId:
    return RuleId(event_name(entry))


def _sorted(points: Iterable[str]) -> tuple[AccessPointId, ...]:
    return tuple(AccessPointId(each) for each in sorted(points))
