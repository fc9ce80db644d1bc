"""The real processes of a unit on simulated Linux devices: taps, deaths, fire, exit, reader.

All times are the board's, at the pin. Bounds are those of ``docs/safety.md`` and of
``loquet_edge/supervisor.py``.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from loquet_edge.seam import Wished
from tests.bench.result import percentile
from tests.edge.rig.rig_unit import (
    CONTACT,
    DISK_FULL,
    EXIT,
    FIRE,
    LOCK,
    READER,
    REARM,
    RELEASE,
    RigUnit,
    a_rig_unit,
)

TAPS = 50
EXIT_SECONDS = 0.1
AT_ONCE = 0.5
"""What "at once" may take on a machine that runs other tests meanwhile."""
LOCKED, RELEASED = 0, 1
KERNELS = {"strict_gpiod": True, "kept_levels": False}


@pytest.fixture(params=KERNELS)
def unit(request: pytest.FixtureRequest) -> Iterator[RigUnit]:
    with a_rig_unit(strict_gpiod=KERNELS[request.param], holders=8) as found:
        yield found


def go_through(unit: RigUnit, times: int) -> None:
    """Open the leaf, see the lock locked, close it; each time when the unit knows of it."""
    unit.rig.control.set_input(CONTACT, 1)
    unit.wait(
        lambda: len(unit.kinds("door_opened", "door_forced_open")) >= times, "the leaf's opening"
    )
    unit.wait(lambda: unit.rig.level(LOCK) == LOCKED, "locked after the leaf opened")
    unit.take_away()
    unit.rig.control.set_input(CONTACT, 0)
    unit.wait_kind("door_closed", times)


def first_levels(unit: RigUnit) -> list[int]:
    """The first level that each guard in turn drove the lock to."""
    found, before = [], "input"
    for _, level, direction in unit.records(LOCK):
        if direction == "output" and before == "input":
            found.append(level)
        before = direction
    return found


def test_a_card_in_the_field_drives_the_relay_and_the_leaf_relocks() -> None:
    times = []
    with a_rig_unit(holders=TAPS) as unit:
        unit.start()
        for number in range(TAPS):
            at = unit.tap(number)
            times.append((unit.lock(RELEASED, at) - at) * 1e3)
            go_through(unit, number + 1)
        taken = unit.kinds("access_taken", "access_granted")
    assert taken == ["access_granted", "access_taken"] * TAPS
    median, p99 = percentile(times, 0.5), percentile(times, 0.99)
    print(f"\ncard in field to relay pin, {TAPS} taps: median {median:.1f} ms, p99 {p99:.1f} ms")
    assert median < 150


BOUNDS = {
    "lockguard": (AT_ONCE, {True: AT_ONCE, False: 1.5}, {True: 3.5, False: 3.5}),
    "door": (AT_ONCE, {True: AT_ONCE, False: AT_ONCE}, {True: RELEASE, False: RELEASE}),
}
"""Seconds from SIGTERM, SIGKILL, SIGSTOP to the declared state; by ``strict_gpiod``."""


@pytest.mark.parametrize("name", BOUNDS)
def test_a_process_that_ends_in_a_release_leaves_the_lock_declared_in_time(
    unit: RigUnit, name: str
) -> None:
    unit.start()
    strict = unit.rig.server.board.strict_gpiod
    on_term, on_kill, on_stop = BOUNDS[name]
    bounds = {
        signal.SIGTERM: on_term, signal.SIGKILL: on_kill[strict], signal.SIGSTOP: on_stop[strict]
    }  # fmt: skip
    for turn, (number, bound) in enumerate(bounds.items(), 1):
        unit.lock(RELEASED, unit.tap(turn))
        process, at = unit.process(name), time.monotonic()
        process.send_signal(number)
        took = unit.lock(LOCKED, at) - at
        print(f"\n{number.name} to {name}, strict_gpiod {strict}: locked after {took:.2f} s")
        assert took <= bound
        unit.wait_successor(name, process.pid)
        unit.wait_kind("process_restarted", turn)
        unit.wait_kind("unit_started", 1 + turn if name == "door" else 1)
        go_through(unit, turn)
    unit.lock(RELEASED, unit.tap(0))
    assert set(first_levels(unit)) == {LOCKED}


def test_a_link_that_ends_in_a_release_changes_nothing(unit: RigUnit) -> None:
    unit.start()
    for turn, number in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP), 1):
        began = unit.lock(RELEASED, unit.tap(turn))
        process = unit.process("link")
        process.send_signal(number)
        ended = unit.lock(LOCKED, began)
        assert RELEASE - 0.2 <= ended - began <= RELEASE + AT_ONCE
        if number != signal.SIGSTOP:
            unit.wait_successor("link", process.pid)
        unit.take_away()
    assert first_levels(unit) == [LOCKED]


RAISING = """
import importlib.abc, importlib.util, sys

