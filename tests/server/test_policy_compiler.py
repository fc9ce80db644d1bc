"""The compiler is pure and deterministic; each unit gets what it needs, and nothing else."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    PeriodRecord,
    Record,
    Right,
    RuleRecord,
    ScheduleRecord,
    WhenFull,
)
from loquet_contract.wire.codec import canonical, encode, parse
from loquet_server.policy.changes import Diff, between, delta
from loquet_server.policy.compiler import Compiler, compile_policy, lines_of
from loquet_server.policy.history import Version, compress, lines_at
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
from loquet_server.policy.rules import rule_of
from loquet_server.policy.timetable import short
from loquet_server.policy.versions import Changes

PARIS = ZoneInfo("Europe/Paris")
DAY = 86_400


def at(text: str) -> int:
    """Return the UTC seconds of a wall-clock time in Paris."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


FRAME = Frame(
    SiteRow("village", opening="opening"),
    at("2025-10-06"),
    400,
    (
        AreaRow("salle", capacity=10, when_full="refuse"),
        AreaRow("calme", exit_sensing=True, when_full="refuse"),
        AreaRow("atelier", opening="evenings", consumes=False),
    ),
    (DoorRow("front", "hall", "opening", True), DoorRow("work", "annexe")),
    (
        AccessPointRow("in", "front", "outside", "salle", anti_passback="hard"),
        AccessPointRow("out", "front", "salle", "outside", exit=True, anti_passback="hard"),
        AccessPointRow("quiet", "front", "salle", "calme", 2, "refuse", False, "timed", 5),
        AccessPointRow("work", "work", "outside", "atelier"),
    ),
    (
        ScheduleRow("opening", hours="Mo-Fr 09:00-18:00"),
        ScheduleRow("evenings", hours="Mo-Fr 18:00-23:00"),
        ScheduleRow("always", always=True, follows_calendar=False),
        ScheduleRow("unused", hours="24/7"),
    ),
    (),
    (PlanRow("p"), PlanRow("q", counts="day", allowance=8, window="month", expires_days=90)),
    (
        RuleRow("r1", "p", ("salle", "calme", "atelier")),
        RuleRow("r2", "q", ("salle",), (), "always"),
    ),
)


def people(count: int = 3) -> People:
    return People(
        tuple(HolderRow(f"h{n}") for n in range(count)),
        tuple(SubscriptionRow(f"h{n}", "pq"[n % 2], "2025-01-01") for n in range(count)),
        credentials=tuple(CredentialRow(f"d{n}", f"h{n}") for n in range(count)),
    )


def find(records: Iterable[Record], key: str) -> Any:
    return next(record for record in records if record.key == key)


def compiled(unit: str | None = "hall", given: People | None = None, **frame: Any) -> list[Record]:
    return compile_policy(Source(replace(FRAME, **frame), given or people()), unit)


def test_only_what_the_unit_needs_is_in_it() -> None:
    assert [record.key for record in compiled("annexe")] == [
        "access_point/work", "area/atelier", "credential/d0", "credential/d1", "credential/d2",
        "door/work", "holder/h0", "holder/h1", "holder/h2", "period/day", "rule/r1:evenings",
        "rule/window.atelier", "rule/window.atelier.reserved", "schedule/:always",
        "schedule/evenings",
    ]  # fmt: skip


def test_holders_and_credentials_are_the_same_on_all_units() -> None:
    def shared(unit: str) -> list[Record]:
        return [r for r in compiled(unit) if isinstance(r, (HolderRecord, CredentialRecord))]

    assert shared("hall") == shared("annexe")


def test_a_rule_by_opening_hours_is_one_for_each_of_them() -> None:
    hall = compiled("hall")
    assert find(hall, "holder/h0").rules == ("r1:evenings", "r1:opening")
    rule = find(hall, "rule/r1:opening")
    assert (rule.access_points, rule.schedule) == (("in", "quiet"), "opening")
    assert (rule.expires_after, rule.stale_after, rule.passes) == (30 * DAY, 7 * DAY, None)


