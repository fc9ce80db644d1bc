"""May this credential pass here, now?

``decide`` is the whole rule and it is pure. A unit opens doors with it; the server calls the
same function to answer "why was she refused at 08:02?" and "who could enter on Sunday?".

The rule is a ladder. Each rung refuses for one reason; the cheapest and the most general
come first, so that the first rung that fails is also the answer to "why?":

1. the unit has a policy, and knows this access point;
2. the credential is in it, and not disabled; its holder is there, and not suspended;
3. the credential and its holder are valid today;
4. the credential is strong enough for this door;
5. some rule of the holder covers this access point, and that rule has not gone stale;
6. some such rule's hours contain now;
7. (passes, anti-passback, capacity: places are kept in ``reasons``, rules come with plans);
8. the door is not blocked, and not locked down.

Several rules may cover a door: one that lets in is enough, and when none does the reason is
that of the rule that came closest (hours before staleness before no rule at all).

Time is given, never taken. ``Now.utc`` of an untrusted clock is a *lower bound*, the latest
time the unit has ever been sure of: it can prove that a right has ended, never that it has
begun or that it is still within its hours. What a door does then is the manager's choice
(``UntrustedClock``).

A request to exit is not a request to be decided: it never comes here.
"""

from dataclasses import dataclass

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    HolderRecord,
    Policy,
    PolicyTerms,
    RuleRecord,
    UntrustedClock,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, CredentialDigest, HolderId, LockdownId, RuleId


@dataclass(frozen=True, slots=True)
class Now:
    """One instant: monotonic seconds for timers, UTC seconds for schedules, and its trust."""

    monotonic: float
    utc: float
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """The question. ``digests``: one per pepper in force (two while a pepper is rotated)."""

    access_point: AccessPointId
    digests: tuple[CredentialDigest, ...]
    assurance: Assurance = Assurance.UID


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes: which rule said so, and what the door should know of it."""

    holder: HolderId
    digest: CredentialDigest
    rule: RuleId
    extended_release: bool = False
    stale: bool = False
    """True once the policy is past ``stale_after``: still valid, but worth a warning."""


@dataclass(frozen=True, slots=True)
class Denied:
    """No: one reason, and what is known of who asked."""

    reason: Reason
    holder: HolderId | None = None
    digest: CredentialDigest | None = None
    when: int | None = None
    """UTC seconds: next permitted time, first day, or last day, as the reason has it."""
    lifts: LockdownId | None = None
    """The lockdown that this holder may lift on the spot; else None."""


def decide(
    request: AccessRequest, policy: Policy, presence: Presence, now: Now
) -> Granted | Denied:
    """Return the answer to ``request`` at ``now``; never raises on any policy."""
    terms = policy.terms
    place = policy.access_point(request.access_point) if terms is not None else None
    if terms is None or place is None:
        return Denied(Reason.NO_POLICY)
    found = _find(request, policy)
    if found is None:
        return Denied(Reason.CREDENTIAL_UNKNOWN, digest=_first(request))
    credential, holder = found
    refused = _identity(credential, holder, now) or _strength(request, place)
    if refused is not None or holder is None:
        reason, when = refused or (Reason.CREDENTIAL_UNKNOWN, None)
        return Denied(reason, credential.holder, credential.digest, when)
    answer = _rules(place, holder, policy, terms, now)
    if not isinstance(answer, RuleRecord):
        reason, when = answer
        return Denied(reason, holder.holder, credential.digest, when)
    door = policy.door(place.door)
    if door is not None and door.blocked:
        return Denied(Reason.DOOR_BLOCKED, holder.holder, credential.digest)
    lockdown = presence.locked_down.get(place.door)
    if lockdown is not None:
        lifts = lockdown if holder.may_lift_lockdown else None
        return Denied(Reason.LOCKED_DOWN, holder.holder, credential.digest, lifts=lifts)
    return Granted(
        holder.holder,
        credential.digest,
        answer.rule,
        extended_release=holder.extended_release,
        stale=now.utc >= terms.stale_after,
    )


_Refusal = tuple[Reason, int | None]


def _first(request: AccessRequest) -> CredentialDigest | None:
    return request.digests[0] if request.digests else None


def _find(
    request: AccessRequest, policy: Policy
) -> tuple[CredentialRecord, HolderRecord | None] | None:
    for digest in request.digests:
        found = policy.credential(digest)
        if found is not None:
            return found
    return None


def _identity(
    credential: CredentialRecord, holder: HolderRecord | None, now: Now
) -> _Refusal | None:
    """Rungs 2 and 3. A lower bound of the time proves an end; it never proves a beginning."""
    if credential.disabled:
        return Reason.CREDENTIAL_DISABLED, None
    if holder is None:
        return Reason.CREDENTIAL_UNKNOWN, None
    if holder.suspended:
        return Reason.MEMBER_SUSPENDED, None
    for record in (credential, holder):
        if record.valid_until is not None and now.utc >= record.valid_until:
            return Reason.CREDENTIAL_EXPIRED, record.valid_until
        if record.valid_from is not None and now.utc < record.valid_from:
            if now.trusted:
                return Reason.CREDENTIAL_NOT_YET_VALID, record.valid_from
            return Reason.CLOCK_UNTRUSTED, None
    return None


def _strength(request: AccessRequest, place: AccessPointRecord) -> _Refusal | None:
    if request.assurance < place.minimum_assurance:
        return Reason.ASSURANCE_TOO_LOW, None
    return None


_CLOSENESS = {
    Reason.UNAUTHORIZED: 0,
    Reason.POLICY_EXPIRED: 1,
    Reason.CLOCK_UNTRUSTED: 2,
    Reason.NOT_PERMITTED_NOW: 3,
}


def _rules(
    place: AccessPointRecord, holder: HolderRecord, policy: Policy, terms: PolicyTerms, now: Now
) -> RuleRecord | _Refusal:
    """Rungs 5 and 6: the first rule that lets in, else the refusal that came closest."""
    closest: _Refusal = (Reason.UNAUTHORIZED, None)
    for name in holder.rules:
        rule = policy.rule(name)
        if rule is None or place.access_point not in rule.access_points:
            continue
        refused = _rule(rule, place, policy, terms, now)
        if refused is None:
            return rule
        closest = _closer(closest, refused)
    return closest


def _closer(one: _Refusal, other: _Refusal) -> _Refusal:
    if _CLOSENESS[other[0]] != _CLOSENESS[one[0]]:
        return max(one, other, key=lambda refusal: _CLOSENESS[refusal[0]])
    if one[1] is None or other[1] is None:
        return one if one[1] is not None else other
    return one if one[1] <= other[1] else other


def _rule(
    rule: RuleRecord, place: AccessPointRecord, policy: Policy, terms: PolicyTerms, now: Now
) -> _Refusal | None:
    expires = terms.expires_at
    if rule.expires_after is not None:
        expires = terms.created + rule.expires_after
    if now.utc >= expires:
        return Reason.POLICY_EXPIRED, expires
    schedule = policy.schedule(rule.schedule)
    if schedule is None:
        return Reason.NOT_PERMITTED_NOW, None
    if not now.trusted and not _may_go_without_time(place, schedule.always):
        return Reason.CLOCK_UNTRUSTED, None
    if now.trusted and not schedule.contains(now.utc):
        return Reason.NOT_PERMITTED_NOW, schedule.next_start(now.utc)
    return None


def _may_go_without_time(place: AccessPointRecord, always: bool) -> bool:
    if place.untrusted_clock is UntrustedClock.IGNORE_HOURS:
        return True
    return place.untrusted_clock is UntrustedClock.ALWAYS_ONLY and always
