"""The compiler is pure and deterministic, and expands hours by the clock on the wall."""

import random
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.access.policy import HolderRecord, RuleRecord, ScheduleRecord
from loquet_contract.wire.codec import canonical, encode, parse
from loquet_contract.wire.messages import Delta
from loquet_server.policy.compiler import InvalidHours, compile_policy, expand, lines_of
from loquet_server.policy.history import Version, compress, difference, lines_at
from loquet_server.policy.rows import (
    AccessPointRow,
    CredentialRow,
    DoorRow,
    HolderRow,
    RuleRow,
    ScheduleRow,
    Source,
)

PARIS = ZoneInfo("Europe/Paris")
DAY = 86_400


def at(text: str) -> int:
    """Return the UTC seconds of a wall-clock time in Paris."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


def weekly(*days: int, begin: str = "09:00", until: str = "18:00") -> ScheduleRow:
    return ScheduleRow("s", False, ({"weekdays": list(days), "from": begin, "to": until},))


def source(holders: int = 3) -> Source:
    return Source(
        "Europe/Paris",
        at("2025-10-06"),
        400,
        (DoorRow("front"),),
        (AccessPointRow("in", "front", "outside", "salle"),),
        (weekly(0, 1, 2), ScheduleRow("always", True), ScheduleRow("unused", True)),
        (RuleRow("r1", "p", ("in", "elsewhere"), "s", 30 * DAY), RuleRow("r2", "p", ("far",), "s")),
        tuple(HolderRow(f"h{n}", "p" if n else None) for n in range(holders)),
        tuple(CredentialRow(f"d{n}", f"h{n}") for n in range(holders)),
    )


def test_only_what_the_unit_needs_is_in_it() -> None:
    records = compile_policy(source())
    assert [record.key for record in records] == [
        "access_point/in", "credential/d0", "credential/d1", "credential/d2", "door/front",
        "holder/h0", "holder/h1", "holder/h2", "rule/r1", "schedule/s",
    ]  # fmt: skip
    rule = next(record for record in records if isinstance(record, RuleRecord))
    assert (rule.access_points, rule.expires_after) == (("in",), 30 * DAY)


def test_holders_whom_no_rule_lets_in_are_in_it_without_rules() -> None:
    holders = [record for record in compile_policy(source()) if isinstance(record, HolderRecord)]
    assert [holder.rules for holder in holders] == [(), ("r1",), ("r1",)]


@given(seed=st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    draw = random.Random(seed)
    one = source(8)
    other = replace(
        one,
        schedules=tuple(draw.sample(one.schedules, len(one.schedules))),
        rules=tuple(draw.sample(one.rules, len(one.rules))),
        holders=tuple(draw.sample(one.holders, len(one.holders))),
        credentials=tuple(draw.sample(one.credentials, len(one.credentials))),
    )
    assert lines_of(compile_policy(one)) == lines_of(compile_policy(other))


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2025-10-26", 9), ("2026-03-29", 9), ("2025-10-25", 9)],
    ids=["winter begins", "summer begins", "an ordinary day"],
)
def test_hours_follow_the_clock_on_the_wall(day: str, hours: int) -> None:
    bounds = expand(weekly(*range(7)), "Europe/Paris", at("2025-10-20"), 400)
    start, end = at(f"{day}T09:00"), at(f"{day}T18:00")
    assert start in bounds
    assert bounds[bounds.index(start) + 1] == end
    assert end - start == hours * 3600


def test_a_night_across_the_change_of_the_clock_is_an_hour_longer() -> None:
    bounds = expand(weekly(5, begin="22:00", until="06:00"), "Europe/Paris", at("2025-10-20"), 14)
    start = at("2025-10-25T22:00")
    assert bounds[bounds.index(start) + 1] - start == 9 * 3600


def test_a_night_that_began_before_the_horizon_is_in_it() -> None:
    start = at("2025-10-20")
    bounds = expand(weekly(6, begin="22:00", until="06:00"), "Europe/Paris", start, 14)
    assert bounds[:2] == (start, at("2025-10-20T06:00"))


def test_the_horizon_has_400_days() -> None:
    bounds = expand(weekly(*range(7)), "Europe/Paris", at("2025-10-20"), 400)
    assert len(bounds) == 800


@pytest.mark.parametrize(
    "hours",
    [
        {"weekdays": [7], "from": "09:00", "to": "18:00"},
        {"weekdays": [0], "from": "9h", "to": "18:00"},
        {"weekdays": [0], "from": "09:00", "to": "24:30"},
        {"from": "09:00", "to": "18:00"},
        [1],
    ],
)
def test_hours_that_nobody_understands_are_refused_by_name(hours: object) -> None:
    with pytest.raises(InvalidHours, match="schedule 's'"):
        expand(ScheduleRow("s", False, (hours,)), "Europe/Paris", 0, 7)  # type: ignore[arg-type]


def test_given_intervals_are_merged() -> None:
    row = ScheduleRow("s", False, ([100, 200], [150, 300], [400, 500]))
    assert expand(row, "UTC", 0, 7) == (100, 300, 400, 500)
    assert isinstance(ScheduleRecord("s", (100, 300)), ScheduleRecord)  # type: ignore[arg-type]


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
            content = compress(encode(Delta("", *difference(lines, after))))
        base = number - 1 or None
        versions.append(Version(number, base, "", "", content, len(after), 0))
        lines = after
        assert lines_at(versions) == after
        assert all(parse(line) for line in after.values())
