"""May this credential pass here, now?

``decide`` is the whole rule and it is pure. A unit opens doors with it; the server calls the
same function to answer "why was she refused at 08:02?" and "who could enter on Sunday?".

The rule is a ladder. Each rung refuses for one reason; the cheapest and the most general
come first, so that the first rung that fails is also the answer to "why?":

1. the unit has a policy, and knows this access point;
2. the credential is in it; at the way out, that is all: whoever asks to leave is let out;
3. the credential is not disabled; its holder is there, and not suspended;
4. the credential and its holder are valid today, and so is the yearly membership;
5. the credential is strong enough for this door;
6. some rule of the holder covers this access point, their right to it is valid today, and the
   rule has not gone stale;
7. some such rule's hours contain now;
8. where entering takes a pass: this period is paid for already, or a pass is left, or the
   rule says that it is to be billed;
9. anti-passback: the holder is not inside already;
10. the area is not full;
11. the door is not blocked, and not locked down but for who may lift that;
12. where the door asks for a PIN too: the holder has one, has attempts left, and has typed it;
13. the door is not locked down: whoever may lift a lockdown has proven to be there.

Several rules may cover a door: one that lets in is enough, a reservation before the others, one
that costs nothing before one that takes a pass, and one whose time has not ended before one in
its days of grace. When none does, the reason is that of the rule that came closest (passes before
hours before staleness before validity before no rule).

Time is given, never taken. ``Now.utc`` of an untrusted clock is a *lower bound*, the latest
time the unit has ever been sure of: it can prove that a right has ended, never that it has
begun or that it is still within its hours. What a door does then is the manager's choice
(``UntrustedClock``). Timed anti-passback, which such a clock cannot measure, is soft then.

A PIN is asked of whoever would be let in by the badge, and of nobody else: ``PIN_EXPECTED`` is
the answer to a badge that has yet to be followed by a PIN.

A request to exit is not a request to be decided: it never comes here.
"""

from dataclasses import dataclass

from loquet_contract.access import passes
from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    HolderRecord,
    Policy,
    Right,
    RuleRecord,
    UntrustedClock,
    WhenEmpty,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.access.rungs import (
    Asked,
    Now,
    Refusal,
    already_inside,
    asks_for_pin,
    full,
    pin_missing,
)
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    CredentialDigest,
    HolderId,
    LockdownId,
    PinDigest,
    RuleId,
)

__all__ = ["EXIT_RULE", "AccessRequest", "Denied", "Granted", "Now", "decide"]

EXIT_RULE = RuleId("exit")
"""The rule that lets out at an exit reader; it is in no policy."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """The question. ``digests``: one per pepper in force (two while a pepper is rotated).

    ``pins``: of the PIN that was typed, likewise; none if none was. ``pin_blocked``: too many
    wrong ones were typed, and none is looked at for now.
    """

    access_point: AccessPointId
    digests: tuple[CredentialDigest, ...]
    assurance: Assurance = Assurance.UID
    pins: tuple[PinDigest, ...] = ()
    pin_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes: which rule said so, and what the door should know of it."""

    holder: HolderId
    digest: CredentialDigest
    rule: RuleId
    extended_release: bool = False
    stale: bool = False
    """True once the policy is past ``stale_after``: still valid, but worth a warning."""
    account: AccountId | None = None
    """Where a pass is to be taken once the door has opened; None if none is."""
    period: int | None = None
    """The start (UTC seconds) of the period that this pass pays for."""
    billed: bool = False
    """No pass was left, and the rule lets in all the same."""
    remarks: tuple[Remark, ...] = ()
    pin: bool = False
    """The PIN was asked too, and proven."""


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
    if place.exit:
        return Granted(credential.holder, credential.badge, EXIT_RULE)
    refused = _identity(credential, holder, now) or _strength(request, place)
    if refused is not None or holder is None:
        reason, when = refused or (Reason.CREDENTIAL_UNKNOWN, None)
        return Denied(reason, credential.holder, credential.badge, when)
    asked = Asked(place, holder, policy, terms, presence, now)
    way = _ways(asked)
    if not isinstance(way, _Way):
        reason, when = way
        return Denied(reason, holder.holder, credential.badge, when)
    remarks: list[Remark] = []
    refused = already_inside(asked, remarks) or full(asked, way.rule, remarks)
    if refused is not None:
        return Denied(refused[0], holder.holder, credential.badge, refused[1])
    pin = asks_for_pin(asked)
    denied = _door(asked, credential, request, pin=pin)
    return denied or _granted(asked, way, credential, remarks, pin=pin)


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
) -> Refusal | None:
    """Rungs 3 and 4. A lower bound of the time proves an end; it never proves a beginning."""
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
    ends = holder.membership_until
    if ends is not None and now.utc >= ends:
        return Reason.MEMBERSHIP_ENDED, ends
    return None


