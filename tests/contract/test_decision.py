"""The ladder without passes: a truth table for people. ``test_passes`` has the rest of it."""

# mypy: disable-error-code="arg-type, dict-item"

from dataclasses import dataclass, replace
from typing import Any

import pytest

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
    Record,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
)
from loquet_contract.access.presence import NOBODY, Presence
from loquet_contract.access.reasons import Reason

NOON, DAY = 1_000_000, 86_400
TERMS = PolicyTerms(7, NOON - DAY, NOON + 30 * DAY, NOON + 60 * DAY)
OPEN, OPENS_AT_ONE = (NOON - 3600, NOON + 3600), (NOON + 3600, NOON + 7200)

PLACE = AccessPointRecord("in", "main", "street", "hall")
RULE = RuleRecord("members", ("in",), "hours")
HOLDER = HolderRecord("h", ("members",))
BADGE = CredentialRecord("d", "h")
HOURS = ScheduleRecord("hours", OPEN)
DOOR = DoorRecord("main")
LOCKED = Presence(locked_down={"main": "l1"})
TRUSTED, UNTRUSTED = Now(0.0, NOON), Now(0.0, NOON, trusted=False)


@dataclass(frozen=True)
class Case:
    """One line: what differs from a member who badges at noon, and what comes of it."""

    why: str
    answer: Reason | None
    when: int | None = None
    now: Now = TRUSTED
    terms: PolicyTerms | None = TERMS
    place: AccessPointRecord | None = PLACE
    badge: CredentialRecord | None = BADGE
    holder: HolderRecord | None = HOLDER
    rule: RuleRecord | None = RULE
    hours: ScheduleRecord | None = HOURS
    door: DoorRecord | None = DOOR
    presence: Presence = NOBODY
    assurance: Assurance = Assurance.UID


def badge(**changed: Any) -> CredentialRecord:
    return replace(BADGE, **changed)


def holder(**changed: Any) -> HolderRecord:
    return replace(HOLDER, **changed)


def place(**changed: Any) -> AccessPointRecord:
    return replace(PLACE, **changed)


def rule(**changed: Any) -> RuleRecord:
    return replace(RULE, **changed)


def later(seconds: int) -> Now:
    return Now(0.0, NOON + seconds)


LONG = ScheduleRecord("hours", (NOON - 100 * DAY, NOON + 400 * DAY))
ALL = ScheduleRecord("hours", (), always=True)
NEVER = ScheduleRecord("hours")
STRONG = place(minimum_assurance=Assurance.AUTHENTICATED)
REFUSE = place(untrusted_clock=UntrustedClock.REFUSE)
IGNORE = place(untrusted_clock=UntrustedClock.IGNORE_HOURS)

