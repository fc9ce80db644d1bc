"""Passes, anti-passback, capacity, ways out: the upper rungs, as a table for people."""

# mypy: disable-error-code="arg-type, dict-item"

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loquet_contract.access.decision import (
    EXIT_RULE,
    AccessRequest,
    Denied,
    Granted,
    Now,
    decide,
)
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
    Record,
    Right,
    RuleRecord,
    ScheduleRecord,
    WhenEmpty,
    WhenFull,
)
from loquet_contract.access.presence import Balance, Presence, Stay
from loquet_contract.access.reasons import Reason, Remark

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> int:
    """UTC seconds of a local time in March 2026, ``"28 09:00"``; summer time begins on the 29th."""
    day, clock = text.split()
    return int(datetime.fromisoformat(f"2026-03-{day}T{clock}").replace(tzinfo=PARIS).timestamp())


DAYS = PeriodRecord("day", PeriodLength.DAY, tuple(at(f"{day:02} 03:00") for day in range(1, 32)))
HALVES = PeriodRecord(
    "half_day",
    PeriodLength.HALF_DAY,
    tuple(at(f"{day:02} {clock}") for day in range(1, 32) for clock in ("03:00", "13:00")),
)
WEEKS = PeriodRecord(
    "week", PeriodLength.WEEK, tuple(at(f"{day:02} 03:00") for day in (2, 9, 16, 23, 30))
)
MONTHS = PeriodRecord("month", PeriodLength.MONTH, (at("01 03:00"), at("31 03:00") + 86_400))

CARNET = PassTerms("day")
EIGHT_A_MONTH = PassTerms("day", allowance=8, window="month")
TWO_HALVES_A_WEEK = PassTerms("half_day", allowance=2, window="week")
BILLED = PassTerms("day", WhenEmpty.BILL)

PLACE = AccessPointRecord("in", "main", "street", "hall", consumes=True)
OUT = AccessPointRecord("in", "main", "hall", "street", exit=True)
RIGHT = Right("r")
TEN = Now(0.0, at("18 10:00"))
TODAY, THIS_WEEK, THIS_MONTH = at("18 03:00"), at("16 03:00"), at("01 03:00")


def left(number: int, window: int | None = None) -> Presence:
    return Presence(balances={"h": Balance(number, window)})


def paid(start: int, **more: Any) -> Presence:
    return Presence(paid={("h", "h"): start}, **more)


def inside(since: str, **more: Any) -> Presence:
    return Presence(stays={"h": Stay("hall", at(since))}, **more)


@dataclass(frozen=True)
class Case:
    """What differs from a member with an unlimited plan who badges on Wednesday the 18th at ten."""

    why: str
    answer: Reason | None = None
    when: int | None = None
    account: str | None = None
    period: int | None = None
    billed: bool = False
    remarks: tuple[Remark, ...] = ()
    passes: PassTerms | None = None
    presence: Presence = field(default_factory=Presence)
    now: Now = TEN
    place: AccessPointRecord = PLACE
    right: Right = RIGHT
    more: tuple[Record, ...] = ()
    rule: str = "r"


def hour(text: str) -> Now:
    return Now(0.0, at(text))


def apb(kind: AntiPassback, seconds: int | None = None) -> AccessPointRecord:
    return replace(PLACE, anti_passback=kind, anti_passback_seconds=seconds)


EVENING = ScheduleRecord("evening", (at("20 18:00"), at("20 22:00")))
HALL = AreaRecord("hall", 19, WhenFull.REFUSE, "day")
WARNED = replace(HALL, when_full=WhenFull.WARN)
FULL, NEARLY = {"hall": 19}, {"hall": 18}

