"""A unit's real processes on a simulated board: tap to relay, start, memory.

A tap goes from the hand that brings the card (this program) over the board's process to ``door``,
to ``lockguard`` and back to the board, where the relay's time is taken. Two of these four
wake-ups are the simulation's own (a wall has only those of ``door`` and ``lockguard``), and so is
the JSON that they speak. The floor is four wake-ups of processes that do nothing but pass a packet
on, at the priority of ``door``, as far apart as the taps are, in the same run.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import psutil

from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record
from loquet_contract.ids import HolderId, RuleId
from loquet_edge.simulation.control import BoardControl
from tests import policies
from tests.bench.result import Result, percentile
from tests.edge.unit.a_unit import MEMBER, Unit, a_unit, records

TAPS = 300
HOLDERS = 100_000
PATIENCE_SECONDS = 20.0
REST_SECONDS = 0.05
"""Between two packets of the floor: about what lies between two taps."""


def many(holders: int) -> list[Record]:
    """The unit's own policy, and so many more holders with a badge each."""
    found = records()
    for number in range(holders):
        holder = HolderId(f"h{number:021d}")
        found.append(HolderRecord(holder, (RuleId("all"),)))
        found.append(CredentialRecord(policies.badge(number), holder))
    return sorted(found, key=lambda record: record.key)


def real_time(wanted: bool) -> None:
    """Put this thread, and threads that it starts, before the machine's other work, or not.

    The board and the hand are the world: that they wait is nothing a unit could help.
    """
    policy, priority = (os.SCHED_FIFO, 40) if wanted else (os.SCHED_OTHER, 0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, policy, os.sched_param(priority))


class Relay:
    """Hears every change of the lock line, with the board's time of it."""

    def __init__(self, unit: Unit) -> None:
        self._changes: queue.SimpleQueue[tuple[bool, int]] = queue.SimpleQueue()
        self._hand = BoardControl(unit.config.board_socket)
        self._events = self._hand.watch()
        next(self._events)
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        for event in self._events:
            if event["event"] == "line" and event["line"] == "lock:front":
                self._changes.put((event["active"], event["monotonic_ns"]))

    def wait(self, released: bool) -> int:
        """The time in nanoseconds at which the lock next became so."""
        while True:
            active, at = self._changes.get(timeout=PATIENCE_SECONDS)
            if active is released:
                return at


def tap_to_relay(unit: Unit, count: int) -> list[float]:
    """Milliseconds from bringing the card to the relay's line, for each tap."""
    relay, found = Relay(unit), []
    for number in range(1, count + 1):
        start = time.monotonic_ns()
        unit.board.present_card("front-in", MEMBER)
        found.append((relay.wait(True) - start) / 1e6)
        # Somebody goes through: a strike relocks when its leaf opens.
        unit.board.set_active("contact:front", True)
        relay.wait(False)
        unit.board.remove_card("front-in")
        unit.board.set_active("contact:front", False)
        unit.wait(lambda wanted=number: closings(unit) >= wanted, "door_closed")  # type: ignore[misc]
    return found


def closings(unit: Unit) -> int:
    """How often the leaf was closed, by the unit's own record."""
    return len(unit.kinds("door_closed"))


FORWARD = """
import os, socket, sys
from loquet_edge.priority import prefer
prefer(50)
ear, mouth = socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))
while packet := ear.recv(64):
    mouth.send(packet)
"""


@contextlib.contextmanager
def chain(length: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket into the first of ``length`` forwarding processes, and one out of the last."""
    kind = socket.SOCK_SEQPACKET
    pairs = [socket.socketpair(socket.AF_UNIX, kind) for _ in range(length + 1)]
    children = []
    for before, after in pairwise(pairs):
        ends = (before[1].fileno(), after[0].fileno())
        words = [sys.executable, "-c", FORWARD, *map(str, ends)]
        children.append(subprocess.Popen(words, pass_fds=ends))
    try:
        yield pairs[0][0], pairs[-1][1]
    finally:
        for child in children:
            child.kill()
            child.wait()
        for pair in pairs:
            pair[0].close()
            pair[1].close()


def wake_ups(length: int, count: int = TAPS) -> list[float]:
    """Milliseconds for a packet through so many processes, each time after a rest."""
    found: list[float] = []
    with chain(length) as (mouth, ear):
        mouth.send(b"first")
        ear.recv(64)
        while len(found) < count:
            time.sleep(REST_SECONDS)
            start = time.monotonic_ns()
            mouth.send(b"x" * 10)
            ear.recv(64)
            found.append((time.monotonic_ns() - start) / 1e6)
    return found


def memory(pid: int) -> float:
    """MB of a process by its proportional share (PSS), as the kernel counts it."""
    info: Any = psutil.Process(pid).memory_full_info()
    return float(info.pss) / 1e6


def whole(holders: int = HOLDERS, taps: int = TAPS) -> list[Result]:
    """Start, tap, weigh."""
    two, four = wake_ups(2), wake_ups(4)
    real_time(True)
    with a_unit() as unit:
        real_time(False)
        unit.give_policy(many(holders), version=2)
        began = time.monotonic()
        supervisor = unit.start()
        unit.wait_ready()
        started = time.monotonic() - began
        real_time(True)
        times = tap_to_relay(unit, taps)
        real_time(False)
        children = psutil.Process(supervisor.pid).children()
        weights = {_name(child): memory(child.pid) for child in children}
    return [
        *_tap_figures(times, two, four, holders),
        Result(f"start of the whole unit, {holders:,} holders, until a tap counts", started, "s"),
        *_memory_figures(weights, holders),
    ]


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return words[words.index("--only") + 1]


def _tap_figures(
    times: list[float], two: list[float], four: list[float], holders: int
) -> list[Result]:
    said = f"tap to relay over the simulated board, {holders:,} holders"
    p99, floor = percentile(times, 0.99), percentile(four, 0.99)
    return [
        Result("two process wake-ups, p50", percentile(two, 0.5), "ms"),
        Result("two process wake-ups, p99", percentile(two, 0.99), "ms"),
        Result(f"{said}, p50", percentile(times, 0.5), "ms", percentile(four, 0.5)),
        Result(f"{said}, p99", p99, "ms", floor, "p99 <= 3 x four wake-ups", p99 <= 3 * floor),
    ]


def _memory_figures(weights: dict[str, float], holders: int) -> list[Result]:
    door = weights["door"]
    found = [
        Result(f"memory of {name} (PSS), {holders:,} holders", weight, "MB")
        for name, weight in sorted(weights.items())
        if name != "door"
    ]
    return [
        Result(f"memory of door (PSS), {holders:,} holders", door, "MB", None, "<= 60", door <= 60),
        *found,
        Result("memory of the three processes (PSS)", sum(weights.values()), "MB"),
    ]


def results() -> list[Result]:
    """The figures of a unit with 100,000 holders."""
    return whole()
