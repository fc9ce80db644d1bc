"""``loquet-edge run``: starts the three processes, watches them, starts again what dies or hangs.

Each process says through the ``sd_notify`` protocol that it is alive; under systemd the same
processes say the same to systemd, and this module is not used. One that is silent for its time
is killed (SIGKILL, since a stopped process hears nothing else) and started again, at once the
first time and with growing pauses when it keeps dying. Children die with this process.

What a release in progress meets, and the bound after which the lock is in its declared state
(D: the rest of the lease, at most the door's ``maximum``). A restart of the guard takes 0.4 s on
a laptop; the bounds below allow 1.5 s and hold however often it dies:

=========  ==========================  =============================================================
signal     process                     the lock
=========  ==========================  =============================================================
SIGTERM    lockguard                   declared state at once, driven before the process ends
SIGKILL    lockguard                   ``strict_gpiod``: the kernel gives the line back at once, the
                                       reset pull makes it the declared state; otherwise the pin
                                       keeps its level until the next guard drives it: 1.5 s
SIGSTOP    lockguard                   the pin keeps its level until the watchdog kills (2 s), then
                                       as SIGKILL: 3.5 s in all
SIGTERM,   door                        its leases end when its socket closes: at once; exit and fire
SIGKILL                                stay with the guard and release as ever
SIGSTOP    door                        a timed lease ends by itself: D; a hold after 3 s; the
                                       watchdog kills after 4 s; exit and fire release as ever
any        link                        nothing
SIGKILL    the supervisor              the kernel kills door and link and sends the guard SIGTERM:
                                       declared state at once
=========  ==========================  =============================================================

"Declared state" is locked for a lock that fails secure, released for one that fails safe; the
second also when ``door`` has not come within 10 s of the guard's start. A fire
that is latched, or an exit held, wins over all of it, before and after each restart.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.config import UnitConfig
from loquet_edge.processes import PROCESSES
from loquet_edge.restarts import tell_restart

log = logging.getLogger(__name__)

WATCHDOG_SECONDS = {"lockguard": 2.0, "door": 4.0, "link": 30.0}
START_SECONDS = 20.0
"""How long a process may take until its first word."""
STOP_SECONDS = 5.0
FIRST_PAUSE = 0.05
LONGEST_PAUSE = {"lockguard": 0.25, "door": 2.0, "link": 10.0}
"""Without its guard a lock may keep the level that it had: the guard is never waited for."""
STEADY_SECONDS = 30.0
"""A process that lived this long has earned a quick restart."""
UNENROLLED_SECONDS = 2.0
"""A unit without identity has no link; enrolment is looked for this often."""
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """One process and its watchdog; times are monotonic seconds."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    ear: socket.socket | None = None
    started: float = 0.0
    bark_at: float = 0.0
    start_at: float | None = 0.0
    """When to start it; None while it runs."""
    pause: float = FIRST_PAUSE
    ready: bool = False
    hung: bool = False
    address: str = ""
    pidfd: int | None = None


