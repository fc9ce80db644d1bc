"""The floor of a tap: a small packet through processes that do nothing but pass it on.

Three real processes, as the unit has them: one as the board, one as ``door``, one as
``lockguard``, with Unix sockets between and the scheduling of their models. The board's stand-in
takes both times.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from types import TracebackType

BOARD_PRIORITY, DOOR_PRIORITY, GUARD_PRIORITY = 70, 50, 60


def real_time(priority: int = BOARD_PRIORITY) -> None:
    """Put this process before the machine's other work, where that is permitted."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


FORWARD = """
import socket, sys
from tests.bench.wake_ups import real_time
real_time(int(sys.argv[3]))
ear, mouth = socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))
while packet := ear.recv(64):
    mouth.send(packet)
"""
ROUND = """
import socket, sys, time
from tests.bench.wake_ups import real_time
real_time(int(sys.argv[3]))
ear, mouth = socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))
asked = socket.socket(fileno=int(sys.argv[4]))
while asked.recv(64):
    began = time.monotonic_ns()
    mouth.send(b"x" * 10)
    ear.recv(64)
    asked.send(b"%d" % (time.monotonic_ns() - began))
"""


class WakeUps:
    """The three processes; ``once`` sends one packet round and returns its milliseconds."""

    def __init__(self) -> None:
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(4)]
        (to_door, door_in), (to_guard, guard_in), (back, board_in), (self._mouth, asked) = pairs
        self._children = [
            _child(FORWARD, door_in, to_guard, DOOR_PRIORITY),
            _child(FORWARD, guard_in, back, GUARD_PRIORITY),
            _child(ROUND, board_in, to_door, BOARD_PRIORITY, asked),
        ]
        for left, right in pairs:
            right.close()
            if left is not self._mouth:
                left.close()
        self._mouth.settimeout(20.0)
        self.once()

    def once(self) -> float:
        """Milliseconds from the board over ``door`` and ``lockguard`` back to the board."""
        self._mouth.send(b"go")
        return int(self._mouth.recv(64)) / 1e6

    def __enter__(self) -> WakeUps:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mouth.close()
        for child in self._children:
            child.kill()
            child.wait()


def _child(
    source: str, ear: socket.socket, mouth: socket.socket, priority: int, *more: socket.socket
) -> subprocess.Popen[bytes]:
    ends = [each.fileno() for each in (ear, mouth, *more)]
    words = [str(ends[0]), str(ends[1]), str(priority), *map(str, ends[2:])]
    return subprocess.Popen([sys.executable, "-c", source, *words], pass_fds=ends)
