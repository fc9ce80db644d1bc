"""The rungs that look at who is inside: anti-passback, and a full area.

Part of ``decision``, which says in which order they are asked.
"""

from dataclasses import dataclass

from loquet_contract.access import passes
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    HolderRecord,
    Policy,
    PolicyTerms,
    RuleRecord,
    WhenFull,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason, Remark

Refusal = tuple[Reason, int | None]
"""Why not, and the UTC second that goes with it."""


@dataclass(frozen=True, slots=True)
class Now:
    """One instant: monotonic seconds for timers, UTC seconds for schedules, and its trust."""

    monotonic: float
    utc: float
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks where, and all that is known."""

    place: AccessPointRecord
    holder: HolderRecord
    policy: Policy
    terms: PolicyTerms
    presence: Presence
    now: Now


def _is_inside(asked: Asked) -> bool:
    """True if the holder was last seen going into this area, since the day began."""
    place, stay = asked.place, asked.presence.stays.get(asked.holder.holder)
    if stay is None or stay.area != place.area_to:
        return False
    area = asked.policy.area(place.area_to)
    if area is None or area.day is None:
        return True
    morning = passes.period_start(asked.policy, area.day, asked.now.utc)
    return morning is None or stay.since >= morning


def already_inside(asked: Asked, remarks: list[Remark]) -> Refusal | None:
    """Rung 9."""
    place, now = asked.place, asked.now
    if place.anti_passback is None or not _is_inside(asked):
        return None
    if place.anti_passback is AntiPassback.HARD:
        return Reason.ALREADY_INSIDE, None
    if place.anti_passback is AntiPassback.TIMED and now.trusted:
        again = asked.presence.stays[asked.holder.holder].since + (place.anti_passback_seconds or 0)
        return (Reason.ALREADY_INSIDE, again) if now.utc < again else None
    remarks.append(Remark.ALREADY_INSIDE)
    return None


def full(asked: Asked, rule: RuleRecord, remarks: list[Remark]) -> Refusal | None:
    """Rung 10; whoever is inside already takes no place."""
    area = asked.policy.area(asked.place.area_to)
    if area is None or area.capacity is None:
        return None
    people = asked.presence.people.get(area.area)
    if people is None or people < area.capacity or _is_inside(asked):
        return None
    if area.when_full is WhenFull.REFUSE and not rule.reserved:
        return Reason.AREA_FULL, None
    remarks.append(Remark.AREA_FULL)
    return None
