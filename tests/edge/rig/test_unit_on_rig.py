"""The real processes of a unit on simulated Linux devices: taps, deaths, fire, exit, reader.

All times are the board's, at the pin. Bounds are those of ``docs/safety.md`` and of
``loquet_edge/supervisor.py``.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

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
from tests.rig import laid_in

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
    unit.wait_kind("door_opened", times)
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


SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP)
BOUNDS = {
    ("lockguard", "strict_gpiod"): (AT_ONCE, AT_ONCE, 3.5),
    ("lockguard", "kept_levels"): (AT_ONCE, 1.5, 3.5),
    ("door", "strict_gpiod"): (AT_ONCE, AT_ONCE, RELEASE + AT_ONCE / 2),
}
"""Seconds from each signal to the declared state. A door holds no line of a lock: one kernel is
enough for it."""


@pytest.mark.parametrize(("name", "kernel"), BOUNDS)
def test_a_process_that_ends_in_a_release_leaves_the_lock_declared_in_time(
    name: str, kernel: str
) -> None:
    bounds = zip(SIGNALS, BOUNDS[name, kernel], strict=True)
    with a_rig_unit(strict_gpiod=KERNELS[kernel], holders=8) as unit:
        unit.start()
        for turn, (number, bound) in enumerate(bounds, 1):
            end(unit, name, number, bound)
            unit.wait_kind("process_restarted", turn)
            unit.wait_kind("unit_started", 1 + turn if name == "door" else 1)
            go_through(unit, turn)
        unit.lock(RELEASED, unit.tap(0))
        assert set(first_levels(unit)) == {LOCKED}


def end(unit: RigUnit, name: str, number: signal.Signals, bound: float) -> None:
    """Send a process a signal while the lock is released; wait for its successor."""
    process = unit.process(name)
    began = unit.lock(RELEASED, unit.tap(number % 8))
    while any(level == LOCKED for at, level, _ in unit.records(LOCK) if at > began):
        unit.take_away()  # this machine stood still for as long as a release lasts
        began = unit.lock(RELEASED, unit.tap(number % 8))
    at = time.monotonic()
    process.send_signal(number)
    took = unit.lock(LOCKED, at) - at
    kernel = "strict_gpiod" if unit.rig.server.board.strict_gpiod else "kept_levels"
    print(f"\n{number.name} to {name}, {kernel}: locked after {took:.2f} s")
    assert took <= bound
    unit.wait_successor(name, process.pid)


def test_a_link_that_ends_in_a_release_changes_nothing() -> None:
    """On one kernel: a link holds no line that a kernel could give back."""
    with a_rig_unit(holders=8) as unit:
        unit.start()
        for turn, number in enumerate(SIGNALS, 1):
            began = unit.lock(RELEASED, unit.tap(turn))
            process = unit.process("link")
            process.send_signal(number)
            ended = unit.lock(LOCKED, began)
            assert RELEASE - 0.2 <= ended - began <= RELEASE + AT_ONCE
            if number != signal.SIGSTOP:
                unit.wait_successor("link", process.pid)
            unit.take_away()
        assert first_levels(unit) == [LOCKED]


def test_a_raising_callback_on_every_line_silences_no_exit_button(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with a_rig_unit() as unit:
        flag, raised = unit.rig.folder / "raise", unit.rig.folder / "raised"
        flag.touch()
        unit.rig.more |= laid_in.words(raising=(flag, raised))
        unit.start()
        for turn in range(1, 4):
            unit.lock(RELEASED, unit.press(EXIT))
            unit.rig.control.set_input(EXIT, 1)
            go_through(unit, turn)
        assert raised.stat().st_size >= 3
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


def leaves(unit: RigUnit, under: str) -> None:
    """Press the exit button; it must release at once, and let go lock again."""
    at = unit.press(EXIT)
    took = unit.lock(RELEASED, at) - at
    unit.rig.control.set_input(EXIT, 1)
    print(f"\nexit button to relay pin, {under}: {took * 1e3:.1f} ms")
    assert took < EXIT_SECONDS
    unit.lock(LOCKED, at)


def test_the_exit_button_releases_within_100_ms_whatever_befalls_a_running_unit() -> None:
    with a_rig_unit() as unit:
        unit.start()
        leaves(unit, "as ever")
        line = unit.speak()
        line.send(Wished(unit.server.desired(1, "ld1")))
        unit.wait_kind("locked_down")
        line.close()
        leaves(unit, "locked down")
        unit.process("door").suspend()
        leaves(unit, "door stopped")


def test_the_exit_button_releases_within_100_ms_without_a_policy() -> None:
    with a_rig_unit(holders=0) as unit:
        unit.start()
        leaves(unit, "no policy")


def test_a_full_disk_keeps_nobody_in_and_nobody_out() -> None:
    with a_rig_unit() as unit:
        unit.start("-c", DISK_FULL)
        assert unit.kinds() == []
        leaves(unit, "disk full")
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
