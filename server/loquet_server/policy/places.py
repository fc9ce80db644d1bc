"""What a unit is told of its own doors and areas, and how it counts days. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    DoorRecord,
    PeriodLength,
    PeriodRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
    WhenFull,
)
from loquet_contract.ids import AccessPointId, AreaId, DoorId, PeriodId, ScheduleId
from loquet_server.hours import periods
from loquet_server.policy.rows import AccessPointRow, AreaRow, DoorRow, SiteRow
from loquet_server.policy.timetable import Timetable

DAY = PeriodId(PeriodLength.DAY.value)
BEFORE = 40
"""Days before the frame's start at which periods begin: a month and more."""


def doors(
    timetable: Timetable, rows: Iterable[DoorRow], points: Iterable[AccessPointRow]
) -> Iterator[DoorRecord | ScheduleRecord]:
    """Yield doors, each with the hours in which it stands unlocked."""
    into: dict[str, set[str]] = {}
    for point in points:
        if not point.exit:
            into.setdefault(point.door, set()).add(point.area_to)
    for row in rows:
        hours: ScheduleId | None = None
        if row.unlock_schedule is not None:
            schedule = timetable.record(
                timetable.of(row.unlock_schedule, into.get(row.door, set()))
            )
            hours = schedule.schedule
            yield schedule
        yield DoorRecord(DoorId(row.door), hours, row.first_card, row.blocked)


def access_points(
    timetable: Timetable, rows: Iterable[AccessPointRow], areas: Iterable[AreaRow]
) -> Iterator[AccessPointRecord | ScheduleRecord]:
    """Yield ways through doors, each with the hours in which the badge alone is enough.

    Hard anti-passback needs sensed exits, and is soft without.
    """
    known = {each.area: each for each in areas}
    for row in rows:
        area = known.get(row.area_to)
        back = None if row.anti_passback is None or row.exit else AntiPassback(row.anti_passback)
        if back is AntiPassback.HARD and (area is None or not area.exit_sensing):
            back = AntiPassback.SOFT
        timed = back is AntiPassback.TIMED
        asks = row.pin != "never" and not row.exit
        alone: ScheduleId | None = None
        if asks and row.pin == "outside" and row.badge_alone is not None:
            schedule = timetable.record(timetable.of(row.badge_alone, {row.area_to}))
            alone = schedule.schedule
            yield schedule
        yield AccessPointRecord(
            AccessPointId(row.access_point),
            DoorId(row.door),
            AreaId(row.area_from),
            AreaId(row.area_to),
            Assurance(row.minimum_assurance),
            UntrustedClock(row.untrusted_clock),
            row.exit or None,
            (area is not None and area.consumes and not row.exit) or None,
            back,
            60 * (row.anti_passback_minutes or 0) if timed else None,
            asks or None,
            alone,
        )


def areas(rows: Iterable[AreaRow], points: Iterable[AccessPointRow]) -> Iterator[AreaRecord]:
    """Yield the areas into which these ways lead. None is refused as full without sensed exits."""
    into = {point.area_to for point in points if not point.exit}
    for row in rows:
        if row.area in into:
            full = WhenFull(row.when_full) if row.exit_sensing else WhenFull.WARN
            yield AreaRecord(AreaId(row.area), row.capacity, full, DAY)


def periods_of(
    site: SiteRow, timetable: Timetable, records: Iterable[Record]
) -> Iterator[PeriodRecord]:
    """Yield the periods by which these records count."""
    asked = set()
    for record in records:
        if isinstance(record, AreaRecord) and record.day is not None:
            asked.add(record.day)
        if isinstance(record, RuleRecord) and record.passes is not None:
            asked |= {record.passes.period, record.passes.window or record.passes.period}
    for name in sorted(asked):
        length = PeriodLength(name)
        yield PeriodRecord(PeriodId(name), length, _starts(site, timetable, length))


def _starts(site: SiteRow, timetable: Timetable, length: PeriodLength) -> tuple[int, ...]:
    """Return the starts of periods from before the frame's start to its end."""
    monday = datetime.fromtimestamp(timetable.frame.start, timetable.zone).date()
    first, count = monday - timedelta(BEFORE), timetable.frame.days + BEFORE
    zone, cut = site.timezone, site.day_starts
    if length is PeriodLength.DAY:
        return periods.days(zone, cut, monday - timedelta(7), timetable.frame.days + 8)
    if length is PeriodLength.HALF_DAY:
        yesterday = monday - timedelta(7)
        return periods.half_days(zone, cut, yesterday, timetable.frame.days + 8, site.half_day_at)
    if length is PeriodLength.WEEK:
        return periods.weeks(zone, cut, monday - timedelta(7), count // 7 + 1)
    return periods.months(zone, cut, date(first.year, first.month, 1), count // 28 + 2)
