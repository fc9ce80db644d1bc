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
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from loquet_edge.config import FailMode, UnitConfig
from loquet_edge.drivers.catalogue import request_input, request_output
from loquet_edge.local_sockets import listen, peer_user
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
from loquet_edge.lockguard.look import LOOK_SECONDS, SafetyLook
from loquet_edge.lockguard.wire import ORDER, MalformedOrder, pack_notice, unpack_order
from loquet_edge.notify import Notifier
from loquet_edge.proven import unproven

if TYPE_CHECKING:
    from loquet_edge.drivers.ports import InputLine, Lines, OutputLine

log = logging.getLogger(__name__)

LISTEN_SECONDS = 1.0
"""How often a socket that could not be made is tried again."""


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

    def __init__(
        self, config: UnitConfig, lines: Lines, notifier: Notifier, users: Collection[int]
    ) -> None:
        """Request inputs, read them and the latch, and only then request the locks.

        ``users`` are the ids of those whose processes may connect.
        """
        self._notifier, self._users = notifier, users
        self._waiting: deque[GuardEvent] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = False
        self._lost_board = False
        self._client: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._latch = LatchKeeper(config.fire_latch)
        loop, exits = self._request_inputs(config, lines)
        self._look = SafetyLook(loop, exits)
        fire = loop is not None and loop.active
        latched = config.fire is not None and read_latch(config.fire_latch)
        self.guard = begin(
            guarded(config),
            fire=fire,
            latched=latched,
            exits=tuple(line is not None and line.active for line in exits),
            now=time.monotonic(),
        )
        self._locks = self._request_locks(config, lines)
        # What changed while the locks were being requested is not lost: callbacks have queued it.
        if fire and not latched:
            self._latch.keep(True)
        self._socket_path = config.guard_socket
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._listen_at = 0.0
        self._listen(time.monotonic())

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

    def _request_locks(self, config: UnitConfig, lines: Lines) -> list[OutputLine | None]:
        """Request the locks that may be driven; the line of any other is left as it is."""
        wrong = unproven(config)
        for each in wrong.values():
            log.critical("%s; until then its lock is not driven", each)
        return [
            None
            if door.id in wrong
            else request_output(lines, door.lock_output, self.guard.released(at))
            for at, door in enumerate(config.doors)
        ]

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
        ping = self._notifier.ping_seconds or LOOK_SECONDS
        next_ping = time.monotonic()
        while not self._stopping:
            now = time.monotonic()
            if now >= next_ping:
                self._notifier.alive()
                next_ping = now + ping
            self._chores(now)
            due = deadline(self.guard)
            until = min(next_ping, self._look.due(), now + LOOK_SECONDS if due is None else due)
            for fd, _ in self._poll.poll(max(0.0, (until - now) * 1000)):
                self._attend(fd)
            while self._waiting:
                self._step(self._waiting.popleft())
            self._step(TimePassed())
        self._end()

    def _chores(self, now: float) -> None:
        if self._listener is None and now >= self._listen_at:
            self._listen(now)
        if now < self._look.due():
            return
        try:
            for event in self._look.differences(self.guard, now):
                self._step(event)
        except OSError as error:
            self._board_lost(error)

    def _listen(self, now: float) -> None:
        """Be there for a client; without a socket, exits and fire release all the same."""
        self._listen_at = now + LISTEN_SECONDS
        try:
            self._listener = listen(self._socket_path, 0o600)
        except OSError as error:
            log.error("%s: no door can reach the guard: %s", self._socket_path, error)
            return
        self._listener.setblocking(False)
        self._poll.register(self._listener, select.POLLIN)

    def _attend(self, fd: int) -> None:
        if self._client is not None and fd == self._client.fileno():
            self._hear(self._client)
        elif fd == self._wake:
            os.eventfd_read(self._wake)
        elif self._listener is not None and fd == self._listener.fileno():
            self._accept(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except OSError:
            return  # whoever it was has gone again
        if (user := peer_user(client)) not in self._users:
            log.error("a process of user %d wanted to move locks: refused", user)
            client.close()
            return
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
        lock = self._locks[door]
        if lock is None:
            return
        try:
            lock.drive(released)
        except OSError as error:
            # A lock that cannot be driven must not keep the others from being driven.
            self._board_lost(error)

    def _board_lost(self, error: OSError) -> None:
        log.critical("%s", error)
        self._lost_board = self._stopping = True

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
            if lock is None:
                continue
            try:
                lock.drive(self.guard.released_at_end(door))
            except OSError as error:
                log.critical("%s", error)
        self._latch.close()
        if self._client is not None:
            self._client.close()
        if self._listener is not None:
            self._listener.close()
        # The wake-up stays open: a second signal, or a line's callback, may still write to it.


def run(config: UnitConfig, notifier: Notifier) -> int:
    """Run the guard until SIGTERM or SIGINT; 1 if the board stopped obeying."""
    from loquet_edge.drivers.catalogue import open_lines
    from loquet_edge.priority import prefer

    prefer(60)
    lines = open_lines(config)
    guard = Lockguard(config, lines, notifier, (0, os.geteuid()))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: guard.stop())
    guard.run()
    lines.close()
    return 1 if guard.failed else 0
