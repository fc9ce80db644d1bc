"""Every plan that coworking spaces sell, as a person would check it: through the compiler.

Each line: who asks, at which way in, when (by the clock on the wall; ``b``: the second time that
it shows this hour), what is known of passes, and the answer. Passes: how many are left (``of``
the window that began on a day), or the day (am, pm) that is ``paid``.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from loquet_contract.access.decision import AccessRequest, Denied, Now, decide
from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.access.presence import Balance, Presence
from loquet_contract.ids import AccessPointId, AccountId, CredentialDigest, HolderId
from loquet_server.policy.compiler import compile_policy
from loquet_server.policy.rows import (
    AccessPointRow,
    AreaRow,
    CredentialRow,
    DoorRow,
    EntryRow,
    Frame,
    HolderRow,
    MembershipRow,
    People,
    PlanRow,
    RuleRow,
    ScheduleRow,
    SiteRow,
    Source,
    SubscriptionRow,
    WindowRow,
)

PARIS = ZoneInfo("Europe/Paris")
DAY = 86_400

PLANS = {
    "resident": (PlanRow("resident"), "always"),
    "full": (PlanRow("full", grace_days=5), None),
    "days": (PlanRow("days", counts="day", allowance=8, window="month"), None),
    "halves": (
        PlanRow("halves", counts="half_day", allowance=3, window="week", when_empty="bill"), None,
    ),
    "chosen": (PlanRow("chosen"), None),
    "evenings": (PlanRow("evenings"), "evenings"),
    "nights": (PlanRow("nights"), "nights"),
    "carnet": (PlanRow("carnet", counts="day"), None),
    "carnet-half": (PlanRow("carnet-half", counts="half_day"), None),
    "one-day": (PlanRow("one-day"), None),
    "staff": (PlanRow("staff", needs_membership=False), "always"),
    "volunteer": (PlanRow("volunteer", lead_minutes=15, lag_minutes=15), "tuesday"),
}  # fmt: skip
AREAS = ("salle", "bureau")

SUBSCRIPTIONS = [
    SubscriptionRow("resident", "resident", "2025-01-01"),
    SubscriptionRow("full", "full", "2025-11-03", "2025-11-30"),
    SubscriptionRow("leap", "full", "2028-02-01", "2028-02-29", grace_days=0),
    SubscriptionRow("days", "days", "2025-01-01", account="a-days"),
    SubscriptionRow("halves", "halves", "2025-01-01", account="a-halves"),
    SubscriptionRow("chosen", "chosen", "2025-01-01", weekdays=(0, 2)),
    SubscriptionRow("evenings", "evenings", "2025-01-01"),
    SubscriptionRow("nights", "nights", "2025-01-01"),
    SubscriptionRow("carnet", "carnet", "2025-01-01", account="a-carnet"),
    SubscriptionRow("carnet-half", "carnet-half", "2025-01-01", account="a-carnet-half"),
    SubscriptionRow("one-day", "one-day", "2025-11-05", "2025-11-05"),
    SubscriptionRow("staff", "staff", "2025-01-01"),
    SubscriptionRow("volunteer", "volunteer", "2025-01-01"),
    SubscriptionRow("both", "carnet", "2025-01-01", account="a-both"),
    SubscriptionRow("both", "evenings", "2025-01-01"),
    SubscriptionRow("suspended", "resident", "2025-01-01"),
    SubscriptionRow("owes", "full", "2025-01-01"),
]
HOLDERS = [*sorted({each.holder for each in SUBSCRIPTIONS}), "guest", "nobody"]

TABLE = """
# Resident: at any hour, holidays too, and in both hours of the night that has two.
resident    in     2025-11-05 03:30          granted
resident    in     2025-12-25 12:00          granted
resident    in     2025-10-26 02:30          granted
resident    in     2025-10-26 02:30b         granted
evenings    work   2025-11-05 10:00          unauthorized

