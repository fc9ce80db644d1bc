"""The example of the documents on simulated Linux devices: how a unit ends, and its wires."""

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_edge.config import load
from loquet_edge.config_lines import HEADER_PINS, energised_at_reset, reset_pull_high, used_lines
from tests.edge.rig.rig_unit import EXAMPLE, LOCK, READER, REPLACED, RigUnit, cards
from tests.rig.rig import a_rig

HARDWARE = Path(__file__).parents[3] / "hardware"
LASTING = (*REPLACED[:-1], ("release = 5.0", "release = 4.0"))
"""A release that does not end by itself before a test has seen it end otherwise."""


@pytest.fixture(params=[True, False], ids=["strict_gpiod", "kept_levels"])
def released(request: pytest.FixtureRequest) -> Iterator[RigUnit]:
    """A whole unit that has just released its door for a card."""
    with a_rig(strict_gpiod=request.param, readers=(f"{READER}=0.0",)) as rig:
        unit = RigUnit(rig, EXAMPLE, LASTING)
        unit.give_policy(cards(1))
        try:
            unit.start()
            unit.lock(1, unit.tap(0))
            yield unit
        finally:
            unit.close()


def test_a_unit_that_is_told_to_end_in_a_release_locks_first(released: RigUnit) -> None:
    supervisor = released.supervisor()
    supervisor.terminate()
    assert supervisor.wait(20.0) == 0
    assert released.rig.level(LOCK) == 0
    assert released.rig.output_levels(LOCK)[0] == 0


def test_a_supervisor_killed_in_a_release_leaves_the_door_locked(released: RigUnit) -> None:
    at = time.monotonic()
    released.supervisor().kill()
    # The bound is half a second on a quiet machine; a busy one is given as much again.
    assert released.lock(0, at) - at < 1.0


def test_the_example_agrees_with_the_pinout() -> None:
    with (HARDWARE / "pinout.toml").open("rb") as file:
        lines = tomllib.load(file)["lines"]
    pins = {each["line"]: each["pin"] for each in lines}
    roles = {each["line"]: each["first_door"] for each in lines if "first_door" in each}
    assert pins == HEADER_PINS
    for each in lines:
        assert (each["reset_pull"] == "up") is reset_pull_high(each["line"])
    config = load(HARDWARE / "examples" / "one_door_rc522" / "unit.toml")
    for used in used_lines(config):
        assert roles[used.line] == used.role.split(":")[0]
    assert energised_at_reset(config) == []