class Raising(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "loquet_edge.drivers.lines":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (execute(module), self.spoil(module))
        return spec

    def spoil(self, module):
        subscribe = module.GpioInputLine.subscribe

        def broken(active, seconds):
            raise RuntimeError("broken subscriber")

        module.GpioInputLine.subscribe = lambda line, callback: (
            subscribe(line, broken), subscribe(line, callback))

sys.meta_path.insert(0, Raising())
"""


def test_a_raising_callback_on_every_line_silences_no_exit_button(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with a_rig_unit() as unit:
        unit.rig.folder.joinpath("sitecustomize.py").write_text(RAISING, "utf-8")
        monkeypatch.setenv("PYTHONPATH", str(unit.rig.folder))
        unit.start()
        for turn in range(1, 4):
            unit.lock(RELEASED, unit.press(EXIT))
            unit.rig.control.set_input(EXIT, 1)
            go_through(unit, turn)
    assert capfd.readouterr().err.count("line exit:front raised") >= 3


def driven(unit: RigUnit, since: float) -> set[int]:
    """The levels that a process drove the lock to; without ``strict_gpiod`` it has no others."""
    strict = unit.rig.server.board.strict_gpiod
    return {
        level
        for at, level, direction in unit.records(LOCK)
        if at >= since and (direction == "output" or not strict)
    }


def power_cut(unit: RigUnit) -> None:
    """SIGKILL for everything, and power again: the lock must come back released."""
    unit.kill_all()
    at = time.monotonic()
    unit.start()
    if unit.rig.server.board.strict_gpiod:
        unit.lock(RELEASED, at)
    assert unit.rig.level(LOCK) == RELEASED


def test_a_restart_during_fire_never_locks_until_a_person_rearms(unit: RigUnit) -> None:
    unit.start()
    unit.rig.control.set_input(FIRE, 1)
    began = unit.lock(RELEASED, unit.records(FIRE)[-1][0])
    latch = unit.config.fire_latch
    unit.wait(lambda: latch.exists() and latch.read_text() == "latched\n", "the latch on disk")
    power_cut(unit)  # while the loop is cut, with the latch on disk
    unit.rig.control.set_input(FIRE, 0)
    power_cut(unit)  # the loop is whole again, nobody has re-armed
    latch.unlink()
    unit.rig.control.set_input(FIRE, 1)
    power_cut(unit)  # the latch's file is lost, the loop is cut
    unit.rig.control.set_input(FIRE, 0)
    assert driven(unit, began) == {RELEASED}
    unit.lock(LOCKED, unit.press(REARM))
    unit.wait(lambda: latch.read_text() == "clear\n", "the latch is cleared on disk")


def as_ever(unit: RigUnit) -> None:
    unit.start()


def door_stopped(unit: RigUnit) -> None:
    unit.start()
    unit.process("door").suspend()


def locked_down(unit: RigUnit) -> None:
    unit.start()
    line = unit.speak()
    line.send(Wished(unit.server.desired(1, "ld1")))
    unit.wait_kind("locked_down")
    line.close()


def no_policy(unit: RigUnit) -> None:
    unit.config.data.joinpath("policy.db").unlink()
    unit.start()


def disk_full(unit: RigUnit) -> None:
    unit.start("-c", DISK_FULL)
    assert unit.kinds() == []


@pytest.mark.parametrize("hardship", [as_ever, door_stopped, locked_down, no_policy, disk_full])
def test_the_exit_button_releases_within_100_ms(hardship: Callable[[RigUnit], None]) -> None:
    with a_rig_unit() as unit:
        hardship(unit)
        at = unit.press(EXIT)
        took = unit.lock(RELEASED, at) - at
        unit.rig.control.set_input(EXIT, 1)
        print(f"\nexit button to relay pin, {hardship.__name__}: {took * 1e3:.1f} ms")
        assert took < EXIT_SECONDS
        unit.lock(LOCKED, at)


def test_a_full_disk_keeps_nobody_out() -> None:
    with a_rig_unit() as unit:
        disk_full(unit)
        unit.lock(RELEASED, unit.tap(0))


def test_an_unplugged_reader_is_told_within_two_seconds_and_comes_back() -> None:
    with a_rig_unit(holders=2) as unit:
        unit.start()
        unit.lock(RELEASED, unit.tap(0))
        go_through(unit, 1)
        at = time.monotonic()
        unit.rig.control.unplug(READER)
        lost = unit.wait_kind("reader_lost")
        took = lost.monotonic / 1e3 - at
        print(f"\nreader unplugged to the journal: {took:.2f} s")
        assert took < 2.0
        unit.rig.control.plug(READER)
        unit.wait_kind("reader_returned")
        unit.lock(RELEASED, unit.tap(1))
