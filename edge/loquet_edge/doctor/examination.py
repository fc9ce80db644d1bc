"""``loquet-edge doctor``: every look, in the order in which a person would mend what it finds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from loquet_contract.wire.events_proof import ExamVerdict
from loquet_edge.clock import kernel_synchronised
from loquet_edge.commands.check import Finding as Checked
from loquet_edge.commands.check import check
from loquet_edge.config import UnitConfig, load
from loquet_edge.doctor import board, doors, health
from loquet_edge.doctor.findings import Finding
from loquet_edge.doctor.system import System
from loquet_edge.errors import EdgeError
from loquet_edge.inspection import SOCKET
from loquet_edge.local_sockets import is_served

_VERDICTS = {True: ExamVerdict.OK, False: ExamVerdict.BAD, None: ExamVerdict.UNKNOWN}


def examine(file: Path, system: System, *, reach: bool = True) -> Iterator[Finding]:
    """Look at everything without moving a lock. ``reach``: also ask broker and server."""
    running = False
    with contextlib.suppress(EdgeError):
        running = _runs(load(file))
    for each in check(file, reach=reach, devices=not running):
        if each.what != "clock":  # told with more below
            yield from_check(each)
    try:
        config = load(file)
    except EdgeError:
        return  # said above, with what to do
    yield from _computer(config, system)
    yield from board.buses(config, system)
    yield from board.lines_free(config, system, running=running)
    yield from doors.proofs(config)
    yield from doors.running_levels(config) if running else doors.own_levels(config)
    yield from doors.not_wired(config)


def _runs(config: UnitConfig) -> bool:
    return is_served(config.run / SOCKET) or is_served(config.guard_socket)


def _computer(config: UnitConfig, system: System) -> Iterator[Finding]:
    yield from health.clock(config, system, synchronised=kernel_synchronised())
    yield health.temperature(system)
    yield health.voltage(system)
    yield from health.disk(config)
    yield from health.wear(system)
    yield from health.watchdog(config, system)
    yield from board.strict_gpiod(config, system)


def from_check(found: Checked) -> Finding:
    """Return what ``check`` says as a finding; its words already say what to do."""
    name, _, subject = found.what.partition(" ")
    if found.what == "lock lines":
        name, subject = "lock_lines", ""
    if name in ("desk", "counter"):
        return Finding("advice", ExamVerdict.WARN, found.detail, found.what)
    return Finding(name, _VERDICTS[found.well], found.detail, subject)