TABLE = [
    Case("no passes asked for"),
    # carnets: what is left is what was bought
    Case("the first tap of the day takes a pass", None, None, "h", TODAY, passes=CARNET,
         presence=left(3)),
    Case("the last pass", None, None, "h", TODAY, passes=CARNET, presence=left(1)),
    Case("none left", Reason.NO_PASS_LEFT, passes=CARNET, presence=left(0)),
    Case("overdrawn by two doors offline", Reason.NO_PASS_LEFT, passes=CARNET, presence=left(-1)),
    Case("nothing known of the account", Reason.NO_PASS_LEFT, passes=CARNET),
    Case("the same day again is free", passes=CARNET, presence=paid(TODAY)),
    Case("at 02:59 it is still that day", passes=CARNET, presence=paid(TODAY),
         now=hour("19 02:59")),
    Case("at 03:00 a new day begins", None, None, "h", at("19 03:00"), passes=CARNET,
         presence=paid(TODAY, balances={"h": Balance(2)}), now=hour("19 03:00")),
    Case("yesterday's pass does not pay for today", Reason.NO_PASS_LEFT, passes=CARNET,
         presence=paid(at("17 03:00"))),
    Case("the day that has 23 hours", passes=CARNET, presence=paid(at("28 03:00")),
         now=hour("29 01:59")),
    Case("and after it", None, None, "h", at("29 03:00"), passes=CARNET,
         presence=paid(at("28 03:00"), balances={"h": Balance(1)}), now=hour("29 03:00")),
    Case("half-days: the afternoon takes another", None, None, "h", at("18 13:00"),
         passes=TWO_HALVES_A_WEEK, presence=paid(TODAY, balances={"h": Balance(1, THIS_WEEK)}),
         now=hour("18 13:00")),
    # allowances: what is left comes anew with each window
    Case("nothing used this month", None, None, "h", TODAY, passes=EIGHT_A_MONTH),
    Case("one left this month", None, None, "h", TODAY, passes=EIGHT_A_MONTH,
         presence=left(1, THIS_MONTH)),
    Case("none left this month: the next one is told", Reason.NO_PASS_LEFT, MONTHS.starts[1],
         passes=EIGHT_A_MONTH, presence=left(0, THIS_MONTH)),
    Case("none left last week, a new week", None, None, "h", TODAY, passes=TWO_HALVES_A_WEEK,
         presence=left(0, at("09 03:00"))),
    Case("none left this week", Reason.NO_PASS_LEFT, at("23 03:00"), passes=TWO_HALVES_A_WEEK,
         presence=left(0, THIS_WEEK)),
    # when none is left
    Case("let in, and billed", None, None, "h", TODAY, True, (Remark.BILLED,), BILLED, left(0)),
    Case("not billed while there is one", None, None, "h", TODAY, passes=BILLED,
         presence=left(1)),
    # where, and whose
    Case("an area that takes none", passes=CARNET, place=replace(PLACE, consumes=None)),
    Case("passes that an organisation shares", None, None, "a", TODAY, passes=CARNET,
         right=Right("r", account="a"), presence=Presence(balances={"a": Balance(1)})),
    Case("a colleague's day is not mine", Reason.NO_PASS_LEFT, passes=CARNET,
         right=Right("r", account="a"), presence=Presence(paid={("a", "other"): TODAY})),
    Case("a free rule before one that costs", passes=CARNET, presence=left(3), rule="free",
         more=(RuleRecord("free", ("in",), "always"),)),
    Case("renewed: the new contract before the days of grace of the old one", rule="free",
         right=Right("r", None, at("20 00:00"), at("15 00:00")),
         more=(RuleRecord("free", ("in",), "always"),)),
    Case("days of grace that cost nothing before a pass", remarks=(Remark.IN_GRACE,),
         right=Right("r", None, at("20 00:00"), at("15 00:00")), presence=left(3),
         more=(RuleRecord("free", ("in",), "always", passes=CARNET),)),
    Case("an open evening to come is no answer", Reason.CREDENTIAL_EXPIRED, at("15 00:00"),
         right=Right("r", None, at("15 00:00")),
         more=(RuleRecord("free", ("in",), "evening", extra=True), EVENING)),
    # a right's own time
    Case("a contract that starts tomorrow", Reason.CREDENTIAL_NOT_YET_VALID, at("19 00:00"),
         right=Right("r", at("19 00:00"))),
    Case("a contract that starts today", right=Right("r", at("18 00:00"))),
    Case("a contract that has ended", Reason.CREDENTIAL_EXPIRED, at("18 00:00"),
         right=Right("r", None, at("18 00:00"))),
    Case("a few days of grace", remarks=(Remark.IN_GRACE,),
         right=Right("r", None, at("20 00:00"), at("15 00:00"))),
    Case("grace has an end, and the plan's is told", Reason.CREDENTIAL_EXPIRED, at("15 00:00"),
         right=Right("r", None, at("18 00:00"), at("15 00:00"))),
    Case("no clock, a contract to come", Reason.CLOCK_UNTRUSTED, right=Right("r", at("19 00:00")),
         now=replace(TEN, trusted=False)),
    # anti-passback
    Case("off: nothing is said", presence=inside("18 09:00")),
    Case("soft: let in and remarked", remarks=(Remark.ALREADY_INSIDE,), presence=inside("18 09:00"),
         place=apb(AntiPassback.SOFT)),
    Case("hard: refused", Reason.ALREADY_INSIDE, presence=inside("18 09:00"),
         place=apb(AntiPassback.HARD)),
    Case("hard: seen leaving", presence=Presence(stays={"h": Stay("street", at("18 09:30"))}),
         place=apb(AntiPassback.HARD)),
    Case("hard: a stay of yesterday is forgotten", presence=inside("18 02:59"), more=(HALL,),
         place=apb(AntiPassback.HARD)),
    Case("timed: too soon", Reason.ALREADY_INSIDE, at("18 10:05"), presence=inside("18 09:55"),
         place=apb(AntiPassback.TIMED, 600)),
    Case("timed: late enough", presence=inside("18 09:50"), place=apb(AntiPassback.TIMED, 600)),
    Case("timed, without a clock: soft", remarks=(Remark.ALREADY_INSIDE,),
         presence=inside("18 09:55"), place=apb(AntiPassback.TIMED, 600),
         now=replace(TEN, trusted=False)),
    # capacity
    Case("one place left", presence=Presence(people=NEARLY), more=(HALL,)),
    Case("full", Reason.AREA_FULL, presence=Presence(people=FULL), more=(HALL,)),
    Case("full, and only warned of", remarks=(Remark.AREA_FULL,), presence=Presence(people=FULL),
         more=(WARNED,)),
    Case("full, but already inside", presence=inside("18 09:00", people=FULL), more=(HALL,)),
    Case(
        "full, and reserved: let in and remarked",
        remarks=(Remark.AREA_FULL,), presence=Presence(people=FULL), rule="kept",
         more=(HALL, RuleRecord("kept", ("in",), "always", reserved=True))),
    Case("nobody knows how full it is", more=(HALL,)),
    # one after the other
    Case("no pass comes before anti-passback", Reason.NO_PASS_LEFT, passes=CARNET,
         presence=inside("18 09:00"), place=apb(AntiPassback.HARD)),
    Case("anti-passback comes before a blocked door", Reason.ALREADY_INSIDE,
         presence=inside("18 09:00"), place=apb(AntiPassback.HARD),
         more=(DoorRecord("main", blocked=True),)),
    Case("full comes before a lockdown", Reason.AREA_FULL, more=(HALL,),
         presence=Presence(people=FULL, locked_down={"main": "l1"})),
    # the way out refuses nobody
    Case("leaving without a pass", passes=CARNET, place=OUT, rule=EXIT_RULE),
    Case("leaving after the contract", right=Right("r", None, at("01 00:00")), place=OUT,
         rule=EXIT_RULE),
    Case("leaving in a lockdown through a blocked door", place=OUT, rule=EXIT_RULE,
         presence=Presence(locked_down={"main": "l1"}), more=(DoorRecord("main", blocked=True),)),
]  # fmt: skip


