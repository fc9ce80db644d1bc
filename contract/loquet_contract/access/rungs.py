"""What every rung is given, and the rungs about who is inside, and about the PIN beside a badge.

Part of ``decision``, which says in which order they are asked.
"""

from dataclasses import dataclass

from loquet_contract.access import passes, pin
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    HolderRecord,
    Policy,
    PolicyTerms,
    RuleRecord,
    WhenFull,
)
from loquet_contract.access.presence import Presence, Stay
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.ids import PinDigest

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


def _inside(asked: Asked) -> Stay | None:
    """Return the holder's stay, if they were last seen going into this area since the day began."""
    place, stay = asked.place, asked.presence.stays.get(asked.holder.holder)
    if stay is None or stay.area != place.area_to:
        return None
    area = asked.policy.area(place.area_to)
    if area is None or area.day is None:
        return stay
    morning = passes.period_start(asked.policy, area.day, asked.now.utc)
    return stay if morning is None or stay.since >= morning else None


def already_inside(asked: Asked, remarks: list[Remark]) -> Refusal | None:
    """Rung 9."""
    place, now = asked.place, asked.now
    stay = None if place.anti_passback is None else _inside(asked)
    if stay is None:
        return None
    if place.anti_passback is AntiPassback.HARD:
        return Reason.ALREADY_INSIDE, None
    if place.anti_passback is AntiPassback.TIMED and now.trusted:
        again = stay.since + (place.anti_passback_seconds or 0)
        return (Reason.ALREADY_INSIDE, again) if now.utc < again else None
    remarks.append(Remark.ALREADY_INSIDE)
    return None


def full(asked: Asked, rule: RuleRecord, remarks: list[Remark]) -> Refusal | None:
    """Rung 10; whoever is inside already takes no place."""
    area = asked.policy.area(asked.place.area_to)
    if area is None or area.capacity is None:
        return None
    people = asked.presence.people.get(area.area)
    if people is None or people < area.capacity or _inside(asked):
        return None
    if area.when_full is WhenFull.REFUSE and not rule.reserved:
        return Reason.AREA_FULL, None
    remarks.append(Remark.AREA_FULL)
    return None


def asks_for_pin(asked: Asked) -> bool:
    """True if the badge alone is not enough here now; a clock in doubt shortens nothing."""
    if not asked.place.pin:
        return False
    if asked.place.badge_alone is None or not asked.now.trusted:
        return True
    alone = asked.policy.schedule(asked.place.badge_alone)
    return alone is None or not alone.contains(asked.now.utc)


def pin_missing(asked: Asked, typed: tuple[PinDigest, ...], *, blocked: bool) -> Refusal | None:
    """Rung 12; None once the PIN is proven."""
    holder = asked.holder
    if holder.pin is None:
        return Reason.PIN_MISSING, None
    if holder.pin_until is not None and asked.now.utc >= holder.pin_until:
        return Reason.PIN_MISSING, holder.pin_until
    if blocked:
        return Reason.PIN_BLOCKED, None
    if not typed:
        return Reason.PIN_EXPECTED, None
    return None if pin.proven(holder.pin, typed) else (Reason.PIN_WRONG, None)