def _strength(request: AccessRequest, place: AccessPointRecord) -> Refusal | None:
    if request.assurance < place.minimum_assurance:
        return Reason.ASSURANCE_TOO_LOW, None
    return None


@dataclass(frozen=True, slots=True)
class _Way:
    """A rule that lets in, whether by grace, and what it costs."""

    rule: RuleRecord
    in_grace: bool = False
    account: AccountId | None = None
    period: int | None = None
    billed: bool = False

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Reservations first, then what costs less, then what has not ended."""
        cost = 0 if self.account is None else 1 + self.billed
        return not self.rule.reserved, cost, self.in_grace


_CLOSENESS = {
    Reason.UNAUTHORIZED: 0,
    Reason.CREDENTIAL_EXPIRED: 1,
    Reason.CREDENTIAL_NOT_YET_VALID: 2,
    Reason.POLICY_EXPIRED: 3,
    Reason.CLOCK_UNTRUSTED: 4,
    Reason.NOT_PERMITTED_NOW: 5,
    Reason.NO_PASS_LEFT: 6,
}


def _ways(asked: Asked) -> _Way | Refusal:
    """Rungs 6 to 8: the best rule that lets in, else the refusal that came closest."""
    closest: Refusal = (Reason.UNAUTHORIZED, None)
    best: _Way | None = None
    named: list[tuple[RuleId, Right | None]] = [(name, None) for name in asked.holder.rules]
    named += [(right.rule, right) for right in asked.holder.rights or ()]
    for name, right in named:
        found = _way(asked, name, right)
        if isinstance(found, _Way):
            best = found if best is None or found.rank < best.rank else best
        elif found is not None:
            closest = _closer(closest, found)
    return best or closest


def _closer(one: Refusal, other: Refusal) -> Refusal:
    if _CLOSENESS[other[0]] != _CLOSENESS[one[0]]:
        return max(one, other, key=lambda refusal: _CLOSENESS[refusal[0]])
    if one[1] is None or other[1] is None:
        return one if one[1] is not None else other
    last_counts = one[0] is Reason.CREDENTIAL_EXPIRED
    return one if (one[1] <= other[1]) is not last_counts else other


def _way(asked: Asked, name: RuleId, right: Right | None) -> _Way | Refusal | None:
    """Return how this rule lets in, or why not; None if it says nothing of this place."""
    rule = asked.policy.rule(name)
    if rule is None or asked.place.access_point not in rule.access_points:
        return None
    refused = None if right is None else _right(right, asked.now)
    refused = refused or _hours(rule, asked)
    if refused is not None:
        return None if rule.extra else refused
    ends = None if right is None else right.grace_from
    in_grace = ends is not None and asked.now.utc >= ends
    if rule.passes is None or not asked.place.consumes:
        return _Way(rule, in_grace)
    return _pass(rule, passes.account_of(asked.holder, right), in_grace, asked)


def _right(right: Right, now: Now) -> Refusal | None:
    if right.valid_until is not None and now.utc >= right.valid_until:
        ended = right.valid_until if right.grace_from is None else right.grace_from
        return Reason.CREDENTIAL_EXPIRED, ended
    if right.valid_from is not None and now.utc < right.valid_from:
        if now.trusted:
            return Reason.CREDENTIAL_NOT_YET_VALID, right.valid_from
        return Reason.CLOCK_UNTRUSTED, None
    return None


def _hours(rule: RuleRecord, asked: Asked) -> Refusal | None:
    terms, now = asked.terms, asked.now
    expires = terms.expires_at
    if rule.expires_after is not None:
        expires = terms.created + rule.expires_after
    if now.utc >= expires:
        return Reason.POLICY_EXPIRED, expires
    schedule = asked.policy.schedule(rule.schedule)
    if schedule is None:
        return Reason.NOT_PERMITTED_NOW, None
    if not now.trusted and not _may_go_without_time(asked.place, schedule.always):
        return Reason.CLOCK_UNTRUSTED, None
    if now.trusted and not schedule.contains(now.utc):
        return Reason.NOT_PERMITTED_NOW, schedule.next_start(now.utc)
    return None


def _may_go_without_time(place: AccessPointRecord, always: bool) -> bool:
    if place.untrusted_clock is UntrustedClock.IGNORE_HOURS:
        return True
    return place.untrusted_clock is UntrustedClock.ALWAYS_ONLY and always


def _pass(rule: RuleRecord, account: AccountId, in_grace: bool, asked: Asked) -> _Way | Refusal:
    """Rung 8; ``when`` of a refusal is the start of the window that brings new passes."""
    terms, policy, utc = rule.passes, asked.policy, asked.now.utc
    assert terms is not None
    start = passes.period_start(policy, terms.period, utc)
    if start is None:  # nobody can say which day it is: nothing can be counted
        return Reason.NO_PASS_LEFT, None
    if passes.is_paid(asked.presence, account, asked.holder.holder, start):
        return _Way(rule, in_grace)
    if passes.balance(terms, policy, asked.presence, account, utc).left > 0:
        return _Way(rule, in_grace, account, start)
    if terms.when_empty is WhenEmpty.BILL:
        return _Way(rule, in_grace, account, start, billed=True)
    window = None if terms.window is None else policy.period(terms.window)
    return Reason.NO_PASS_LEFT, None if window is None else window.next_start(utc)


def _door(
    asked: Asked, credential: CredentialRecord, request: AccessRequest, *, pin: bool
) -> Denied | None:
    """Rungs 11 to 13. ``pin``: it is asked here."""
    place, holder = asked.place, asked.holder
    door = asked.policy.door(place.door)
    if door is not None and door.blocked:
        return Denied(Reason.DOOR_BLOCKED, holder.holder, credential.badge)
    lockdown = asked.presence.locked_down.get(place.door)
    if lockdown is not None and not holder.may_lift_lockdown:
        return Denied(Reason.LOCKED_DOWN, holder.holder, credential.badge)
    refused = pin_missing(asked, request.pins, blocked=request.pin_blocked) if pin else None
    if refused is not None:
        return Denied(refused[0], holder.holder, credential.badge, refused[1])
    if lockdown is None:
        return None
    return Denied(Reason.LOCKED_DOWN, holder.holder, credential.badge, lifts=lockdown)


def _granted(
    asked: Asked, way: _Way, credential: CredentialRecord, remarks: list[Remark], *, pin: bool
) -> Granted:
    terms = asked.terms
    if way.billed:
        remarks.insert(0, Remark.BILLED)
    if way.in_grace:
        remarks.insert(0, Remark.IN_GRACE)
    stale = terms.stale_after
    if way.rule.stale_after is not None:
        stale = terms.created + way.rule.stale_after
    return Granted(
        asked.holder.holder,
        credential.badge,
        way.rule.rule,
        extended_release=asked.holder.extended_release,
        stale=asked.now.utc >= stale,
        account=way.account,
        period=way.period,
        billed=way.billed,
        remarks=tuple(remarks),
        pin=pin,
    )
