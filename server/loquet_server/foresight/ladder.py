"""Why? The rung that decided, what else stands in the way, and how each right fared.

Nothing here judges by itself. The verdict is that of ``decide``; what else stands in the way
is found by taking the obstacle away and asking ``decide`` again; how a right fares by asking
it of a holder who has this right alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import (
    EXIT_RULE,
    AccessRequest,
    Denied,
    Granted,
    Now,
    decide,
)
from loquet_contract.access.policy import (
    CredentialRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
    Record,
    Right,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import RuleId, ScheduleId
from loquet_server.foresight.layers import FOREVER, layered

_ANY_RULE = RuleId("any-rule")
_ALWAYS = ScheduleId("any-time")


class Rung(StrEnum):
    """The rungs of the ladder in their order, as a person would name them."""

    POLICY = "policy"
    KNOWN = "known"
    ENABLED = "enabled"
    MEMBER = "member"
    VALID = "valid"
    MEMBERSHIP = "membership"
    ASSURANCE = "assurance"
    RIGHT = "right"
    FRESH = "fresh"
    CLOCK = "clock"
    HOURS = "hours"
    PASS = "pass"
    INSIDE = "inside"
    ROOM = "room"
    DOOR = "door"
    LOCKDOWN = "lockdown"
    PIN = "pin"


RUNG_OF: dict[Reason, Rung] = {
    Reason.NO_POLICY: Rung.POLICY,
    Reason.CREDENTIAL_UNKNOWN: Rung.KNOWN,
    Reason.CREDENTIAL_DISABLED: Rung.ENABLED,
    Reason.MEMBER_SUSPENDED: Rung.MEMBER,
    Reason.MEMBERSHIP_ENDED: Rung.MEMBERSHIP,
    Reason.CREDENTIAL_NOT_YET_VALID: Rung.VALID,
    Reason.CREDENTIAL_EXPIRED: Rung.VALID,
    Reason.ASSURANCE_TOO_LOW: Rung.ASSURANCE,
    Reason.UNAUTHORIZED: Rung.RIGHT,
    Reason.POLICY_EXPIRED: Rung.FRESH,
    Reason.CLOCK_UNTRUSTED: Rung.CLOCK,
    Reason.NOT_PERMITTED_NOW: Rung.HOURS,
    Reason.NO_PASS_LEFT: Rung.PASS,
    Reason.ALREADY_INSIDE: Rung.INSIDE,
    Reason.AREA_FULL: Rung.ROOM,
    Reason.DOOR_BLOCKED: Rung.DOOR,
    Reason.LOCKED_DOWN: Rung.LOCKDOWN,
    Reason.PIN_MISSING: Rung.PIN,
    Reason.PIN_BLOCKED: Rung.PIN,
    Reason.PIN_EXPECTED: Rung.PIN,
    Reason.PIN_WRONG: Rung.PIN,
}
"""A validity that ended is the right's own where badge and person are valid all the same."""


class Step(StrEnum):
    """What came of one rung."""

    PASSED = "passed"
    FAILED = "failed"
    """This is the answer."""
    ALSO = "also"
    """It was not asked any more, and would have failed too."""
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way. ``when``: UTC seconds, as the reason has it."""

    rung: Rung
    reason: Reason
    when: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One rule of the holder, and what the rule says by it alone, were all else well."""

    rule: RuleId
    right: Right | None
    record: RuleRecord | None
    answer: Granted | Denied


@dataclass(frozen=True, slots=True)
class Case:
    """One question and all that is known."""

    request: AccessRequest
    policy: InMemoryPolicy
    presence: Presence
    now: Now

    def answer(self) -> Granted | Denied:
        """Return what ``decide`` says."""
        return decide(self.request, self.policy, self.presence, self.now)

    def found(self) -> tuple[CredentialRecord, HolderRecord] | None:
        """Return the badge that is asked about and its holder; None if either is not known."""
        for digest in self.request.digests:
            found = self.policy.credential(digest)
            if found is not None:
                return None if found[1] is None else (found[0], found[1])
        return None

    def over(self, *records: Record) -> "Case":
        """Return the same question under other records."""
        return replace(self, policy=layered(self.policy, *records))


@dataclass(frozen=True, slots=True)
class Why:
    """The verdict and its reasons. ``obstacles``: first the one that decided, then the others."""

    answer: Granted | Denied
    obstacles: tuple[Obstacle, ...] = ()
    ways: tuple[Way, ...] = ()
    whole: bool = True
    """False: beyond the last obstacle nothing can be asked."""

    def steps(self) -> list[tuple[Rung, Step]]:
        """Return what came of every rung, in order."""
        if isinstance(self.answer, Granted) and self.answer.rule == EXIT_RULE:
            asked = (Rung.POLICY, Rung.KNOWN)
            return [(r, Step.PASSED if r in asked else Step.NOT_ASKED) for r in Rung]
        failed = [each.rung for each in self.obstacles]
        rungs = list(Rung)
        last = len(rungs) if self.whole else max(map(rungs.index, failed), default=0)
        return [(rung, self._step(rung, at, failed, last)) for at, rung in enumerate(rungs)]

    @staticmethod
    def _step(rung: Rung, at: int, failed: list[Rung], last: int) -> Step:
        if rung in failed:
            return Step.FAILED if rung is failed[0] else Step.ALSO
        return Step.PASSED if at < last else Step.NOT_ASKED


