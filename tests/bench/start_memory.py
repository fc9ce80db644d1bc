"""How soon a unit with 100,000 holders decides after its start, and what its processes weigh.

The start lasts from ``loquet-edge run`` until the lock is released for a card that lay in the field
all along. PSS counts a page that several processes share in shares (proc(5), smaps); the weight is
taken after some taps.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import psutil

from tests.bench.bench_unit import HOLDERS, bench_unit
from tests.bench.result import Result

STARTS, TAPS = 5, 50
GOAL_MB = 60


def weigh(process: psutil.Process) -> tuple[float, float]:
    """MB of a process: PSS and RSS."""
    info: Any = process.memory_full_info()
    return info.pss / 1e6, info.rss / 1e6


def bare_start() -> float:
    """Seconds that Python and its SQLite need to start and to end, the least of five times."""

    def once() -> float:
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "import sqlite3, json, socket"], check=True)
        return time.monotonic() - began

    return min(once() for _ in range(STARTS))


def results() -> list[Result]:
    """Start and memory."""
    floor = bare_start()
    with bench_unit() as unit:
        started = unit.start()
        unit.pass_through()
        for number in range(1, TAPS + 1):
            unit.bring(number)
            unit.wait_lock(1)
            unit.pass_through()
        weights = {name: weigh(process) for name, process in unit.processes().items()}
    door, resident = weights["door"]
    said, goal = f"{HOLDERS:,} holders", f"<= {GOAL_MB} MB"
    whole = sum(pss for pss, _ in weights.values())
    return [
        Result(f"start of the unit until its first grant, {said}", started, "s", floor),
        Result(f"memory of door (PSS), {said}", door, "MB", None, goal, door <= GOAL_MB),
        Result(f"memory of door (RSS), {said}", resident, "MB"),
        Result("memory of lockguard (PSS)", weights["lockguard"][0], "MB"),
        Result("memory of link (PSS)", weights["link"][0], "MB"),
        Result("memory of the three processes (PSS)", whole, "MB"),
    ]
