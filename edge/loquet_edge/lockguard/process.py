"""The guard's process: reads safety inputs and the latch, then drives locks, then listens.

One loop; line callbacks only put on a queue and wake it. Nothing here waits for a disk, a
client or a clock that can be set.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loquet_edge.config import FailMode, UnitConfig
from loquet_edge.drivers.catalogue import request_input, request_output
from loquet_edge.lockguard.latch import LatchKeeper, read_latch
from loquet_edge.lockguard.leases import (
    ClientCame,
    ClientGone,
    Drive,
    ExitChanged,
    FireLoopChanged,
    GuardedDoor,
    GuardEvent,
    KeepLatch,
    RearmPressed,
    Tell,
    TimePassed,
    begin,
    deadline,
    step,
)
from loquet_edge.lockguard.wire import ORDER, MalformedOrder, pack_notice, unpack_order
from loquet_edge.notify import Notifier

if TYPE_CHECKING:
    from loquet_edge.drivers.ports import InputLine, Lines, OutputLine

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 0.5


def guarded(config: UnitConfig) -> tuple[GuardedDoor, ...]:
    """Return the unit's doors as the guard knows them."""
    in_fire = config.fire.doors if config.fire is not None else ()
    return tuple(
        GuardedDoor(
            maximum=door.maximum,
            exit_release=door.release,
            exit_releases=door.exit_releases,
            in_fire=door.id in in_fire,
            fails_safe=door.fail is FailMode.SAFE,
        )
        for door in config.doors
    )


class Lockguard:
    """Lines, state and one client; ``run`` is the loop."""

    def __init__(self, config: UnitConfig, lines: Lines, notifier: Notifier) -> None:
        """Request inputs, read them and the latch, and only then request the locks."""
        self._notifier = notifier
        self._waiting: deque[GuardEvent] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = False
        self._lost_board = False
        self._client: socket.socket | None = None
        self._latch = LatchKeeper(config.fire_latch)
        loop, exits = self._request_inputs(config, lines)
        fire = loop is not None and loop.active
        latched = config.fire is not None and read_latch(config.fire_latch)
        self.guard = begin(
            guarded(config),
            fire=fire,
            latched=latched,
            exits=tuple(line is not None and line.active for line in exits),
        )
        self._locks: list[OutputLine] = [
            request_output(lines, door.lock_output, self.guard.released(at))
            for at, door in enumerate(config.doors)
        ]
        # What changed while the locks were being requested is not lost: callbacks have queued it.
        if fire and not latched:
            self._latch.keep(True)
        self._listener = listen(config.guard_socket)
        self._poll = select.poll()
        self._poll.register(self._listener, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)

    def _request_inputs(
        self, config: UnitConfig, lines: Lines
    ) -> tuple[InputLine | None, list[InputLine | None]]:
        loop: InputLine | None = None
        if config.fire is not None:
            loop = request_input(lines, config.fire.loop)
            loop.subscribe(lambda active, _at: self.put(FireLoopChanged(active)))
            rearm = request_input(lines, config.fire.rearm)
            rearm.subscribe(lambda active, _at: self.put(RearmPressed()) if active else None)
        exits: list[InputLine | None] = []
        for at, door in enumerate(config.doors):
            line = None if door.exit_input is None else request_input(lines, door.exit_input)
            if line is not None:
                line.subscribe(self._exit_callback(at))
            exits.append(line)
        return loop, exits

    def _exit_callback(self, door: int) -> Callable[[bool, float], None]:
        return lambda active, _at: self.put(ExitChanged(door, active))

    def put(self, event: GuardEvent) -> None:
        """Leave an event for the loop; from any thread."""
        self._waiting.append(event)
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """End the loop; from any thread or a signal."""
        self._stopping = True
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Guard until ``stop``; then every lock is left at its declared fail mode."""
        self._notifier.ready()
        ping = self._notifier.ping_seconds or MAX_WAIT_SECONDS
        next_ping = time.monotonic()
        while not self._stopping:
            now = time.monotonic()
            if now >= next_ping:
                self._notifier.alive()
                next_ping = now + ping
            due = deadline(self.guard)
            wait = min(next_ping, now + MAX_WAIT_SECONDS if due is None else due) - now
            for fd, _ in self._poll.poll(max(0.0, wait * 1000)):
                self._attend(fd)
            while self._waiting:
                self._step(self._waiting.popleft())
            self._step(TimePassed())
        self._end()

    def _attend(self, fd: int) -> None:
        if self._client is not None and fd == self._client.fileno():
            self._hear(self._client)
        elif fd == self._wake:
            os.eventfd_read(self._wake)
        elif fd == self._listener.fileno():
            self._accept()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        client.setblocking(False)
        if self._client is not None:
            # The one before is of a process that hangs or was replaced: what it held, ends.
            self._drop_client()
        self._client = client
        self._poll.register(client, select.POLLIN)
        self._step(ClientCame())

    def _hear(self, client: socket.socket) -> None:
        try:
            packet = client.recv(ORDER.size + 1)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._drop_client()
            return
        try:
            event = unpack_order(packet, len(self._locks))
        except MalformedOrder as error:
            log.error("an order was refused: %s", error)
            return
        self._step(event)

    def _drop_client(self) -> None:
        if self._client is None:
            return
        self._poll.unregister(self._client)
        self._client.close()
        self._client = None
        self._step(ClientGone())

    def _step(self, event: GuardEvent) -> None:
        self.guard, effects = step(self.guard, event, time.monotonic())
        for effect in effects:
            match effect:
                case Drive(door, released):
                    self._drive(door, released)
                case Tell():
                    self._tell(effect)
                case KeepLatch(latched):
                    self._latch.keep(latched)

    def _drive(self, door: int, released: bool) -> None:
        try:
            self._locks[door].drive(released)
        except OSError as error:
            # A lock that cannot be driven must not keep the others from being driven.
            log.critical("%s", error)
            self._lost_board = True
            self._stopping = True

    def _tell(self, tell: Tell) -> None:
        if self._client is None:
            return
        try:
            self._client.send(pack_notice(tell))
        except OSError:
            # Full: it hangs; broken: it is gone. Either way it begins anew with a snapshot. Locks
            # come before words in what a step asks for, so none of this step's is left undone.
            self._drop_client()

    @property
    def failed(self) -> bool:
        """True if the loop ended because the board no longer obeys."""
        return self._lost_board

    def _end(self) -> None:
        self._notifier.stopping()
        if not self._lost_board:
            self._drop_client()
        for door, lock in enumerate(self._locks):
            fallen = self.guard.config[door].fails_safe or (
                self.guard.latched and self.guard.config[door].in_fire
            )
            try:
                lock.drive(fallen)
            except OSError as error:
                log.critical("%s", error)
        self._latch.close()
        if self._client is not None:
            self._client.close()
        self._listener.close()
        os.close(self._wake)


def listen(path: Path) -> socket.socket:
    """Return a listening SEQPACKET socket for this user only; a stale file is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    before = os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(4)
    return listener


def run(config: UnitConfig, notifier: Notifier) -> int:
    """Run the guard until SIGTERM or SIGINT; 1 if the board stopped obeying."""
    from loquet_edge.drivers.catalogue import open_lines
    from loquet_edge.priority import prefer

    prefer(60)
    lines = open_lines(config)
    guard = Lockguard(config, lines, notifier)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: guard.stop())
    guard.run()
    lines.close()
    return 1 if guard.failed else 0