class Supervisor:
    """Runs the processes of one unit; ``run`` returns when told to stop."""

    def __init__(self, config: UnitConfig, names: tuple[str, ...] = PROCESSES) -> None:
        self._config = config
        self._children = [Child(name) for name in names]
        self._stopping = False
        self._renewed: set[str] = set()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def stop(self) -> None:
        """Have ``run`` end every process and return; safe from a signal."""
        self._stopping = True
        os.eventfd_write(self._wake, 1)

    def renew(self, name: str) -> None:
        """Have a process end in order and start anew, since it has an identity now."""
        self._renewed.add(name)
        with contextlib.suppress(OSError):
            os.eventfd_write(self._wake, 1)

    def run(self) -> int:
        """Supervise until ``stop``; 0 if every process then ended in order."""
        with contextlib.suppress(OSError):  # then lockguard and door say what they miss
            self._config.run.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            child.ear, child.address = _ear(self._config.run, child.name)
        try:
            while not self._stopping:
                self._turn()
            return 0 if self._end() else 1
        finally:
            for child in self._children:
                _close(child)
            os.close(self._wake)

    def _turn(self) -> None:
        now = time.monotonic()
        for child in self._children:
            self._attend(child, now)
        due = [child.start_at if child.start_at is not None else child.bark_at
               for child in self._children]  # fmt: skip
        ears = [child.ear for child in self._children if child.ear is not None]
        pids = [child.pidfd for child in self._children if child.pidfd is not None]
        wait = max(0.0, min(due) - time.monotonic())
        watched: list[socket.socket | int] = [*ears, *pids, self._wake]
        select.select(watched, [], [], min(wait, 1.0))
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _attend(self, child: Child, now: float) -> None:
        self._listen(child, now)
        if child.process is None:
            if child.start_at is not None and now >= child.start_at:
                if child.name == "link" and not self._config.identity.exists():
                    child.start_at = now + UNENROLLED_SECONDS
                else:
                    self._try_start(child, now)
            return
        status = child.process.poll()
        if status is not None:
            self._ended(child, status, now)
        elif child.name in self._renewed:
            self._renewed.discard(child.name)
            child.process.terminate()
        elif now >= child.bark_at:
            child.hung = True
            log.error("%s does not answer its watchdog: killed", child.name)
            child.process.kill()
            child.bark_at = now + STOP_SECONDS

    def _listen(self, child: Child, now: float) -> None:
        if child.ear is None:
            return
        while True:
            try:
                words = child.ear.recv(4096).split(b"\n")
            except BlockingIOError:
                return
            if b"READY=1" in words:
                child.ready = True
            if b"READY=1" in words or b"WATCHDOG=1" in words:
                child.bark_at = now + WATCHDOG_SECONDS[child.name]

    def _try_start(self, child: Child, now: float) -> None:
        """Start it, or try again later: the others go on without it."""
        try:
            self._start(child, now)
        except (OSError, subprocess.SubprocessError) as error:
            log.error("%s cannot be started (%s): tried again", child.name, error)
            child.start_at = now + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE[child.name])

    def _start(self, child: Child, now: float) -> None:
        command = [
            sys.executable, "-m", "loquet_edge.cli", "run",
            "--only", child.name, "--config", str(self._config.file),
        ]  # fmt: skip
        usec = str(int(WATCHDOG_SECONDS[child.name] * 1e6))
        environment = {**os.environ, "NOTIFY_SOCKET": child.address, "WATCHDOG_USEC": usec}
        environment.pop("WATCHDOG_PID", None)
        parent = os.getpid()
        last = signal.SIGTERM if child.name == "lockguard" else signal.SIGKILL
        child.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: _die_with(parent, last),
        )  # fmt: skip
        # Without its pidfd a child is looked at each turn, a second at most, and that is all.
        with contextlib.suppress(OSError):
            child.pidfd = os.pidfd_open(child.process.pid)
        child.started, child.start_at, child.ready, child.hung = now, None, False, False
        child.bark_at = now + START_SECONDS

    def _ended(self, child: Child, status: int, now: float) -> None:
        child.process = None
        _drop_pidfd(child)
        if now - child.started >= STEADY_SECONDS:
            child.pause = FIRST_PAUSE
        child.start_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE[child.name])
        detail = "it hung and was killed" if child.hung else _said(status)
        log.error("%s ended (%s): started again", child.name, detail)
        tell_restart(self._config.run, child.name, detail)

    def _end(self) -> bool:
        """Stop link and door, then the guard; True if all of them ended in order."""
        well = True
        for name in reversed(PROCESSES):
            for child in self._children:
                if child.name == name and child.process is not None:
                    well = _stop(child.process) and well
                    child.process = None
        return well


def _stop(process: subprocess.Popen[bytes]) -> bool:
    process.terminate()
    try:
        # One that was still starting dies of the signal itself: that is in order, too.
        return process.wait(STOP_SECONDS) in (0, -signal.SIGTERM)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def _ear(run: Path, name: str) -> tuple[socket.socket, str]:
    """Return where a child says that it is alive; without a folder, an abstract name (unix(7))."""
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.setblocking(False)
    path = run / f"notify-{name}.sock"
    try:
        path.unlink(missing_ok=True)
        ear.bind(str(path))
    except OSError as error:
        log.error("%s: %s", path, error)
        address = f"loquet-{os.getpid()}-{name}"
        ear.bind("\0" + address)
        return ear, "@" + address
    return ear, str(path)


def _drop_pidfd(child: Child) -> None:
    if child.pidfd is not None:
        os.close(child.pidfd)
        child.pidfd = None


def _close(child: Child) -> None:
    _drop_pidfd(child)
    if child.process is not None:
        _stop(child.process)
    if child.ear is not None:
        child.ear.close()
        with contextlib.suppress(OSError):
            Path(child.address).unlink()


def _die_with(parent: int, last: signal.Signals) -> None:
    """In the child: get ``last`` when the supervisor dies, even if it died just now (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, last, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _said(status: int) -> str:
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
