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
from loquet_contract.wire.codec import MalformedMessage, parse
from loquet_contract.wire.policy import key_of, line
from loquet_edge.policy_lines import USUAL, keys_of
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
        CredentialRecord(policies.badge(1), "abc", "", False, None, 7, "d1"),  # type: ignore[arg-type]
        HolderRecord("abc", ("r1",), pin="scrypt$8$x", pin_until=0),  # type: ignore[arg-type]
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
    assert keys_of(lines, "") == [key_of(parse(text)) for text in lines]
    for wrong in (lines[::-1], [lines[0], lines[0]]):
        with pytest.raises(MalformedMessage, match="sorted"):
            keys_of(wrong, "")
    with pytest.raises(MalformedMessage, match="sorted"):
        keys_of(lines[:1], "z")
    assert keys_of([], "z") == []


def test_lines_matched_at_one_go_are_those_matched_one_by_one() -> None:
    usual = [each for each in policies.lines_of(policies.records(9)) if USUAL(each)]
    for kind in ("credential", "holder"):
        lines = [each for each in usual if f'"kind":"{kind}"' in each]
        assert len(lines) == 9
        assert keys_of(lines, "") == [key_of(parse(each)) for each in lines]
        odd = lines[4].replace('"disabled":', '"disabled" :').replace('"rules":', '"rules" :')
        assert keys_of([*lines[:4], odd, *lines[5:]], "") == keys_of(lines, "")


@pytest.mark.parametrize("end", ["{}\n{}", "x\n{}", "{}\n", "\n{}\n{}"])
def test_a_line_end_within_a_line_does_not_make_it_two(end: str) -> None:
    lines = [each for each in policies.lines_of(policies.records(4)) if '"credential"' in each]
    one = end.format(lines[2], lines[3])
    if one.strip() == lines[2]:  # white space around is JSON's own business
        assert keys_of([*lines[:2], one], "") == keys_of(lines[:3], "")
        return
    with pytest.raises(MalformedMessage):
        keys_of([*lines[:2], one], "")