def why(case: Case) -> Why:
    """Return the verdict on a case, and its reasons."""
    answer = case.answer()
    obstacles: list[Obstacle] = []
    here, found = case, answer
    while isinstance(found, Denied):
        obstacle = Obstacle(_rung(here, found), found.reason, found.when)
        if any((each.rung, each.reason) == (obstacle.rung, obstacle.reason) for each in obstacles):
            return Why(answer, tuple(obstacles), tuple(_ways(here)), whole=False)
        obstacles.append(obstacle)
        without = _lifted(here, obstacle)
        if without is None:
            return Why(answer, tuple(obstacles), whole=False)
        here, found = without, without.answer()
    return Why(answer, tuple(obstacles), tuple(_ways(case)))


def _rung(case: Case, denied: Denied) -> Rung:
    rung = RUNG_OF[denied.reason]
    if rung is not Rung.VALID:
        return rung
    other = _with_valid_identity(case).answer()
    same = isinstance(other, Denied) and (other.reason, other.when) == (denied.reason, denied.when)
    return Rung.RIGHT if same else Rung.VALID


def _with_valid_identity(case: Case) -> Case:
    found = case.found()
    if found is None:
        return case
    credential, holder = found
    return case.over(
        replace(credential, valid_from=None, valid_until=None),
        replace(holder, valid_from=None, valid_until=None),
    )


def _lifted(case: Case, obstacle: Obstacle) -> Case | None:
    """Return the case without this obstacle; None where nothing can take it away."""
    found = case.found()
    if found is None:
        return None
    credential, holder = found
    place = case.policy.access_point(case.request.access_point)
    match obstacle.rung:
        case Rung.ENABLED:
            return case.over(replace(credential, disabled=False))
        case Rung.MEMBER:
            return case.over(replace(holder, suspended=False))
        case Rung.VALID:
            return _with_valid_identity(case)
        case Rung.MEMBERSHIP:
            return case.over(replace(holder, membership_until=None))
        case Rung.ASSURANCE:
            return replace(case, request=replace(case.request, assurance=Assurance.AUTHENTICATED))
        case Rung.CLOCK:
            return replace(case, now=replace(case.now, trusted=True))
        case Rung.FRESH:
            return _fresh(case)
        case Rung.RIGHT | Rung.HOURS | Rung.PASS:
            return _with_right(case, holder, obstacle.rung)
        case Rung.INSIDE:
            return replace(case, presence=replace(case.presence, stays={}))
        case Rung.ROOM:
            return replace(case, presence=replace(case.presence, people={}))
        case Rung.DOOR:
            door = None if place is None else case.policy.door(place.door)
            return None if door is None else case.over(replace(door, blocked=False))
        case Rung.LOCKDOWN:
            return replace(case, presence=replace(case.presence, locked_down={}))
        case Rung.PIN:
            return None if place is None else case.over(replace(place, pin=None))
    return None


def _fresh(case: Case) -> Case | None:
    terms = case.policy.terms
    if terms is None:
        return None
    renewed = PolicyTerms(terms.version, int(case.now.utc), FOREVER, FOREVER)
    return replace(case, policy=InMemoryPolicy(renewed, case.policy.records))


def _with_right(case: Case, holder: HolderRecord, rung: Rung) -> Case:
    """Let the holder's rules have no end, no hours or no price; or give one where none is."""
    rules = [each for each in _rules(case, holder) if case.request.access_point in each[1]]
    if not rules:
        rule = RuleRecord(_ANY_RULE, (case.request.access_point,), _ALWAYS)
        given = replace(holder, rules=(_ANY_RULE,), rights=None)
        return case.over(rule, ScheduleRecord(_ALWAYS, always=True), given)
    records = [record for record in (case.policy.rule(name) for name, _ in rules) if record]
    if rung is Rung.RIGHT:
        rights = tuple(
            replace(each, valid_from=None, valid_until=None) for each in holder.rights or ()
        )
        return case.over(replace(holder, rights=rights))
    if rung is Rung.HOURS:
        opened = [replace(each, schedule=_ALWAYS) for each in records]
        return case.over(ScheduleRecord(_ALWAYS, always=True), *opened)
    return case.over(*(replace(each, passes=None) for each in records))


def _rules(case: Case, holder: HolderRecord) -> Iterator[tuple[RuleId, tuple[str, ...]]]:
    for name in (*holder.rules, *(each.rule for each in holder.rights or ())):
        record = case.policy.rule(name)
        yield name, () if record is None else tuple(record.access_points)


def _ways(case: Case) -> Iterator[Way]:
    """Yield each rule of the holder with its own answer, were badge, person and door well."""
    found = case.found()
    if found is None:
        return
    credential, holder = found
    place = case.policy.access_point(case.request.access_point)
    door = None if place is None else case.policy.door(place.door)
    well: list[Record] = [replace(credential, disabled=False, valid_from=None, valid_until=None)]
    if door is not None:
        well.append(replace(door, blocked=False))
    if place is not None:
        well.append(replace(place, pin=None))
    able = replace(
        holder, suspended=False, valid_from=None, valid_until=None, membership_until=None
    )
    calm = replace(
        case,
        request=replace(case.request, assurance=Assurance.AUTHENTICATED),
        presence=replace(case.presence, stays={}, people={}, locked_down={}),
    )
    for name in holder.rules:
        alone = replace(able, rules=(name,), rights=None)
        yield Way(name, None, case.policy.rule(name), calm.over(*well, alone).answer())
    for right in holder.rights or ():
        alone = replace(able, rules=(), rights=(right,))
        yield Way(right.rule, right, case.policy.rule(right.rule), calm.over(*well, alone).answer())