def test_a_plan_that_counts_says_how() -> None:
    hall = compiled("hall")
    terms = find(hall, "rule/r2").passes
    assert (terms.period, terms.allowance, terms.window, terms.when_empty) == (
        "day", 8, "month", "refuse",
    )  # fmt: skip
    days, months = find(hall, "period/day"), find(hall, "period/month")
    now = at("2025-10-09T10:00")
    assert (days.start(now), months.start(now)) == (at("2025-10-09T03:00"), at("2025-10-01T03:00"))
    last = at("2025-10-06") + 400 * DAY
    assert days.next_start(last - DAY) is not None
    assert months.start(last) is not None


def test_ways_doors_and_areas() -> None:
    hall = compiled("hall")
    assert find(hall, "door/front") == DoorRecord("front", "opening", first_card=True)  # type: ignore[arg-type]
    entrance, exit_, quiet = (find(hall, f"access_point/{name}") for name in ("in", "out", "quiet"))
    assert isinstance(entrance, AccessPointRecord)
    assert (entrance.consumes, entrance.exit) == (True, None)
    assert entrance.anti_passback is AntiPassback.SOFT, (
        "nobody is seen leaving: hard would lock out"
    )
    assert (exit_.exit, exit_.consumes, exit_.anti_passback) == (True, None, None)
    assert (quiet.anti_passback, quiet.anti_passback_seconds) == (AntiPassback.TIMED, 300)
    assert find(compiled("annexe"), "access_point/work").consumes is None
    assert find(hall, "area/salle") == AreaRecord("salle", 10, WhenFull.WARN, "day")  # type: ignore[arg-type]
    assert find(hall, "area/calme").when_full is WhenFull.REFUSE


def test_a_door_keeps_to_the_calendar_of_the_area_behind_it() -> None:
    entry = EntryRow("e1", "closure", "2025-10-08T00:00", "2025-10-09T00:00", area="salle")
    hall = compiled("hall", entries=(entry,))
    assert find(hall, "door/front").unlock_schedule == "opening:salle"
    closed = find(hall, "schedule/opening:salle")
    assert at("2025-10-08T09:00") not in closed.bounds
    assert at("2025-10-08T09:00") in find(hall, "schedule/opening").bounds
    assert find(hall, "rule/r1:opening:salle").access_points == ("in",)
    assert find(hall, "rule/r1:opening").access_points == ("quiet",)
    assert find(hall, "holder/h0").rules == ("r1:evenings", "r1:opening", "r1:opening:salle")


def test_a_subscription_counts_from_midnight_and_ends_with_its_grace() -> None:
    given = People(
        (HolderRow("h"),),
        (SubscriptionRow("h", "q", "2025-10-09", "2026-02-28", grace_days=5, account="a1"),),
    )
    assert find(compiled(given=given), "holder/h").rights == (
        Right("r2", at("2025-10-09"), at("2026-03-06"), at("2026-03-01"), "a1"),  # type: ignore[arg-type]
    )


def test_one_that_has_begun_and_has_no_end_is_no_matter_of_dates() -> None:
    assert find(compiled(), "holder/h1").rules == ("r2",)
    assert find(compiled(), "holder/h1").rights is None


def test_what_ended_is_left_out_but_for_the_last() -> None:
    old = SubscriptionRow("h", "q", "2024-01-01", "2024-06-30")
    older = SubscriptionRow("h", "p", "2023-01-01", "2023-06-30")
    now = SubscriptionRow("h", "q", "2025-01-01", "2025-10-31")
    one = find(compiled(given=People((HolderRow("h"),), (old, older))), "holder/h")
    assert [right.valid_until for right in one.rights] == [at("2024-07-01")]
    both = find(compiled(given=People((HolderRow("h"),), (old, now))), "holder/h")
    assert [right.valid_until for right in both.rights] == [at("2025-11-01")]


def test_chosen_weekdays_are_a_rule_of_their_own() -> None:
    given = People((HolderRow("h"),), (SubscriptionRow("h", "q", "2025-01-01", weekdays=(4, 0)),))
    hall = compiled(given=given)
    assert find(hall, "holder/h").rules == ("r2.d04",)
    rule = find(hall, "rule/r2.d04")
    bounds = find(hall, f"schedule/{rule.schedule}").bounds
    assert at("2025-10-06") in bounds
    assert at("2025-10-07") in bounds
    assert at("2025-10-08") not in bounds


