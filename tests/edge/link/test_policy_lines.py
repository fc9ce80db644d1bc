"""Lines that come by the hundred thousand are matched, not parsed: only those that are as usual."""

import pytest

from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Right,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.policy import line
from loquet_edge.policy_lines import USUAL, rows
from tests import policies

RIGHTS = (
    Right("r1.d014"),  # type: ignore[arg-type]
    Right("window.salle", 1, 2),  # type: ignore[arg-type]
    Right("r2", 1, 5, 3, "a1"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize("change", [("r2", "r\\n2"), (":5}", ':"5"}'), ('"account"', '"acount"')])
def test_a_right_that_is_not_as_usual_is_looked_at_closely(change: tuple[str, str]) -> None:
    usual = line(HolderRecord("abc", (), rights=RIGHTS))  # type: ignore[arg-type]
    other = usual.replace(*change)
    assert USUAL(usual)
    assert other != usual
    assert not USUAL(other)


def test_the_usual_lines_are_the_ones_that_the_contract_writes() -> None:
    for record in (
        HolderRecord("abc", ("r1", "r2"), 1, 2, True, True, True),  # type: ignore[arg-type]
        HolderRecord("abc", ()),  # type: ignore[arg-type]
        HolderRecord("abc", ("r:s:a",), rights=RIGHTS, membership_until=7),  # type: ignore[arg-type]
        CredentialRecord(policies.badge(1), "abc", "paris", True, 1, 2),  # type: ignore[arg-type]
        CredentialRecord(policies.badge(1), "abc"),  # type: ignore[arg-type]
    ):
        assert USUAL(line(record)), line(record)
    for other in (
        AccessPointRecord("a", "d", "x", "y"),  # type: ignore[arg-type]
        DoorRecord("d"),  # type: ignore[arg-type]
        RuleRecord("r", ("a",), "s"),  # type: ignore[arg-type]
        ScheduleRecord("s", (1, 2)),  # type: ignore[arg-type]
    ):
        assert not USUAL(line(other))


def test_lines_out_of_order_are_refused() -> None:
    lines = policies.lines_of(policies.records(5))
    assert [text for _, text in rows(lines, "")] == lines
    for wrong in (lines[::-1], [lines[0], lines[0]]):
        with pytest.raises(MalformedMessage, match="sorted"):
            rows(wrong, "")
    with pytest.raises(MalformedMessage, match="sorted"):
        rows(lines[:1], "z")
    assert rows([], "z") == []
