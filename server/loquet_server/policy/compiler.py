"""From rows to records: what one unit needs to decide by itself, and nothing else.

Pure, and deterministic: the same rows give the same lines, in whatever order they come. Only
the unit's own doors and access points are in it, the rules that reach them, and the hours
of those rules, already expanded to UTC intervals. All holders of the site are in it, also
those whom no rule lets in here, so that a refusal can say "not in your plan".
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
)
from loquet_contract.access.schedule import from_intervals
from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    CredentialDigest,
    DoorId,
    HolderId,
    RuleId,
    ScheduleId,
)
from loquet_contract.wire.policy import line
from loquet_server.policy.rows import HolderRow, RuleRow, ScheduleRow, Source, WeeklyOrInterval

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


class InvalidHours(ValueError):
    """Hours cannot be understood; the message names the schedule and says what to write."""


def compile_policy(source: Source) -> list[Record]:
    """Return the records of one unit, sorted by key; raise InvalidHours."""
    points = {each.access_point for each in source.access_points}
    rules = [rule for rule in source.rules if points.intersection(rule.access_points)]
    used = {rule.schedule for rule in rules}
    used |= {door.unlock_schedule for door in source.doors if door.unlock_schedule is not None}
    by_plan: dict[str, list[RuleId]] = {}
    for rule in sorted(rules, key=lambda each: each.rule):
        by_plan.setdefault(rule.plan, []).append(RuleId(rule.rule))
    records: list[Record] = [
        *_doors(source),
        *(_rule(rule, points) for rule in rules),
        *(_schedule(each, source) for each in source.schedules if each.schedule in used),
        *(_holder(each, by_plan) for each in source.holders),
        *_credentials(source),
    ]
    return sorted(records, key=lambda record: record.key)


def lines_of(records: Iterable[Record]) -> dict[str, str]:
    """Return key to canonical line, in the order of the records."""
    return {record.key: line(record) for record in records}


def expand(schedule: ScheduleRow, timezone: str, start: int, days: int) -> tuple[int, ...]:
    """Return the bounds of a schedule from ``start`` (UTC seconds) for so many days."""
    zone = ZoneInfo(timezone)
    first = datetime.fromtimestamp(start, zone).date()
    found: list[tuple[int, int]] = []
    for each in schedule.intervals:
        if isinstance(each, Mapping):
            found += _weekly(schedule.schedule, each, zone, first, days)
        else:
            found.append(_interval(schedule.schedule, each))
    end = int(datetime.combine(first + timedelta(days), time(), zone).timestamp())
    clipped = ((max(begin, start), min(until, end)) for begin, until in found)
    return from_intervals(clipped).bounds


def _doors(source: Source) -> Iterable[Record]:
    for door in source.doors:
        hours = None if door.unlock_schedule is None else ScheduleId(door.unlock_schedule)
        yield DoorRecord(DoorId(door.door), hours, blocked=door.blocked)
    for point in source.access_points:
        yield AccessPointRecord(
            AccessPointId(point.access_point),
            DoorId(point.door),
            AreaId(point.area_from),
            AreaId(point.area_to),
            Assurance(point.minimum_assurance),
            UntrustedClock(point.untrusted_clock),
        )


def _rule(rule: RuleRow, points: set[str]) -> RuleRecord:
    here = sorted(points.intersection(rule.access_points))
    return RuleRecord(
        RuleId(rule.rule),
        tuple(AccessPointId(each) for each in here),
        ScheduleId(rule.schedule),
        rule.expires_after,
    )


def _schedule(schedule: ScheduleRow, source: Source) -> ScheduleRecord:
    name = ScheduleId(schedule.schedule)
    if schedule.always:
        return ScheduleRecord(name, always=True)
    return ScheduleRecord(name, expand(schedule, source.timezone, source.start, source.days))


def _holder(holder: HolderRow, by_plan: Mapping[str, list[RuleId]]) -> HolderRecord:
    rules = by_plan.get(holder.plan, []) if holder.plan is not None else []
    return HolderRecord(
        HolderId(holder.holder),
        tuple(rules),
        holder.valid_from,
        holder.valid_until,
        holder.suspended,
        holder.extended_release,
        holder.may_lift_lockdown,
    )


def _credentials(source: Source) -> Iterable[CredentialRecord]:
    for each in source.credentials:
        yield CredentialRecord(
            CredentialDigest(each.digest),
            HolderId(each.holder),
            disabled=each.disabled,
            valid_from=each.valid_from,
            valid_until=each.valid_until,
        )


def _interval(schedule: str, given: WeeklyOrInterval) -> tuple[int, int]:
    if not isinstance(given, Mapping) and len(given) == 2:
        start, end = given
        if isinstance(start, int) and isinstance(end, int):
            return start, end
    raise InvalidHours(
        f"schedule {schedule!r}: {given!r} is no interval; write [start, end] in UTC seconds,"
        ' or {"weekdays": [0, 1], "from": "09:00", "to": "18:00"}'
    )


def _weekly(
    schedule: str, given: Mapping[str, object], zone: ZoneInfo, first: date, days: int
) -> Iterable[tuple[int, int]]:
    weekdays = given.get("weekdays")
    if not isinstance(weekdays, list) or not set(weekdays) <= set(range(7)):
        raise InvalidHours(f"schedule {schedule!r}: 'weekdays' is a list of 0 (Monday) to 6")
    begin, until = (_clock(schedule, given, name) for name in ("from", "to"))
    if until <= begin:
        until += 24 * 60  # past midnight
    for at in range(-1, days):
        day = first + timedelta(at)
        if day.weekday() in weekdays:
            yield _instant(day, begin, zone), _instant(day, until, zone)


def _clock(schedule: str, given: Mapping[str, object], name: str) -> int:
    """Return minutes after midnight; 24:00 is the end of the day."""
    found = _CLOCK.fullmatch(str(given.get(name)))
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise InvalidHours(
            f'schedule {schedule!r}: {name!r} is a time such as "09:00", got {given.get(name)!r}'
        )
    return int(found[1]) * 60 + int(found[2])


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Return the instant of a wall-clock time, by the clock on the wall of that very day."""
    over, rest = divmod(minutes, 24 * 60)
    local = datetime.combine(day + timedelta(over), time(rest // 60, rest % 60), zone)
    return int(local.timestamp())
