"""When? The spans in which somebody may enter, found at the instants where answers can change.

``decide`` is asked once between any two of those instants: it answers alike all that while.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loquet_contract.access.decision import Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    AccessPointRecord,
    HolderRecord,
    InMemoryPolicy,
    PeriodRecord,
    Right,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.schedule import from_intervals
from loquet_contract.ids import HolderId, RuleId
from loquet_server.foresight.layers import in_touch, proving, request, with_any_badge

Span = tuple[int, int]
"""UTC seconds, half-open."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One answer that holds from ``start`` until ``end`` (UTC seconds)."""

    start: int
    end: int
    answer: Granted | Denied


def stretches(
    policy: InMemoryPolicy,
    place: AccessPointRecord,
    holder: HolderRecord,
    presence: Presence,
    start: int,
    end: int,
) -> list[Stretch]:
    """Return what the rule says of a holder with a valid badge at a place, from start to end.

    The unit is taken to stay in touch with the server.
    """
    with_badge = with_any_badge(in_touch(policy, end), holder.holder)
    asked = proving(request(place.access_point), with_badge)
    found: list[Stretch] = []
    at = [start, *_turns(policy, place, holder, presence, start, end)]
    for begin, until in zip(at, [*at[1:], end], strict=True):
        answer = decide(asked, with_badge, presence, Now(0.0, begin))
        if found and found[-1].answer == answer:
            found[-1] = Stretch(found[-1].start, until, answer)
        else:
            found.append(Stretch(begin, until, answer))
    return found


def spans(found: Iterable[Stretch]) -> list[Span]:
    """Return the spans in which the answer is yes, joined where they touch."""
    bounds = from_intervals(
        (each.start, each.end) for each in found if isinstance(each.answer, Granted)
    ).bounds
    return list(zip(bounds[::2], bounds[1::2], strict=True))


def union(several: Iterable[Iterable[Span]]) -> list[Span]:
    """Return spans that are in any of several."""
    bounds = from_intervals(each for one in several for each in one).bounds
    return list(zip(bounds[::2], bounds[1::2], strict=True))


def without(spans_: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the parts of ``spans_`` that lie outside of ``others``; both sorted and disjoint."""
    found: list[Span] = []
    gone = list(others)
    for start, end in spans_:
        for begin, until in gone:
            if until <= start or begin >= end:
                continue
            if begin > start:
                found.append((start, begin))
            start = max(start, until)
        if start < end:
            found.append((start, end))
    return found


def _turns(
    policy: InMemoryPolicy,
    place: AccessPointRecord,
    holder: HolderRecord,
    presence: Presence,
    start: int,
    end: int,
) -> list[int]:
    """Return the instants between start and end at which an answer can change, sorted."""
    found = set(_of_holder(holder)) | set(_of_stay(policy, place, holder.holder, presence))
    alone = policy.records.get(f"schedule/{place.badge_alone}")
    if isinstance(alone, ScheduleRecord):
        found.update(alone.bounds)
    for name, right in _rights(holder):
        rule = policy.rule(name)
        if rule is None or place.access_point not in rule.access_points:
            continue
        found.update(_of_rule(policy, rule, right))
    return sorted(each for each in found if start < each < end)


def _rights(holder: HolderRecord) -> Iterator[tuple[RuleId, Right | None]]:
    yield from ((name, None) for name in holder.rules)
    yield from ((each.rule, each) for each in holder.rights or ())


def _of_holder(holder: HolderRecord) -> Iterator[int]:
    for each in (
        holder.valid_from, holder.valid_until, holder.membership_until, holder.pin_until,
    ):  # fmt: skip
        if each is not None:
            yield each


def _of_rule(policy: InMemoryPolicy, rule: RuleRecord, right: Right | None) -> Iterator[int]:
    if right is not None:
        for each in (right.valid_from, right.valid_until, right.grace_from):
            if each is not None:
                yield each
    schedule = policy.records.get(f"schedule/{rule.schedule}")
    if isinstance(schedule, ScheduleRecord):
        yield from schedule.bounds
    if rule.passes is not None:
        for name in (rule.passes.period, rule.passes.window):
            period = policy.records.get(f"period/{name}")
            if isinstance(period, PeriodRecord):
                yield from period.starts


def _of_stay(
    policy: InMemoryPolicy, place: AccessPointRecord, holder: HolderId, presence: Presence
) -> Iterator[int]:
    stay = presence.stays.get(holder)
    area = policy.area(place.area_to)
    if stay is not None:
        yield stay.since + (place.anti_passback_seconds or 0)
        period = None if area is None else policy.records.get(f"period/{area.day}")
        if isinstance(period, PeriodRecord):
            yield from period.starts