def ask(case: Case, badge: CredentialRecord = CredentialRecord("d", "h")) -> Granted | Denied:
    free = any(isinstance(each, RuleRecord) for each in case.more)
    rights = (case.right, Right("free"), Right("kept")) if free else (case.right,)
    terms = PolicyTerms(7, at("01 00:00"), at("31 00:00"), at("31 00:00"))
    policy = InMemoryPolicy.of(
        terms,
        (
            case.place, badge, HolderRecord("h", (), rights=rights), DAYS, HALVES, WEEKS, MONTHS,
            RuleRecord("r", ("in",), "always", passes=case.passes),
            ScheduleRecord("always", always=True), *case.more,
        ),
    )  # fmt: skip
    return decide(AccessRequest("in", ("d",)), policy, case.presence, case.now)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.why)
def test_the_upper_rungs(case: Case) -> None:
    answer = ask(case)
    if isinstance(answer, Denied):
        assert (answer.reason, answer.when) == (case.answer, case.when)
        return
    assert case.answer is None
    assert (answer.rule, answer.account, answer.period) == (case.rule, case.account, case.period)
    assert (answer.billed, answer.remarks) == (case.billed, case.remarks)


def test_a_disabled_badge_leaves_and_an_unknown_one_is_told_apart() -> None:
    leaving = Case("leaving", place=OUT)
    gone = ask(leaving, CredentialRecord("d", "h", disabled=True))
    stranger = ask(leaving, CredentialRecord("other", "h"))
    assert gone == Granted("h", "d", EXIT_RULE)
    assert stranger == Denied(Reason.CREDENTIAL_UNKNOWN, digest="d")


def test_a_reservation_comes_first_for_a_holder_without_rights_too() -> None:
    rules = (
        RuleRecord("r", ("in",), "always"),
        RuleRecord("kept", ("in",), "always", reserved=True),
    )
    holder = HolderRecord("h", ("r", "kept"))
    case = Case("", presence=Presence(people=FULL), more=(HALL, *rules, holder))
    answer = ask(case)
    assert isinstance(answer, Granted) and answer.rule == "kept"


def test_without_accounting_periods_nothing_can_be_counted() -> None:
    case = Case("", passes=PassTerms("fortnight"), presence=left(3))
    answer = ask(case)
    assert isinstance(answer, Denied) and answer.reason is Reason.NO_PASS_LEFT