# Full time: from 00:00 of the contract's first day, in opening hours, and five days of grace.
full        in     2025-11-02 23:59          credential_not_yet_valid 2025-11-03 00:00
full        in     2025-11-03 00:00          not_permitted_now 2025-11-03 09:00
full        in     2025-11-03 08:59          not_permitted_now 2025-11-03 09:00
full        in     2025-11-03 09:00          granted
full        in     2025-11-03 17:59          granted
full        in     2025-11-03 18:00          not_permitted_now 2025-11-04 09:00
full        in     2025-11-11 10:00          not_permitted_now 2025-11-12 09:00
full        in     2025-11-30 12:00          not_permitted_now 2025-12-01 09:00
full        in     2025-12-01 10:00          granted, in_grace
full        in     2025-12-05 17:59          granted, in_grace
full        in     2025-12-06 00:00          credential_expired 2025-12-01 00:00
full        work   2025-11-04 10:00          unauthorized
# 29 February is a day like others; the end of the contract is the end of that day.
leap        in     2028-02-29 17:59          granted
leap        in     2028-03-01 09:00          credential_expired 2028-03-01 00:00
# 31 December is open, New Year's Day is not.
owes        in     2025-12-31 17:59          granted
owes        in     2026-01-01 10:00          not_permitted_now 2026-01-02 09:00

# Eight days a month: the first entry of a day takes one; from 03:00 on it is another day.
days        in     2025-11-05 10:00          granted, takes a pass
days        in     2025-11-05 10:00  1 of 2025-11-01   granted, takes a pass
days        in     2025-11-05 10:00  paid 2025-11-05   granted
days        in     2025-11-06 10:00  paid 2025-11-05   granted, takes a pass
days        in     2025-11-05 10:00  0 of 2025-11-01   no_pass_left 2025-12-01 03:00
days        in     2025-12-01 10:00  0 of 2025-11-01   granted, takes a pass
days        in     2025-11-05 20:00          not_permitted_now 2025-11-06 09:00
days        office 2025-11-05 10:00  0 of 2025-11-01   granted
days        out    2025-11-05 20:00  0 of 2025-11-01   granted

# Three half-days a week, then billed; noon is at 13:00 here.
halves      in     2025-11-05 12:59          granted, takes a pass
halves      in     2025-11-05 12:59  paid 2025-11-05 am   granted
halves      in     2025-11-05 13:00  paid 2025-11-05 am   granted, takes a pass
halves      in     2025-11-05 13:00  0 of 2025-11-03   granted, billed
halves      in     2025-11-10 09:30  0 of 2025-11-03   granted, takes a pass

# Chosen weekdays, here Monday and Wednesday.
chosen      in     2025-11-03 10:00          granted
chosen      in     2025-11-04 10:00          not_permitted_now 2025-11-05 09:00
chosen      in     2025-11-05 10:00          granted

# Evenings and weekends.
evenings    in     2025-11-05 17:59          not_permitted_now 2025-11-05 18:00
evenings    in     2025-11-05 18:00          granted
evenings    in     2025-11-08 09:00          granted
evenings    in     2025-11-09 22:59          granted
evenings    in     2025-11-09 23:00          not_permitted_now 2025-11-10 18:00

# Past midnight, over both nights on which the clock is changed: open until it shows 04:00.
nights      in     2025-10-26 03:59          granted
nights      in     2025-10-26 02:30b         granted
nights      in     2025-10-26 04:00          not_permitted_now 2025-11-01 22:00
nights      in     2026-03-29 01:59          granted
nights      in     2026-03-29 03:59          granted
nights      in     2026-03-29 04:00          not_permitted_now 2026-04-04 22:00

# Carnets of days and of half-days: bought, and then used up.
carnet      in     2025-11-05 10:00  3       granted, takes a pass
carnet      in     2025-11-05 10:00  0       no_pass_left
carnet      in     2025-11-05 10:00          no_pass_left
carnet      in     2025-11-05 10:00  paid 2025-11-05   granted
carnet-half in     2025-11-05 14:00  1       granted, takes a pass
carnet-half in     2025-11-05 14:00  paid 2025-11-05 am   no_pass_left
# A night counts with the day on which it began: the cut-off is at 03:00.
both        in     2025-11-06 02:59  paid 2025-11-05   not_permitted_now 2025-11-06 09:00

# What costs nothing comes before what costs a pass.
both        in     2025-11-05 19:00  3       granted
both        in     2025-11-05 10:00  3       granted, takes a pass

# One occasional day.
one-day     in     2025-11-04 10:00          credential_not_yet_valid 2025-11-05 00:00
one-day     in     2025-11-05 10:00          granted
one-day     in     2025-11-06 10:00          credential_expired 2025-11-06 00:00

