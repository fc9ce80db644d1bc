"""A unit at work for minutes: people pass, processes die, nothing grows and nothing is lost."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import psutil
import pytest

from loquet_contract.wire.envelope import chain_of
from tests.edge.unit.a_unit import MEMBER, Unit, a_unit

SECONDS = float(os.environ.get("LOQUET_SOAK_SECONDS", "120"))
KILL_EVERY = 50
"""Passages between two kills, of link and lockguard in turn."""
GROWTH_MB = 8.0
"""What ``door`` may gain between its fiftieth passage and its last."""


def pass_through(unit: Unit) -> None:
    """Tap, open, close; a strike relocks when its leaf opens."""
    unit.board.present_card("front-in", MEMBER)
    unit.wait_released()
    unit.board.set_active("contact:front", True)
    unit.wait_released(False)
    unit.board.remove_card("front-in")
    unit.board.set_active("contact:front", False)


def child(pid: int, name: str) -> psutil.Process:
    """The process of the unit that has this name."""
    return next(each for each in psutil.Process(pid).children() if name in each.cmdline())


def kill_one(unit: Unit, supervisor: int, number: int) -> None:
    """Kill link and lockguard in turn, and wait until the unit is whole again."""
    name = ("lockguard", "link")[number % 2]
    child(supervisor, name).kill()
    unit.wait_kind("process_restarted", number)
    if name == "lockguard":
        unit.wait_kind("lock_fault_ended", number // 2)


@pytest.mark.soak
def test_a_unit_works_for_a_long_time() -> None:
    ends, passages, early = time.monotonic() + SECONDS, 0, 0.0
    with a_unit() as unit:
        supervisor = unit.start()
        unit.wait_ready()
        door = child(supervisor.pid, "door")
        while time.monotonic() < ends:
            pass_through(unit)
            passages += 1
            unit.wait_kind("door_closed", passages)
            if passages == KILL_EVERY:
                early = door.memory_full_info().pss / 1e6
            if passages % KILL_EVERY == 0:
                kill_one(unit, supervisor.pid, passages // KILL_EVERY)
        grown = door.memory_full_info().pss / 1e6 - early
        entries = unit.entries()
    print(f"{passages} passages, {len(entries)} entries, door grew {grown:.1f} MB")
    assert passages > KILL_EVERY
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert [
        (one, other) for one, other in pairwise(entries) if other.monotonic < one.monotonic
    ] == []
    chains = {chain_of("", entry) for entry in entries}
    assert len(chains) == len(entries)
    kinds = [entry.kind for entry in entries]
    assert kinds.count("access_granted") == kinds.count("access_taken") == passages
    assert grown < GROWTH_MB
