"""What if? Who gains and who loses which hours where, when one set of records becomes another."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loquet_contract.access.policy import (
    HolderRecord,
    InMemoryPolicy,
    RuleRecord,
)
from loquet_contract.ids import AreaId, HolderId
from loquet_server.foresight.layers import PLENTY, holders, layered, ways_in
from loquet_server.foresight.spans import Span, spans, stretches, union, without

Policies = Mapping[str, InMemoryPolicy]
"""A site's policies by unit."""
_NONE = InMemoryPolicy(None)
_NOBODY = HolderId("nobody")


@dataclass(frozen=True, slots=True)
class Change:
    """What one holder gains and loses in one area; UTC seconds, sorted and disjoint."""

    holder: HolderId
    area: AreaId
    gained: tuple[Span, ...]
    lost: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Weekday:
    """How many holders gain or lose time on a weekday (0 Monday to 6), by local days."""

    weekday: int
    gain: int
    lose: int


def what_if(before: Policies, after: Policies, start: int, days: int) -> list[Change]:
    """Return what changes for whom in ``days`` days from ``start`` (UTC seconds).

    Passes are taken to last, doors to be neither blocked nor locked down, units in touch.
    """
    end = start + days * 86_400
    kept: dict[object, dict[AreaId, list[Span]]] = {}
    found: list[Change] = []
    touched = {unit: _touched(before, after, unit) for unit in {*before, *after}}
    for holder, (old, new) in sorted(_people(before, after).items()):
        if old == new and not any(_reaches(old, each) for each in touched.values()):
            continue
        was = _areas(before, old, start, end, kept, "before")
        will = _areas(after, new, start, end, kept, "after")
        for area in sorted({*was, *will}):
            gained = without(will.get(area, ()), was.get(area, ()))
            lost = without(was.get(area, ()), will.get(area, ()))
            if gained or lost:
                found.append(Change(holder, area, tuple(gained), tuple(lost)))
    return found


def by_weekday(changes: list[Change], timezone: str) -> list[Weekday]:
    """Return for each weekday that changes how many holders gain and lose time on it."""
    zone = ZoneInfo(timezone)
    gain: dict[int, set[HolderId]] = defaultdict(set)
    lose: dict[int, set[HolderId]] = defaultdict(set)
    for each in changes:
        for spans_, tally in ((each.gained, gain), (each.lost, lose)):
            for start, end in spans_:
                for weekday in _weekdays(start, end, zone):
                    tally[weekday].add(each.holder)
    return [
        Weekday(day, len(gain[day]), len(lose[day])) for day in range(7) if gain[day] or lose[day]
    ]


def _weekdays(start: int, end: int, zone: ZoneInfo) -> set[int]:
    first = datetime.fromtimestamp(start, zone).date()
    last = datetime.fromtimestamp(end - 1, zone).date()
    count = min((last - first).days + 1, 7)
    return {(first + timedelta(at)).weekday() for at in range(count)}


def _people(
    before: Policies, after: Policies
) -> dict[HolderId, tuple[HolderRecord | None, HolderRecord | None]]:
    """Return every holder's record before and after; it is the same for all units of a site."""
    was, will = _records(before), _records(after)
    return {name: (was.get(name), will.get(name)) for name in {*was, *will}}


def _records(policies: Policies) -> dict[HolderId, HolderRecord]:
    found: dict[HolderId, HolderRecord] = {}
    for _, policy in sorted(policies.items()):
        for each in holders(policy):
            known = found.get(each.holder)
            if known is not None and known.rights is None:
                each = replace(each, rules=tuple(sorted({*known.rules, *each.rules})))
            found[each.holder] = each
    return found


def _touched(before: Policies, after: Policies, unit: str) -> set[str] | None:
    """Return the rules of a unit that change; None if its doors do, and with them everything."""
    was, will = before.get(unit, _NONE).records, after.get(unit, _NONE).records
    keys = {key for key in {*was, *will} if was.get(key) != will.get(key)}
    if any(key.startswith(("access_point/", "area/", "door/")) for key in keys):
        return None
    found: set[str] = set()
    for records in (was, will):
        for key, each in records.items():
            if isinstance(each, RuleRecord) and (key in keys or _needs(each) & keys):
                found.add(each.rule)
    return found


def _needs(rule: RuleRecord) -> set[str]:
    periods = () if rule.passes is None else (rule.passes.period, rule.passes.window)
    return {f"schedule/{rule.schedule}", *(f"period/{each}" for each in periods)}


def _reaches(holder: HolderRecord | None, touched: set[str] | None) -> bool:
    if holder is None:
        return False
    if touched is None:
        return True
    names = {*holder.rules, *(each.rule for each in holder.rights or ())}
    return not names.isdisjoint(touched)


def _areas(
    policies: Policies,
    holder: HolderRecord | None,
    start: int,
    end: int,
    kept: dict[object, dict[AreaId, list[Span]]],
    when: str,
) -> dict[AreaId, list[Span]]:
    """Return the spans of a holder by area; holders with the same rights share the work."""
    if holder is None or holder.suspended:
        return {}
    key = (when, replace(holder, holder=_NOBODY))
    if key not in kept:
        kept[key] = _areas_of(policies, holder, start, end)
    return kept[key]


def _areas_of(
    policies: Policies, holder: HolderRecord, start: int, end: int
) -> dict[AreaId, list[Span]]:
    found: dict[AreaId, list[list[Span]]] = defaultdict(list)
    for policy in policies.values():
        for place in ways_in(policy):
            door = policy.door(place.door)
            calm = policy if door is None else layered(policy, replace(door, blocked=False))
            found[place.area_to].append(spans(stretches(calm, place, holder, PLENTY, start, end)))
    return {area: union(each) for area, each in found.items()}