# Staff and volunteers; a volunteer's hours begin a quarter of an hour earlier, and end later.
staff       work   2025-12-25 03:00          granted
volunteer   in     2025-11-04 13:44          not_permitted_now 2025-11-04 13:45
volunteer   in     2025-11-04 13:45          granted
volunteer   in     2025-11-04 18:14          granted
volunteer   in     2025-11-04 18:15          not_permitted_now 2025-11-11 13:45

# A guest from 14:00 to 16:00, with a quarter of an hour at both ends, also on a holiday.
guest       in     2025-11-11 13:44          credential_not_yet_valid 2025-11-11 13:45
guest       in     2025-11-11 13:45          granted
guest       in     2025-11-11 16:14          granted
guest       in     2025-11-11 16:15          credential_expired 2025-11-11 16:15
guest       work   2025-11-11 14:00          unauthorized

# A closure, an exceptional opening, and an event for residents in the workshop; they are told
# when it is, also weeks before.
resident    work   2025-11-05 10:00          unauthorized
owes        in     2025-12-22 10:00          not_permitted_now 2025-12-23 09:00
resident    in     2025-12-22 10:00          granted
owes        in     2025-12-27 15:00          granted
resident    work   2025-12-19 18:44          unauthorized
resident    work   2025-12-19 18:45          granted
resident    work   2025-12-20 01:14          granted
owes        work   2025-12-19 20:00          unauthorized

# Others.
suspended   in     2025-11-05 10:00          member_suspended
suspended   out    2025-11-05 10:00          granted
nobody      in     2025-11-05 10:00          unauthorized
"""
MEMBERSHIPS = """
# A space that asks for a yearly membership, with 30 days of grace.
owes        in     2025-01-30 10:00          granted
owes        in     2025-01-31 10:00          membership_ended 2025-01-31 00:00
full        in     2025-11-05 10:00          granted
resident    in     2026-01-30 10:00          granted
resident    in     2026-01-31 10:00          membership_ended 2026-01-31 00:00
staff       in     2026-06-01 10:00          granted
guest       in     2025-11-11 14:00          granted
"""
SITE = SiteRow("village", opening="opening")


def frame(site: SiteRow, start: int) -> Frame:
    """Return the space, with its hours from ``start`` on."""
    return Frame(
        site,
        start,
        407,
        (AreaRow("salle"), AreaRow("bureau", consumes=False), AreaRow("atelier")),
        (DoorRow("front", "hall"), DoorRow("work", "hall")),
        (
            AccessPointRow("in", "front", "outside", "salle"),
            AccessPointRow("out", "front", "salle", "outside", exit=True),
            AccessPointRow("office", "front", "salle", "bureau"),
            AccessPointRow("work", "work", "outside", "atelier"),
        ),
        (
            ScheduleRow("opening", hours="Mo-Fr 09:00-18:00; PH off"),
            ScheduleRow("evenings", hours="Mo-Fr 18:00-23:00; Sa,Su 09:00-23:00"),
            ScheduleRow("nights", hours="Sa 22:00-04:00"),
            ScheduleRow("tuesday", hours="Tu 14:00-18:00"),
            ScheduleRow("always", always=True, follows_calendar=False),
        ),
        (
            EntryRow("e1", "closure", "2025-12-22T00:00", "2025-12-23T00:00"),
            EntryRow("e2", "opening", "2025-12-27T14:00", "2025-12-27T18:00"),
            EntryRow("e3", "event", "2025-12-19T19:00", "2025-12-20T01:00", "atelier",
                     ("resident",)),
        ),
        tuple(plan for plan, _ in PLANS.values()),
        tuple(
            RuleRow(f"r-{name}", name, (*AREAS, "atelier") if name == "staff" else AREAS, (), hours)
            for name, (_, hours) in PLANS.items()
        ),
    )  # fmt: skip


def people() -> People:
    """Return those who ask; each has one badge."""
    guest = WindowRow(
        "guest", "salle", at("2025-11-11 14:00") * 1000, at("2025-11-11 16:00") * 1000
    )
    return People(
        tuple(HolderRow(name, suspended=name == "suspended") for name in HOLDERS),
        tuple(SUBSCRIPTIONS),
        (MembershipRow("resident", "2025-01-01", "2025-12-31"),),
        tuple(CredentialRow(f"badge-{name}", name) for name in HOLDERS),
        (guest,),
    )


def at(text: str) -> int:
    """Return the UTC seconds of a wall-clock time in Paris."""
    fold = int(text.endswith("b"))
    moment = datetime.fromisoformat(text.rstrip("b"))
    return int(moment.replace(tzinfo=PARIS, fold=fold).timestamp())


@cache
def policy(site: SiteRow, start: int) -> InMemoryPolicy:
    """Return the policy of the hall, compiled in the week that began at ``start``."""
    records = compile_policy(Source(frame(site, start), people()), "hall")
    return InMemoryPolicy.of(PolicyTerms(1, start, start + 7 * DAY, start + 30 * DAY), records)


def presence(who: str, passes: list[str]) -> Presence:
    """Return what is known of somebody's passes."""
    account, holder = AccountId(f"a-{who}"), HolderId(who)
    if not passes:
        return Presence()
    if passes[0] == "paid":
        hour = "13:00" if passes[2:] == ["pm"] else "03:00"
        left = {account: Balance(0)} if who.startswith("carnet") else {}
        return Presence(balances=left, paid={(account, holder): at(f"{passes[1]} {hour}")})
    window = at(f"{passes[2]} 03:00") if passes[1:2] == ["of"] else None
    return Presence(balances={account: Balance(int(passes[0]), window)})