def test_lead_and_lag_of_a_plan_make_its_hours_longer() -> None:
    plans = (PlanRow("p", lead_minutes=15, lag_minutes=30), FRAME.plans[1])
    hall = compiled(plans=plans)
    bounds = find(hall, f"schedule/{find(hall, 'rule/r1:opening').schedule}").bounds
    assert bounds[:2] == (at("2025-10-06T08:45"), at("2025-10-06T18:30"))
    assert find(hall, "schedule/opening").bounds[0] == at("2025-10-06T09:00"), "the door's"


@pytest.mark.parametrize(
    ("memberships", "plans", "ends"),
    [
        ([("2025-01-01", "2025-12-31")], ["p"], "2026-01-31"),
        ([("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-12-31")], ["p"], "2026-01-31"),
        ([], ["p"], "2025-01-31"),
        ([("2025-01-01", "2025-12-31")], ["p", "free"], None),
        ([], [], None),
    ],
    ids=["one year", "renewed", "never had one", "a plan that asks for none", "no plan"],
)
def test_a_yearly_membership_ends_with_its_grace(
    memberships: list[tuple[str, str]], plans: list[str], ends: str | None
) -> None:
    given = People(
        (HolderRow("h"),),
        tuple(SubscriptionRow("h", plan, "2025-01-01") for plan in plans),
        tuple(MembershipRow("h", *each) for each in memberships),
    )
    known = (*FRAME.plans, PlanRow("free", needs_membership=False))
    site = replace(FRAME.site, membership_required=True)
    holder = find(compiled(given=given, plans=known, site=site), "holder/h")
    assert holder.membership_until == (None if ends is None else at(ends))
    assert find(compiled(given=given, plans=known), "holder/h").membership_until is None


def test_badges_say_what_became_of_them() -> None:
    states = ("handed_out", "lost", "returned", "blocked", "stock")
    given = People(
        (HolderRow("h"), HolderRow("gone", archived=True)),
        credentials=(
            *(CredentialRow(status, "h", status) for status in states),
            CredentialRow("theirs", "gone"),
        ),
    )
    records = compiled(given=given)
    found = {r.digest: r.disabled for r in records if isinstance(r, CredentialRecord)}
    assert found == {
        "handed_out": False, "lost": True, "returned": True, "blocked": True, "theirs": True,
    }  # fmt: skip
    assert [r.holder for r in records if isinstance(r, HolderRecord)] == ["h"]


def test_a_guest_has_a_window_with_its_lead_and_lag() -> None:
    start = at("2025-10-09T14:00")
    windows = (
        WindowRow("g", "salle", start * 1000, (start + 3600) * 1000),
        WindowRow("g", "calme", start * 1000, (start + 3600) * 1000, 0, 0, reserved=True),
    )
    hall = compiled(given=People((HolderRow("g"),), windows=windows))
    assert find(hall, "holder/g").rights == (
        Right("window.calme.reserved", start, start + 3600),  # type: ignore[arg-type]
        Right("window.salle", start - 900, start + 4500),  # type: ignore[arg-type]
    )
    rule = find(hall, "rule/window.calme.reserved")
    assert (rule.access_points, rule.reserved, rule.schedule) == (("quiet",), True, ":always")


def test_an_event_lets_in_those_who_are_asked() -> None:
    event = EntryRow("e1", "event", "2025-10-09T19:00", "2025-10-10T01:00", "atelier", ("q",))
    over = replace(event, entry="e0", starts="2025-10-01T19:00", ends="2025-10-01T20:00")
    annexe = compiled("annexe", entries=(event, over))
    bounds = find(annexe, "schedule/event.e1").bounds
    assert bounds == (at("2025-10-09T18:45"), at("2025-10-10T01:15"))
    asked = [r.holder for r in annexe if isinstance(r, HolderRecord) and "event.e1" in r.rules]
    assert asked == ["h1"]
    everybody = compiled("annexe", entries=(replace(event, plans=(), everybody=True),))
    assert all("event.e1" in r.rules for r in everybody if isinstance(r, HolderRecord))
    assert not any("event.e0" in record.key for record in annexe)


@pytest.mark.parametrize("hours", ["Mo-Fr 9h-18h", "whenever", 'Mo-Fr 09:00-18:00 "maybe"'])
def test_hours_that_nobody_understands_open_nothing(hours: str) -> None:
    """And take nothing else with them: a bad row must not stop a revocation."""
    schedules = (ScheduleRow("opening", hours=hours), *FRAME.schedules[1:])
    compiler = Compiler(replace(FRAME, schedules=schedules))
    hall = compiler.unit("hall")
    assert find(hall, "schedule/opening").bounds == ()
    assert find(hall, "rule/r2").schedule == "always"
    assert "always" not in compiler.faults


