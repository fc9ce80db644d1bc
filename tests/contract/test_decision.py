"""The ladder: a truth table for people first, then a slow reference that must always agree."""

# mypy: disable-error-code="arg-type"

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    to_schedule,
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
    to_come = {Reason.NO_PASS_LEFT, Reason.ALREADY_INSIDE, Reason.AREA_FULL}
    assert {case.answer for case in TABLE} == {None, *Reason} - to_come


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


# ---- a slow reference, written from the docstring of ``decision`` and not from its code -------

IDS = st.sampled_from(["a", "b"])
TIMES = st.one_of(st.none(), st.integers(0, 20))
BOUNDS = st.lists(st.integers(0, 20), unique=True, max_size=4).map(
    lambda some: tuple(sorted(some[: len(some) // 2 * 2]))
)
PLACES = st.builds(
    AccessPointRecord, IDS, IDS, IDS, IDS,
    st.sampled_from(list(Assurance)), st.sampled_from(list(UntrustedClock)),
)  # fmt: skip
RECORDS = st.one_of(
    PLACES,
    st.builds(DoorRecord, IDS, blocked=st.booleans()),
    st.builds(ScheduleRecord, IDS, BOUNDS, st.booleans()),
    st.builds(RuleRecord, IDS, st.lists(IDS).map(tuple), IDS, TIMES),
    st.builds(
        HolderRecord, IDS, st.lists(IDS).map(tuple), TIMES, TIMES, st.booleans(),
        st.booleans(), st.booleans(),
    ),
    st.builds(CredentialRecord, IDS, IDS, st.just(""), st.booleans(), TIMES, TIMES),
)  # fmt: skip
POLICIES = st.builds(
    InMemoryPolicy.of,
    st.one_of(
        st.none(),
        st.builds(PolicyTerms, st.just(1), st.just(5), st.integers(0, 20), st.integers(0, 25)),
    ),
    st.lists(RECORDS, min_size=4, max_size=16),
)
NOWS = st.builds(Now, st.just(0.0), st.integers(0, 22), st.booleans())
REQUESTS = st.builds(
    AccessRequest, IDS, st.lists(IDS, max_size=2).map(tuple), st.sampled_from(list(Assurance))
)
PRESENCES = st.builds(Presence, st.dictionaries(IDS, st.just("l1"), max_size=2))


def reference(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> Reason | None:
    """Return why not, by looking at everything; None if she may pass."""
    place = policy.access_point(request.access_point)
    if policy.terms is None or place is None:
        return Reason.NO_POLICY
    known = [found for each in request.digests if (found := policy.credential(each))]
    if not known:
        return Reason.CREDENTIAL_UNKNOWN
    credential, holder = known[0]
    if credential.disabled or holder is None:
        return Reason.CREDENTIAL_DISABLED if credential.disabled else Reason.CREDENTIAL_UNKNOWN
    if holder.suspended:
        return Reason.MEMBER_SUSPENDED
    for start, end in [
        (credential.valid_from, credential.valid_until),
        (holder.valid_from, holder.valid_until),
    ]:
        if end is not None and now.utc >= end:
            return Reason.CREDENTIAL_EXPIRED
        if start is not None and now.utc < start:
            return Reason.CREDENTIAL_NOT_YET_VALID if now.trusted else Reason.CLOCK_UNTRUSTED
    if request.assurance < place.minimum_assurance:
        return Reason.ASSURANCE_TOO_LOW
    refusals = {_of_rule(name, place, policy, now) for name in holder.rules}
    if None not in refusals:
        for reason in (Reason.NOT_PERMITTED_NOW, Reason.CLOCK_UNTRUSTED, Reason.POLICY_EXPIRED):
            if reason in refusals:
                return reason
        return Reason.UNAUTHORIZED
    door = policy.door(place.door)
    if door is not None and door.blocked:
        return Reason.DOOR_BLOCKED
    return Reason.LOCKED_DOWN if place.door in presence.locked_down else None


def _of_rule(
    name: str, place: AccessPointRecord, policy: InMemoryPolicy, now: Now
) -> Reason | None:
    rule, terms = policy.rule(name), policy.terms
    assert terms is not None
    if rule is None or place.access_point not in rule.access_points:
        return Reason.UNAUTHORIZED
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
        UntrustedClock.ALWAYS_ONLY: to_schedule(found).always,
        UntrustedClock.IGNORE_HOURS: True,
    }
    return None if allowed[place.untrusted_clock] else Reason.CLOCK_UNTRUSTED


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
def test_it_agrees_with_the_reference(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    answer = decide(request, policy, presence, now)
    expected = reference(request, policy, presence, now)
    assert (answer.reason if isinstance(answer, Denied) else None) == expected


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
def test_an_untrusted_clock_never_opens_what_no_time_would(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    ignoring = any(
        getattr(record, "untrusted_clock", None) is UntrustedClock.IGNORE_HOURS
        for record in policy.records.values()
    )
    untrusted = replace(now, trusted=False)
    if not ignoring and isinstance(decide(request, policy, presence, untrusted), Granted):
        assert isinstance(decide(request, policy, presence, replace(now, trusted=True)), Granted)