def answer(site: SiteRow, who: str, place: str, when: str, passes: list[str]) -> str:
    """Return what the door says, as the table writes it."""
    now = at(when)
    local = datetime.fromtimestamp(now, PARIS)
    monday = (local - timedelta(local.weekday())).strftime("%Y-%m-%d 00:00")
    request = AccessRequest(AccessPointId(place), (CredentialDigest(f"badge-{who}"),))
    found = decide(request, policy(site, at(monday)), presence(who, passes), Now(0.0, now))
    if isinstance(found, Denied):
        again = "" if found.when is None else datetime.fromtimestamp(found.when, PARIS)
        return f"{found.reason.value} {again:%Y-%m-%d %H:%M}" if again else found.reason.value
    words = ["granted", *(remark.value for remark in found.remarks)]
    if found.account is not None and not found.billed:
        words.append("takes a pass")
    return ", ".join(words)


ANSWERS = ("granted", *(reason for reason in (
    "unauthorized", "credential_", "not_permitted_now", "no_pass_left", "member_", "membership_",
)))  # fmt: skip


def lines(table: str) -> list[tuple[str, str, str, list[str], str]]:
    """Return (who, place, when, passes, answer) of each line."""
    found = []
    for line in table.splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        begins = next(n for n, word in enumerate(words) if n > 3 and word.startswith(ANSWERS))
        found.append(
            (words[0], words[1], " ".join(words[2:4]), words[4:begins], " ".join(words[begins:]))
        )
    return found


@pytest.mark.parametrize(
    ("who", "place", "when", "passes", "expected"),
    lines(TABLE),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_plan(who: str, place: str, when: str, passes: list[str], expected: str) -> None:
    assert answer(SITE, who, place, when, passes) == expected


@pytest.mark.parametrize(
    ("who", "place", "when", "passes", "expected"),
    lines(MEMBERSHIPS),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_membership(who: str, place: str, when: str, passes: list[str], expected: str) -> None:
    site = replace(SITE, membership_required=True)
    assert answer(site, who, place, when, passes) == expected


def test_every_plan_is_in_the_table() -> None:
    asked = {who for who, *_ in lines(TABLE)}
    assert asked >= set(PLANS) | {"guest"}


def test_rules_run_out_without_the_server_as_each_plan_says() -> None:
    start = at("2025-11-03 00:00")
    plans = tuple(
        replace(plan, expires_days=90, stale_days=14) if plan.plan == "staff" else plan
        for plan in frame(SITE, start).plans
    )
    records = compile_policy(Source(replace(frame(SITE, start), plans=plans), people()), "hall")
    terms = PolicyTerms(1, start, start + 7 * DAY, start + 90 * DAY)
    held = InMemoryPolicy.of(terms, records)
    after = {"resident": (8, 30), "staff": (15, 90)}
    for who, (stale, expires) in after.items():
        request = AccessRequest(AccessPointId("in"), (CredentialDigest(f"badge-{who}"),))

        def says(day: int, request: AccessRequest = request) -> str:
            found = decide(request, held, Presence(), Now(0.0, start + day * DAY))
            if isinstance(found, Denied):
                return found.reason.value
            return "stale" if found.stale else "fresh"

        days = (stale - 2, stale, expires - 1, expires)
        assert [says(day) for day in days] == ["fresh", "stale", "stale", "policy_expired"]