TABLE = [
    Case("a member in opening hours", None),
    # 1. a policy, and a place in it
    Case("no policy yet", Reason.NO_POLICY, terms=None),
    Case("a reader that the policy does not know", Reason.NO_POLICY, place=None),
    # 2. a credential, and a holder
    Case("a badge never seen", Reason.CREDENTIAL_UNKNOWN, badge=None),
    Case("a lost badge", Reason.CREDENTIAL_DISABLED, badge=badge(disabled=True)),
    Case("a badge of nobody", Reason.CREDENTIAL_UNKNOWN, holder=None),
    Case("a lost badge of nobody", Reason.CREDENTIAL_DISABLED, badge=badge(disabled=True),
         holder=None),
    Case("a suspended member", Reason.MEMBER_SUSPENDED, holder=holder(suspended=True)),
    Case("a lost badge of a suspended member", Reason.CREDENTIAL_DISABLED,
         badge=badge(disabled=True), holder=holder(suspended=True)),
    # 3. valid today; half-open
    Case("a badge from tomorrow", Reason.CREDENTIAL_NOT_YET_VALID, NOON + 1,
         badge=badge(valid_from=NOON + 1)),
    Case("a badge from now", None, badge=badge(valid_from=NOON)),
    Case("a badge until now", Reason.CREDENTIAL_EXPIRED, NOON, badge=badge(valid_until=NOON)),
    Case("a badge until the next second", None, badge=badge(valid_until=NOON + 1)),
    Case("a plan from tomorrow", Reason.CREDENTIAL_NOT_YET_VALID, NOON + DAY,
         holder=holder(valid_from=NOON + DAY)),
    Case("a plan that ended", Reason.CREDENTIAL_EXPIRED, NOON - DAY,
         holder=holder(valid_until=NOON - DAY)),
    Case("a plan that ended, without a clock", Reason.CREDENTIAL_EXPIRED, NOON - DAY,
         holder=holder(valid_until=NOON - DAY), now=UNTRUSTED),
    Case("a badge from tomorrow, without a clock", Reason.CLOCK_UNTRUSTED,
         badge=badge(valid_from=NOON + DAY), now=UNTRUSTED, hours=ALL),
    Case("a yearly membership that ended", Reason.MEMBERSHIP_ENDED, NOON,
         holder=holder(membership_until=NOON)),
    Case("a yearly membership in its last second", None, holder=holder(membership_until=NOON + 1)),
    Case("plan and membership ended", Reason.CREDENTIAL_EXPIRED, NOON - DAY,
         holder=holder(valid_until=NOON - DAY, membership_until=NOON)),
    # 4. strong enough
    Case("a plain badge at a strong door", Reason.ASSURANCE_TOO_LOW, place=STRONG),
    Case("a strong badge at a strong door", None, place=STRONG,
         assurance=Assurance.AUTHENTICATED),
    Case("a strong badge at a plain door", None, assurance=Assurance.AUTHENTICATED),
    # 5. a rule, fresh enough
    Case("no rule at all", Reason.UNAUTHORIZED, holder=holder(rules=())),
    Case("a rule that is not there", Reason.UNAUTHORIZED, rule=None),
    Case("a rule for another door", Reason.UNAUTHORIZED, rule=rule(access_points=("out",))),
    Case("a policy in its last second", None, now=later(60 * DAY - 1), hours=LONG),
    Case("a policy that has expired", Reason.POLICY_EXPIRED, NOON + 60 * DAY,
         now=later(60 * DAY), hours=LONG),
    Case("staff outlive it", None, now=later(60 * DAY), hours=LONG,
         rule=rule(expires_after=200 * DAY)),
    Case("guests do not live as long", Reason.POLICY_EXPIRED, NOON + 6 * DAY,
         now=later(6 * DAY), hours=LONG, rule=rule(expires_after=7 * DAY)),
    Case("expired and out of hours", Reason.POLICY_EXPIRED, NOON + 60 * DAY,
         now=later(60 * DAY)),
    # 6. hours; half-open
    Case("before opening", Reason.NOT_PERMITTED_NOW, NOON + 3600,
         hours=ScheduleRecord("hours", OPENS_AT_ONE)),
    Case("at opening", None, hours=ScheduleRecord("hours", OPENS_AT_ONE), now=later(3600)),
    Case("at closing", Reason.NOT_PERMITTED_NOW, now=later(3600)),
    Case("never open", Reason.NOT_PERMITTED_NOW, hours=NEVER),
    Case("a schedule that is not there", Reason.NOT_PERMITTED_NOW, hours=None),
    Case("always", None, hours=ALL),
    Case("no clock, rule with hours", Reason.CLOCK_UNTRUSTED, now=UNTRUSTED),
    Case("no clock, rule without hours", None, now=UNTRUSTED, hours=ALL),
    Case("no clock, door that then refuses", Reason.CLOCK_UNTRUSTED, now=UNTRUSTED, hours=ALL,
         place=REFUSE),
    Case("no clock, door that then ignores hours", None, now=UNTRUSTED, hours=NEVER,
         place=IGNORE),
    # 8. the door itself
    Case("a blocked door", Reason.DOOR_BLOCKED, door=DoorRecord("main", blocked=True)),
    Case("a door without a record", None, door=None),
    Case("a lockdown", Reason.LOCKED_DOWN, presence=LOCKED),
    Case("a blocked door in a lockdown", Reason.DOOR_BLOCKED, presence=LOCKED,
         door=DoorRecord("main", blocked=True)),
    Case("out of hours in a lockdown", Reason.NOT_PERMITTED_NOW, presence=LOCKED, hours=NEVER),
]  # fmt: skip