def test_an_entry_that_nobody_understands_is_as_if_it_were_not() -> None:
    entries = (
        EntryRow("e1", "closure", "soon", "later"),
        EntryRow("e2", "closure", "2025-10-08T10:00", "2025-10-07T10:00"),
        EntryRow("e3", "event", "2025-13-08T10:00", "2025-10-07T10:00", everybody=True),
    )
    compiler = Compiler(replace(FRAME, entries=entries))
    assert lines_of(compiler.unit("hall")) == lines_of(Compiler(FRAME).unit("hall"))
    assert set(compiler.faults) == {"e1", "e2", "e3"}


def test_a_plan_without_hours_opens_nothing() -> None:
    site = replace(FRAME.site, opening=None)
    hall = compiled(site=site)
    assert find(hall, "schedule/:never") == ScheduleRecord(":never")  # type: ignore[arg-type]
    assert find(hall, "rule/r1:never").access_points == ("in", "quiet")


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)

    def mixed(rows: Any) -> Any:
        values = {
            name: tuple(draw.sample(value, len(value)))
            for name in rows.__dataclass_fields__
            if isinstance(value := getattr(rows, name), tuple)
        }
        return replace(rows, **values)

    one = Source(FRAME, people(8))
    other = Source(mixed(one.frame), mixed(one.people))
    assert lines_of(compile_policy(one, "hall")) == lines_of(compile_policy(other, "hall"))


@pytest.mark.parametrize(
    "name", ["r1", "r1:opening", "r1:opening:salle", "r1.d014", "r1:opening.d014"]
)
def test_a_name_says_of_which_rule_it_is(name: str) -> None:
    assert rule_of(name) == "r1"


def test_names_fit_a_passage() -> None:
    one, other = "x" * 70, "x" * 71
    assert len(short(one)) == 64
    assert short(one) != short(other)
    assert short("x" * 64) == "x" * 64
    long = replace(FRAME, rules=(replace(FRAME.rules[0], rule="r" * 60),))
    rules = [r for r in compile_policy(Source(long, people()), None) if isinstance(r, RuleRecord)]
    assert all(len(rule.rule) <= 64 for rule in rules)
    assert any(rule.rule.startswith("r" * 51) for rule in rules)


def test_periods_last_as_long_as_the_hours() -> None:
    hall = compiled()
    for record in hall:
        if isinstance(record, PeriodRecord):
            assert record.starts[0] <= FRAME.start
            assert record.starts[-1] >= FRAME.start + 368 * DAY


edits = st.lists(
    st.dictionaries(st.sampled_from([f"holder/h{n}" for n in range(12)]), st.integers(0, 3)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(edits)
def test_a_whole_and_its_deltas_give_the_newest_lines(states: list[dict[str, int]]) -> None:
    """Versions made by random edits: base plus deltas is the same as the newest whole."""
    versions: list[Version] = []
    lines: dict[str, str] = {}
    for number, state in enumerate(states, 1):
        after = {
            key: canonical({"kind": "holder", "holder": key[7:], "rules": [str(value)]})
            for key, value in sorted(state.items())
        }
        if not versions:
            content = compress("\n".join(after.values()))
        else:
            content = compress(encode(delta(between(lines, after))))
        base = number - 1 or None
        versions.append(Version(number, base, "", "", content, len(after), 0))
        assert between(lines, after).grown == len(after) - len(lines)
        lines = after
        assert lines_at(versions) == after
        assert all(parse(line) for line in after.values())


@pytest.mark.parametrize("key", ["holder/a", 'holder/"manifest":""'])
def test_a_delta_for_many_units_is_what_the_codec_would_write(key: str) -> None:
    line = canonical({"kind": "holder", "holder": key[7:], "rules": []})
    diff = Diff({key: line}, ("area/x", 'holder/"manifest":""x'), 0)
    signed = '{"key":"k","payload":"é\\n"}'
    assert Changes(diff).text(signed) == encode(replace(delta(diff), manifest=signed))
