"""``decide`` on policies that no person would write, beside a slow reference that must agree."""

# mypy: disable-error-code="arg-type"

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    InMemoryPolicy,
    PassTerms,
    PeriodLength,
    PeriodRecord,
    PolicyTerms,
    Right,
    RuleRecord,
    ScheduleRecord,
    UntrustedClock,
    WhenEmpty,
    WhenFull,
)
from loquet_contract.access.presence import Balance, Presence, Stay
from tests.contract.reference import reference

IDS = st.sampled_from(["a", "b"])
TIMES = st.one_of(st.none(), st.integers(0, 20))
FEW = st.one_of(st.none(), st.integers(0, 3))
BOUNDS = st.lists(st.integers(0, 20), unique=True, max_size=4).map(
    lambda some: tuple(sorted(some[: len(some) // 2 * 2]))
)
STARTS = st.lists(st.integers(0, 20), unique=True, max_size=4).map(lambda some: tuple(sorted(some)))
YES = st.one_of(st.none(), st.booleans())
PLACES = st.builds(
    AccessPointRecord, IDS, IDS, IDS, IDS,
    st.sampled_from(list(Assurance)), st.sampled_from(list(UntrustedClock)),
    st.sampled_from([None, None, None, True]), YES,
    st.one_of(st.none(), st.sampled_from(list(AntiPassback))), FEW,
    YES, st.one_of(st.none(), IDS),
)  # fmt: skip
PINS = st.one_of(st.none(), IDS)
PASSES = st.builds(PassTerms, IDS, st.sampled_from(list(WhenEmpty)), FEW, st.one_of(st.none(), IDS))
RIGHTS = st.builds(Right, IDS, TIMES, TIMES, TIMES, st.one_of(st.none(), IDS))
RECORDS = st.one_of(
    PLACES,
    st.builds(DoorRecord, IDS, blocked=st.booleans()),
    st.builds(AreaRecord, IDS, FEW, st.sampled_from(list(WhenFull)), st.one_of(st.none(), IDS)),
    st.builds(ScheduleRecord, IDS, BOUNDS, st.booleans()),
    st.builds(PeriodRecord, IDS, st.just(PeriodLength.DAY), STARTS),
    st.builds(
        RuleRecord, IDS, st.lists(IDS).map(tuple), IDS, TIMES, TIMES,
        st.one_of(st.none(), PASSES), YES, YES,
    ),
    st.builds(
        HolderRecord, IDS, st.lists(IDS).map(tuple), TIMES, TIMES, st.booleans(),
        st.booleans(), st.booleans(),
        st.one_of(st.none(), st.lists(RIGHTS, max_size=3).map(tuple)), TIMES, PINS, TIMES,
    ),
    st.builds(CredentialRecord, IDS, IDS, st.just(""), st.booleans(), TIMES, TIMES),
)  # fmt: skip
POLICIES = st.builds(
    InMemoryPolicy.of,
    st.one_of(
        st.none(),
        st.builds(PolicyTerms, st.just(1), st.just(5), st.integers(0, 20), st.integers(0, 25)),
    ),
    st.lists(RECORDS, min_size=4, max_size=20),
)
NOWS = st.builds(Now, st.just(0.0), st.integers(0, 22), st.booleans())
REQUESTS = st.builds(
    AccessRequest, IDS, st.lists(IDS, max_size=2).map(tuple), st.sampled_from(list(Assurance)),
    st.lists(IDS, max_size=2).map(tuple), st.sampled_from([False, False, True]),
)  # fmt: skip
PRESENCES = st.builds(
    Presence,
    st.dictionaries(IDS, st.just("l1"), max_size=2),
    st.dictionaries(IDS, st.builds(Stay, IDS, st.integers(0, 20)), max_size=2),
    st.dictionaries(IDS, st.builds(Balance, st.integers(-1, 2), TIMES), max_size=2),
    st.dictionaries(st.tuples(IDS, IDS), st.integers(0, 20), max_size=3),
    st.dictionaries(IDS, st.integers(0, 4), max_size=2),
)


@st.composite
def _open_houses(draw: st.DrawFn) -> InMemoryPolicy:
    """A policy in which most requests come far up the ladder."""
    place = replace(draw(PLACES), access_point="a", minimum_assurance=Assurance.UID, consumes=True)
    rules = [
        RuleRecord(name, ("a",), name, None, None, draw(st.one_of(st.none(), PASSES)), draw(YES))
        for name in ("a", "b")
    ]
    rights = tuple(replace(each, valid_from=None) for each in draw(st.lists(RIGHTS, max_size=3)))
    return InMemoryPolicy.of(
        PolicyTerms(1, 5, 20, 25),
        [
            place, *rules, draw(st.builds(AreaRecord, st.just(place.area_to), FEW,
                                          st.sampled_from(list(WhenFull)), IDS)),
            ScheduleRecord("a", always=True), ScheduleRecord("b", draw(BOUNDS)),
            PeriodRecord("a", PeriodLength.DAY, (0, *draw(STARTS.filter(lambda s: 0 not in s)))),
            PeriodRecord("b", PeriodLength.MONTH, (0, 10)),
            HolderRecord(
                "a", draw(st.lists(IDS, max_size=1).map(tuple)), rights=rights,
                may_lift_lockdown=draw(st.booleans()), pin=draw(PINS), pin_until=draw(TIMES),
            ),
            CredentialRecord("a", "a"),
        ],
    )  # fmt: skip


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
def test_it_agrees_with_the_reference(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    answer = decide(request, policy, presence, now)
    expected = reference(request, policy, presence, now)
    assert (answer.reason if isinstance(answer, Denied) else None) == expected


@given(_open_houses(), PRESENCES, NOWS, st.sampled_from([(), ("a",), ("b",)]))
def test_it_agrees_where_passes_people_and_pins_decide(
    policy: InMemoryPolicy, presence: Presence, now: Now, pins: tuple[str, ...]
) -> None:
    request = AccessRequest("a", ("a",), pins=pins)
    answer = decide(request, policy, presence, now)
    expected = reference(request, policy, presence, now)
    assert (answer.reason if isinstance(answer, Denied) else None) == expected


@given(REQUESTS, POLICIES, PRESENCES, NOWS)
def test_an_untrusted_clock_never_opens_what_no_time_would(
    request: AccessRequest, policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    lenient = any(
        getattr(record, "untrusted_clock", None) is UntrustedClock.IGNORE_HOURS
        or getattr(record, "anti_passback", None) is AntiPassback.TIMED
        for record in policy.records.values()
    )
    untrusted = replace(now, trusted=False)
    if not lenient and isinstance(decide(request, policy, presence, untrusted), Granted):
        assert isinstance(decide(request, policy, presence, replace(now, trusted=True)), Granted)


@given(_open_houses(), PRESENCES, NOWS)
def test_a_pass_is_taken_only_where_one_is_asked_for(
    policy: InMemoryPolicy, presence: Presence, now: Now
) -> None:
    answer = decide(AccessRequest("a", ("a",)), policy, presence, now)
    if not isinstance(answer, Granted):
        return
    rule = policy.rule(answer.rule)
    assert (answer.account is None) == (answer.period is None)
    if answer.account is not None:
        assert rule is not None and rule.passes is not None
        paid = presence.paid.get((answer.account, answer.holder))
        assert paid is None or answer.period is None or paid < answer.period
    assert answer.account is not None or not answer.billed
