"""What a wire catches beside a motor or a lift: pulses too short for a hand move no lock."""

from __future__ import annotations

import time
from itertools import pairwise
from random import Random

import pytest

from tests.edge.rig.rig_unit import EXIT, FIRE, LOCK
from tests.edge.safety.house import LOCKED, RELEASED, House

DEBOUNCE = {EXIT: 0.010, FIRE: 0.020}
"""Seconds: those of ``loquet_edge.config``."""
ACTIVE = {EXIT: 0, FIRE: 1}
NAMES = {EXIT: "exit", FIRE: "fire"}


def pulses(house: House, line: int, since: float) -> list[float]:
    """Return how long the line was active, each time, in seconds."""
    moves = house.pins.since(line, since)
    return [
        after.at - before.at
        for before, after in pairwise(moves)
        if before.level == ACTIVE[line] and after.level != ACTIVE[line]
    ]


@pytest.mark.parametrize("line", [EXIT, FIRE], ids=NAMES.values())
@pytest.mark.parametrize("hertz", [50, 100], ids=lambda hertz: f"{hertz} Hz")
def test_a_wire_that_hums_moves_no_lock(house: House, line: int, hertz: int) -> None:
    """Two seconds of hum: as many looks of the guard as it takes to meet it again and again."""
    longest = min(0.4 / hertz, 0.7 * DEBOUNCE[line])
    house.wait(house.quiet, "the door is at rest")
    began = time.monotonic()
    while (now := time.monotonic()) < began + 2.0:
        house.pulse(line, ACTIVE[line], longest)
        house.wait(lambda now=now: time.monotonic() >= now + 1 / hertz, "the next wave")
    house.wait(lambda: house.pins.last(line).level != ACTIVE[line], "the hum is over")
    caught = pulses(house, line, began)
    print(f"\n{NAMES[line]}: {len(caught)} pulses, {max(caught) * 1e3:.1f} ms at most")
    if max(caught) < 0.9 * DEBOUNCE[line]:  # else this machine stood still, and made a press of it
        assert house.pins.since(LOCK, began) == []
    elif line == FIRE and house.pins.last(LOCK).level == RELEASED:
        house.rearm()
    assert len(caught) > hertz // 5


@pytest.mark.parametrize("line", [EXIT, FIRE], ids=NAMES.values())
def test_single_pulses_move_no_lock_and_longer_ones_do(house: House, line: int) -> None:
    draw = Random(7)
    house.wait(house.quiet, "the door is at rest")
    for _ in range(50):
        house.wait(house.at_rest, "the door is at rest")
        began = time.monotonic()
        house.pulse(line, ACTIVE[line], draw.uniform(0.0002, 0.6) * DEBOUNCE[line])
        house.wait(lambda began=began: bool(pulses(house, line, began)), "the pulse is over")
        if pulses(house, line, began)[0] < 0.9 * DEBOUNCE[line]:
            house.wait(lambda at=began + 2 * DEBOUNCE[line]: time.monotonic() > at, "all is said")
            assert house.pins.since(LOCK, began) == []
        elif line == FIRE and house.pins.last(LOCK).level == RELEASED:
            house.rearm()
    began = time.monotonic()
    house.pulse(line, ACTIVE[line], 3 * DEBOUNCE[line])
    house.pins.driven(LOCK, RELEASED, began)
    if line == FIRE:
        house.rearm()
    house.pins.driven(LOCK, LOCKED, began)
