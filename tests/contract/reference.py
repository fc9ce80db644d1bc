"""A slow rule, written from the docstring of ``access.decision`` and not from its code."""

# mypy: disable-error-code="arg-type"

from collections.abc import Iterator

from loquet_contract.access.decision import AccessRequest, Now
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    HolderRecord,
    InMemoryPolicy,
    PassTerms,
    PeriodRecord,
    Right,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
    WhenEmpty,
    WhenFull,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason

Verdict = Reason | None
CLOSEST_FIRST = (
    Reason.NO_PASS_LEFT, Reason.NOT_PERMITTED_NOW, Reason.CLOCK_UNTRUSTED, Reason.POLICY_EXPIRED,
    Reason.CREDENTIAL_NOT_YET_VALID, Reason.CREDENTIAL_EXPIRED, Reason.UNAUTHORIZED,
)  # fmt: skip


def reference(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> Verdict:
    """Return why not, by looking at everything; None if she may pass."""
    place = policy.access_point(request.access_point)
    if policy.terms is None or place is None:
        return Reason.NO_POLICY
    known = [found for each in request.digests if (found := policy.credential(each))]
    if not known:
        return Reason.CREDENTIAL_UNKNOWN
    if place.exit:
        return None
    credential, holder = known[0]
    if credential.disabled or holder is None:
        return Reason.CREDENTIAL_DISABLED if credential.disabled else Reason.CREDENTIAL_UNKNOWN
    if holder.suspended:
        return Reason.MEMBER_SUSPENDED
    for start, end in [
        (credential.valid_from, credential.valid_until),
        (holder.valid_from, holder.valid_until),
    ]:
        if (refused := _outside(start, end, now)) is not None:
            return refused
    if holder.membership_until is not None and now.utc >= holder.membership_until:
        return Reason.MEMBERSHIP_ENDED
    if request.assurance < place.minimum_assurance:
        return Reason.ASSURANCE_TOO_LOW
    return _through(request, place, holder, policy, presence, now)


def _through(
    request: AccessRequest,
    place: AccessPointRecord,
    holder: HolderRecord,
    policy: InMemoryPolicy,
    presence: Presence,
    now: Now,
) -> Verdict:
    verdicts = list(_of_all(place, holder, policy, presence, now))
    ways = [(rank, rule) for verdict, rank, rule in verdicts if verdict is None and rule]
    if not ways:
        reasons = {verdict for verdict, _, _ in verdicts}
        return next((each for each in CLOSEST_FIRST if each in reasons), Reason.UNAUTHORIZED)
    rule = min(ways, key=lambda way: (not way[1].reserved, way[0]))[1]
    inside = _inside(place, holder, policy, presence, now)
    if inside and place.anti_passback is AntiPassback.HARD:
        return Reason.ALREADY_INSIDE
    if inside and place.anti_passback is AntiPassback.TIMED and now.trusted:
        waits = presence.stays[holder.holder].since + (place.anti_passback_seconds or 0)
        if now.utc < waits:
            return Reason.ALREADY_INSIDE
    area = policy.records.get(f"area/{place.area_to}")
    if isinstance(area, AreaRecord) and area.when_full is WhenFull.REFUSE and not inside:
        people = presence.people.get(area.area)
        full = area.capacity is not None and people is not None and people >= area.capacity
        if full and not rule.reserved:
            return Reason.AREA_FULL
    door = policy.door(place.door)
    if door is not None and door.blocked:
        return Reason.DOOR_BLOCKED
    locked_down = Reason.LOCKED_DOWN if place.door in presence.locked_down else None
    if locked_down and not holder.may_lift_lockdown:
        return locked_down
    return _second_factor(request, place, holder, policy, now) or locked_down


def _second_factor(
    request: AccessRequest,
    place: AccessPointRecord,
    holder: HolderRecord,
    policy: InMemoryPolicy,
    now: Now,
) -> Verdict:
    alone = policy.records.get(f"schedule/{place.badge_alone}")
    if isinstance(alone, ScheduleRecord) and now.trusted:
        pairs = zip(alone.bounds[::2], alone.bounds[1::2], strict=True)
        if alone.always or any(start <= now.utc < end for start, end in pairs):
            return None
    if not place.pin:
        return None
    if holder.pin is None or (holder.pin_until is not None and now.utc >= holder.pin_until):
        return Reason.PIN_MISSING
    if request.pin_blocked:
        return Reason.PIN_BLOCKED
    if holder.pin in request.pins:
        return None
    return Reason.PIN_WRONG if request.pins else Reason.PIN_EXPECTED


def _outside(start: int | None, end: int | None, now: Now) -> Verdict:
    if end is not None and now.utc >= end:
        return Reason.CREDENTIAL_EXPIRED
    if start is not None and now.utc < start:
        return Reason.CREDENTIAL_NOT_YET_VALID if now.trusted else Reason.CLOCK_UNTRUSTED
    return None


def _of_all(
    place: AccessPointRecord,
    holder: HolderRecord,
    policy: InMemoryPolicy,
    presence: Presence,
    now: Now,
) -> Iterator[tuple[Verdict, int, RuleRecord | None]]:
    """Yield verdict, cost (0 nothing, 1 a pass, 2 a bill) and rule of each rule and right."""
    for right in (*(Right(name) for name in holder.rules), *(holder.rights or ())):
        rule = policy.rule(right.rule)
        if rule is None or place.access_point not in rule.access_points:
            continue
        verdict = _outside(right.valid_from, right.valid_until, now)
        verdict = verdict or _hours(rule, place, policy, now)
        if verdict is not None:
            if not rule.extra:
                yield verdict, 0, rule
        elif rule.passes is None or not place.consumes:
            yield None, 0, rule
        else:
            account = right.account or holder.holder
            cost = _cost(rule.passes, account, holder.holder, policy, presence, now)
            yield (Reason.NO_PASS_LEFT, 0, rule) if cost is None else (None, cost, rule)


def _hours(rule: RuleRecord, place: AccessPointRecord, policy: InMemoryPolicy, now: Now) -> Verdict:
    terms = policy.terms
    assert terms is not None
    ends = terms.expires_at
    if rule.expires_after is not None:
        ends = terms.created + rule.expires_after
    if now.utc >= ends:
        return Reason.POLICY_EXPIRED
    found = policy.records.get(f"schedule/{rule.schedule}")
    if not isinstance(found, ScheduleRecord):
        return Reason.NOT_PERMITTED_NOW
    pairs = list(zip(found.bounds[::2], found.bounds[1::2], strict=True))
    inside = found.always or any(start <= now.utc < end for start, end in pairs)
    if now.trusted:
        return None if inside else Reason.NOT_PERMITTED_NOW
    allowed = {
        UntrustedClock.REFUSE: False,
        UntrustedClock.ALWAYS_ONLY: found.always,
        UntrustedClock.IGNORE_HOURS: True,
    }
    return None if allowed[place.untrusted_clock] else Reason.CLOCK_UNTRUSTED


def _began(policy: InMemoryPolicy, period: str | None, now: Now) -> int | None:
    found = policy.records.get(f"period/{period}")
    if not isinstance(found, PeriodRecord):
        return None
    return max((start for start in found.starts if start <= now.utc), default=None)


def _cost(
    terms: PassTerms,
    account: str,
    holder: str,
    policy: InMemoryPolicy,
    presence: Presence,
    now: Now,
) -> int | None:
    period = _began(policy, terms.period, now)
    if period is None:
        return None
    paid = {key: start for key, start in presence.paid.items() if key == (account, holder)}
    if any(start >= period for start in paid.values()):
        return 0
    known = {name: balance for name, balance in presence.balances.items() if name == account}
    left = next((balance.left for balance in known.values()), 0)
    if terms.window is not None:
        window = _began(policy, terms.window, now)
        known_for = next((balance.window for balance in known.values()), None)
        if window is None:
            left = 0
        elif known_for is None or known_for < window:
            left = terms.allowance or 0
    if left > 0:
        return 1
    return 2 if terms.when_empty is WhenEmpty.BILL else None


def _inside(
    place: AccessPointRecord,
    holder: HolderRecord,
    policy: InMemoryPolicy,
    presence: Presence,
    now: Now,
) -> bool:
    stay = presence.stays.get(holder.holder)
    if stay is None or stay.area != place.area_to:
        return False
    area = policy.records.get(f"area/{place.area_to}")
    day = area.day if isinstance(area, AreaRecord) else None
    morning = _began(policy, day, now)
    return morning is None or stay.since >= morning
