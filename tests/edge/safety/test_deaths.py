"""Processes that are killed, links that are cut, people without end: what the lock does of it.

The numbers of the ordinary run are a part of those of the long one (``make soak``): the same code.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from itertools import pairwise
from random import Random

import psutil
import pytest

from loquet_edge.simulation.cable import CableState
from tests.edge.rig.rig_unit import (
    EXAMPLE,
    EXIT,
    FIRE,
    LOCK,
    READER,
    RELEASE,
    RigUnit,
    a_rig_unit,
    cards,
)
from tests.edge.safety.house import LOCKED, RELEASED, House
from tests.edge.safety.pins import Moved, Pins
from tests.rig.rig import a_rig

AT_ONCE = 0.5
RESTARTED = 1.5
"""Seconds that a guard may take to its first level, killed without ``strict_gpiod``."""
STALL = 0.3
"""Seconds that the machine of the tests may stand still: no bound here is so tight."""
MAXIMUM = 3.0
SHORT = f"extended_release = {MAXIMUM}\nmaximum = {MAXIMUM}"
"""In ``unit.toml``: a maximum that a few badges reach."""
SEED = 20_261_122


def releases(moves: list[Moved]) -> list[float]:
    """Return how long the lock was released, each time, in seconds."""
    return [after.at - before.at for before, after in pairwise(moves)
            if before.level == RELEASED and after.level == LOCKED]  # fmt: skip


def first_levels(moves: list[Moved]) -> list[int]:
    """Return the first level that each guard in turn drove the lock to, where the kernel tells."""
    return [after.level for before, after in pairwise(moves) if after.output and not before.output]


# ---- people without end -------------------------------------------------------------------


def grant_without_end(count: int) -> None:
    """Badge after badge, so that each prolongs the release of the one before."""
    with a_rig(strict_gpiod=True, readers=(f"{READER}=0.0",)) as rig:
        unit = RigUnit(rig, EXAMPLE.replace("release = 5.0", f"release = 5.0\n{SHORT}"))
        pins = Pins(rig.server.board, LOCK)
        unit.give_policy(cards(count))
        try:
            unit.start()
            for number in range(count):
                unit.tap(number)
                unit.wait_kind("access_granted", number + 1)
                unit.take_away()
            unit.wait(lambda: pins.last(LOCK).level == LOCKED, "the last release has ended")
        finally:
            unit.close()
    lasted = releases(pins.since(LOCK, 0.0))
    print(f"\n{count} grants: {len(lasted)} releases, the longest {max(lasted):.3f} s of {MAXIMUM}")
    assert max(lasted) <= MAXIMUM + STALL
    assert max(lasted) > MAXIMUM - 1.0, "they were to prolong one another"


def test_grants_that_prolong_one_another_end_at_the_maximum() -> None:
    grant_without_end(40)


@pytest.mark.soak
def test_a_thousand_grants_end_at_the_maximum() -> None:
    grant_without_end(1000)


# ---- links ---------------------------------------------------------------------------------


def cut_and_return(house: House, count: int) -> None:
    """Cut what leads to the broker, in turn for a moment and for long, and give it back."""
    house.wait(house.quiet, "the door is at rest")
    house.wait_calm("the unit is online")
    began, draw, met = time.monotonic(), Random(SEED), 0
    for _ in range(count):
        link = house.process("link")
        met += any(each.status == psutil.CONN_ESTABLISHED and each.raddr
                   and each.raddr.port == house.cable.port
                   for each in link.net_connections("tcp"))  # fmt: skip
        house.cable.turn(draw.choice((CableState.CUT, CableState.CUT, CableState.STALLED)))
        threading.Event().wait(draw.uniform(0.0, 0.02))
        house.cable.restore()
        threading.Event().wait(draw.uniform(0.05, 0.25))
    house.wait_calm("the unit is online again")
    print(f"\n{count} cuts, {met} of them of an open session")
    assert house.pins.since(LOCK, began) == [], "a link moved a lock by going or coming"
    assert met > count // 2


def test_a_link_that_goes_and_comes_moves_no_lock(house: House) -> None:
    cut_and_return(house, 50)


@pytest.mark.soak
def test_a_link_that_goes_and_comes_a_thousand_times_moves_no_lock(house: House) -> None:
    cut_and_return(house, 1000)


# ---- deaths --------------------------------------------------------------------------------


class Victims:
    """One unit whose processes are killed at random moments of random acts."""

    def __init__(self, unit: RigUnit, strict: bool) -> None:
        self.unit, self.strict, self.draw = unit, strict, Random(SEED)
        self.pins = Pins(unit.rig.server.board, LOCK, EXIT, FIRE)
        self.worst: Counter[str] = Counter()
        self._card = 0

    def begin(self) -> tuple[str, float]:
        """Have the lock released by somebody; return by whom, and when."""
        what = self.draw.choice(("badge", "exit"))
        if what == "exit":
            self.unit.rig.control.set_input(EXIT, 0)
            at = self.pins.last(EXIT).at
        else:
            self._card = (self._card + 1) % 8
            at = self.unit.tap(self._card)
        return what, self.pins.driven(LOCK, RELEASED, at)

    def kill(self) -> None:
        """One release, one death somewhere in it, and what the lock does: judged."""
        name = self.draw.choice(("lockguard", "lockguard", "door", "link"))
        what, began, victim = self._into_a_release(name)
        victim.kill()
        killed = time.monotonic()
        if what == "exit":
            self.unit.rig.control.set_input(EXIT, 1)
        self.unit.wait(lambda: bool(self._locked(killed)), "locked after a death")
        self.unit.take_away()
        self.unit.wait_successor(name, victim.pid)
        self.unit.wait(self._rests, "locked for good")
        self._judge(name, what, began, killed)

    def _into_a_release(self, name: str) -> tuple[str, float, psutil.Process]:
        """Return by whom the lock is released, since when, and the process of that name."""
        while True:
            what, began = self.begin()
            threading.Event().wait(self.draw.uniform(0.0, 0.3))
            victim = self.unit.process(name)
            if not self._locked(began):
                return what, began, victim
            self.unit.take_away()  # this machine stood still for as long as a release lasts

    def _locked(self, since: float) -> list[float]:
        """Return when the lock came to be locked, by a process or by its pull resistor."""
        return [each.at for each in self.pins.since(LOCK, since) if each.level == LOCKED]

    def _rests(self) -> bool:
        last = self.pins.last(LOCK)
        return last.level == LOCKED and time.monotonic() - last.at > AT_ONCE

    def _judge(self, name: str, what: str, began: float, killed: float) -> None:
        """Compare with the bounds: of the first locking, and of the end of it all.

        A door whose guard was killed asks the next one for what remains of the release.
        """
        moves = self._locked(killed)
        asked = began if what == "badge" else killed  # an exit's time begins when it is let go
        restart = 0.0 if self.strict or name != "lockguard" else RESTARTED
        first = killed + restart
        if name == "link" or (name == "door" and what == "exit"):
            first = asked + RELEASE
        end = asked + RELEASE
        if name == "lockguard":  # an exit that was let go without a guard has its whole time again
            end = killed + RESTARTED + (RELEASE if what == "exit" else 0.0)
            end = max(end, asked + RELEASE)
        self.worst[name] = max(self.worst[name], round((moves[0] - killed) * 1e3))
        assert moves[0] <= first + AT_ONCE, f"{name}, {what}: {moves[0] - killed:.2f} s"
        releases = [each.at for each in self.pins.since(LOCK, killed) if each.level == RELEASED]
        last = min(at for at in moves if not releases or at > releases[-1])
        assert last <= end + RESTARTED, f"{name}, {what}: at last {last - killed:.2f} s"

    def close(self) -> None:
        self.pins.close()


def die(count: int, strict: bool) -> None:
    with a_rig_unit(strict_gpiod=strict, holders=8) as unit:
        victims = Victims(unit, strict)
        unit.start()
        for _ in range(count):
            victims.kill()
        moves = victims.pins.since(LOCK, 0.0)
        victims.close()
    worst = ", ".join(f"{name} {took} ms" for name, took in sorted(victims.worst.items()))
    print(f"\n{count} x SIGKILL, strict_gpiod {strict}: locked at the latest after: {worst}")
    assert set(first_levels(moves)) <= {LOCKED}
    assert max(releases(moves)) <= unit.config.doors[0].maximum


KERNELS = pytest.mark.parametrize("strict", [True, False], ids=["strict_gpiod", "kept_levels"])


@KERNELS
def test_processes_killed_at_random_leave_the_lock_declared_in_time(strict: bool) -> None:
    die(10, strict)


@pytest.mark.soak
@KERNELS
def test_a_hundred_processes_killed_at_random_leave_the_lock_declared(strict: bool) -> None:
    die(100, strict)


@KERNELS
def test_processes_killed_during_a_fire_lock_nothing(strict: bool) -> None:
    with a_rig_unit(strict_gpiod=strict) as unit:
        pins = Pins(unit.rig.server.board, LOCK, FIRE)
        unit.start()
        unit.rig.control.set_input(FIRE, 1)
        began = pins.driven(LOCK, RELEASED, pins.last(FIRE).at)
        unit.wait(lambda: unit.config.fire_latch.exists(), "the latch on disk")
        unit.rig.control.set_input(FIRE, 0)
        for name in ("door", "lockguard", "link", "lockguard"):
            victim = unit.process(name)
            victim.send_signal(signal.SIGKILL)
            unit.wait_successor(name, victim.pid)
        unit.wait(lambda: pins.last(LOCK).level == RELEASED, "released as ever")
        driven = {each.level for each in pins.since(LOCK, began) if each.output or not strict}
        pins.close()
        assert driven == {RELEASED}