def _policy(*records: Record | None, terms: PolicyTerms | None = TERMS) -> InMemoryPolicy:
    return InMemoryPolicy.of(terms, [record for record in records if record is not None])


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.why)
def test_the_ladder(case: Case) -> None:
    policy = _policy(
        case.place, case.badge, case.holder, case.rule, case.hours, case.door, terms=case.terms
    )
    answer = decide(AccessRequest("in", ("d",), case.assurance), policy, case.presence, case.now)
    if case.answer is None:
        assert answer == Granted("h", "d", "members", stale=case.now.utc >= TERMS.stale_after)
    else:
        assert isinstance(answer, Denied)
        assert (answer.reason, answer.when) == (case.answer, case.when)


def test_the_table_has_every_reason_that_can_be_given() -> None:
    elsewhere = {Reason.NO_PASS_LEFT, Reason.ALREADY_INSIDE, Reason.AREA_FULL}  # test_passes
    elsewhere |= {each for each in Reason if each.name.startswith("PIN_")}  # test_pin
    assert {case.answer for case in TABLE} == {None, *Reason} - elsewhere


def test_what_a_grant_tells_the_door() -> None:
    policy = _policy(PLACE, BADGE, holder(extended_release=True), RULE, LONG)
    request = AccessRequest("in", ("other", "d"))
    fresh = decide(request, policy, NOBODY, TRUSTED)
    stale = decide(request, policy, NOBODY, later(30 * DAY))
    assert fresh == Granted("h", "d", "members", extended_release=True)
    assert stale == Granted("h", "d", "members", extended_release=True, stale=True)


@pytest.mark.parametrize(("may", "lifts"), [(True, "l1"), (False, None)])
def test_who_may_lift_a_lockdown_is_told_so(may: bool, lifts: str | None) -> None:
    policy = _policy(PLACE, BADGE, holder(may_lift_lockdown=may), RULE, HOURS)
    answer = decide(AccessRequest("in", ("d",)), policy, LOCKED, TRUSTED)
    assert answer == Denied(Reason.LOCKED_DOWN, "h", "d", lifts=lifts)


def test_a_right_that_ended_lifts_no_lockdown() -> None:
    policy = _policy(PLACE, BADGE, holder(may_lift_lockdown=True, suspended=True), RULE, HOURS)
    answer = decide(AccessRequest("in", ("d",)), policy, LOCKED, TRUSTED)
    assert answer == Denied(Reason.MEMBER_SUSPENDED, "h", "d")


def test_one_rule_that_lets_in_is_enough_and_the_closest_refusal_is_told() -> None:
    second = RuleRecord("evenings", ("in",), "evening")
    evening = ScheduleRecord("evening", (NOON + 100, NOON + 200))
    both = holder(rules=("evenings", "members", "gone"))
    request = AccessRequest("in", ("d",))
    known = (PLACE, BADGE, both, RULE, second, evening)
    open_now = decide(request, _policy(*known, HOURS), NOBODY, TRUSTED)
    assert open_now == Granted("h", "d", "members")
    closed = ScheduleRecord("hours", (NOON + 50, NOON + 60))
    answer = decide(request, _policy(*known, closed), NOBODY, TRUSTED)
    assert answer == Denied(Reason.NOT_PERMITTED_NOW, "h", "d", NOON + 50)


@pytest.mark.parametrize("changed", [{}, {"disabled": True}])
def test_a_badge_is_the_same_one_whichever_reader_heard_it(changed: dict[str, Any]) -> None:
    known = (PLACE, badge(**changed), badge(digest="short", of="d", **changed), HOLDER, RULE, LONG)
    policy = _policy(*known)
    heard = [
        decide(AccessRequest("in", (each,)), policy, NOBODY, TRUSTED) for each in ("d", "short")
    ]
    assert heard[0] == heard[1]
    assert heard[0].digest == "d"
