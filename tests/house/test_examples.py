"""Examples work: every unit.toml loads, and the wiring table is the one that the code knows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from loquet_edge.config import load
from loquet_edge.config_lines import HEADER_PINS, energised_at_reset, used_lines
from loquet_server.demo.village import UNITS, unit_toml
from tests.house.source import ROOT, files

EXAMPLES = [
    str(path.relative_to(ROOT)) for path in files() if path.match("hardware/examples/*/unit.toml")
]
PINOUT = tomllib.loads((ROOT / "hardware/pinout.toml").read_text())


def test_there_is_an_example() -> None:
    assert "hardware/examples/one_door_rc522/unit.toml" in EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_valid_unit(name: str) -> None:
    unit = load(ROOT / name)
    assert unit.doors
    assert energised_at_reset(unit) == []


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_of_the_demo_are_valid(unit: str, tmp_path: Path) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(unit_toml(unit))
    assert load(file).simulated


def test_the_pinout_says_what_the_code_says() -> None:
    assert {each["line"]: each["pin"] for each in PINOUT["lines"]} == HEADER_PINS


def test_the_first_example_is_wired_as_the_pinout_says() -> None:
    unit = load(ROOT / "hardware/examples/one_door_rc522/unit.toml")
    written = {each["line"]: each["first_door"] for each in PINOUT["lines"] if "first_door" in each}
    used = {line.line: line.role.split(":")[0] for line in used_lines(unit)}
    assert {line: role for line, role in written.items() if not role.startswith("SPI")} == used
