"""A month of honest use alarms nobody; whatever is not honest alarms every time."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from loquet_contract.ids import DoorId
from loquet_contract.wire import events as facts
from loquet_edge.door import DoorConfig, ExitStyle, LockKind, events
from tests.edge.door.honest import House, Life, a_month

KINDS = tuple(product(LockKind, ExitStyle))
ALARMS = (facts.DoorForcedOpen, facts.DoorHeldOpen, facts.ExitStuck, facts.LockFault)
SEED = 20_261_122


def door(lock: LockKind, exit_style: ExitStyle) -> DoorConfig:
    return DoorConfig(DoorId("d"), lock, exit_style)


def count(life: Life, *kinds: type) -> int:
    return sum(isinstance(each, kinds) for each in life.told)


@pytest.mark.parametrize(("lock", "exit_style"), KINDS)
def test_a_month_of_honest_use_raises_no_alarm(lock: LockKind, exit_style: ExitStyle) -> None:
    life = a_month(door(lock, exit_style), SEED)
    assert [each for each in life.told if isinstance(each, ALARMS)] == []
    opened, soon = count(life, facts.DoorOpened), count(life, facts.DoorHeldOpenSoon)
    print(f"\n{lock}, {exit_style}: {life.passages} passages, {opened} openings, "
          f"{soon} early warnings, no alarm")  # fmt: skip
    assert life.passages > 1500
    assert opened >= life.passages


@pytest.mark.parametrize(("lock", "exit_style"), KINDS)
def test_every_grant_of_a_month_ends_once(lock: LockKind, exit_style: ExitStyle) -> None:
    life = a_month(door(lock, exit_style), SEED + 1, days=4)
    ended = [each.grant for each in life.told
             if isinstance(each, facts.AccessTaken | facts.AccessNotTaken)]  # fmt: skip
    assert len(ended) == len(set(ended)) > 100


def forces(life: Life) -> None:
    """Somebody levers the leaf open, with no right to."""
    life.turn(0.0, "leaf", True)
    life.turn(4.0, "leaf", False)


def forces_after_a_passage(life: Life) -> None:
    """Somebody comes when the door has just closed and settled behind an honest person."""
    shut = House(life).swing(0.5, 3.0)
    life.at(0.0, events.CommandRelease())
    life.turn(shut + life.config.maximum + 2.0, "leaf", True)
    life.turn(shut + life.config.maximum + 5.0, "leaf", False)


def wedges(life: Life) -> None:
    """An honest person puts a wedge under the leaf."""
    life.at(0.0, events.CommandRelease())
    life.turn(1.0, "leaf", True)
    life.turn(1.0 + life.config.alarm + 1.0, "leaf", False)


@pytest.mark.parametrize("lock", LockKind)
@pytest.mark.parametrize("exit_style", [each for each in ExitStyle if each is not ExitStyle.UNSEEN])
@pytest.mark.parametrize("act", [forces, forces_after_a_passage])
def test_an_opening_without_a_right_alarms_every_time(
    lock: LockKind, exit_style: ExitStyle, act: object
) -> None:
    assert callable(act)
    life = Life(door(lock, exit_style), Random(SEED))
    for turn in range(1, 101):
        act(life)
        life.rest(120.0)
        assert count(life, facts.DoorForcedOpen) == turn


@pytest.mark.parametrize(("lock", "exit_style"), KINDS)
def test_a_leaf_that_stays_open_alarms_every_time(lock: LockKind, exit_style: ExitStyle) -> None:
    life = Life(door(lock, exit_style), Random(SEED))
    for turn in range(1, 31):
        wedges(life)
        life.rest(120.0)
        assert count(life, facts.DoorHeldOpen) == turn
    assert count(life, facts.DoorForcedOpen) == 0


@pytest.mark.parametrize("lock", LockKind)
def test_pulses_shorter_than_the_debouncing_say_nothing(lock: LockKind) -> None:
    life = Life(door(lock, ExitStyle.BUTTON), Random(SEED))
    before = len(life.told)
    for wire, longest in (("leaf", 0.029), ("exit", 0.009)):
        for at in range(1000):
            life.at(at * 0.2, (wire, True))
            life.at(at * 0.2 + life.draw.uniform(1e-6, longest), (wire, False))
        life.rest(1.0)
    assert life.told[before:] == []
