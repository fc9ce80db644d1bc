"""What the page about opening hours says is true."""

import re
from datetime import date
from pathlib import Path

import pytest

from loquet_server.hours.calendar import InvalidHours, Locality, opening, read, warnings
from tests.server.hours.minutes import PARIS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "hours.md"
PLACE = Locality(PARIS, "FR", "", "A")
CODE = re.compile(r"`([^`]+)`")


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def code(cell: str) -> str:
    return CODE.findall(cell)[0]


@pytest.mark.parametrize("row", rows("What to write"), ids=lambda row: code(row[0]))
def test_what_is_shown_can_be_written(row: list[str]) -> None:
    read(code(row[0]))
    assert {each.code for each in warnings(code(row[0]), PLACE, 2026)} <= {
        "holidays_not_mentioned", "never_open", "night_before_holiday", "overridden_partly",
    }  # fmt: skip


@pytest.mark.parametrize("row", rows("Traps"), ids=lambda row: code(row[0]))
def test_a_trap_is_warned_of_and_its_remedy_is_not(row: list[str]) -> None:
    wrong, right = code(row[0]), code(row[2])
    before, after = ({each.code for each in warnings(text, PLACE, 2026)} for text in (wrong, right))
    assert before - after
    assert after <= {"night_before_holiday"}
    one, other = (opening(each, PLACE, date(2026, 1, 1), 365) for each in (wrong, right))
    assert one != other


@pytest.mark.parametrize(
    "row", rows("What people type, and what is proposed"), ids=lambda row: code(row[0])
)
def test_what_people_type_is_proposed_anew(row: list[str]) -> None:
    with pytest.raises(InvalidHours) as refused:
        read(code(row[0]))
    assert refused.value.hint == f"Write {code(row[1])}"
    read(code(row[1]))
