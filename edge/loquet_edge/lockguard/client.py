"""The door's side of the guard's socket: orders without waiting, notices on a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from loquet_edge.lockguard.leases import Tell
from loquet_edge.lockguard.wire import NOTICE, Order, pack_order, unpack_notice

RETRY_SECONDS = 0.05

Hear = Callable[[Tell | None], None]
"""Hears each notice, and None when the guard is lost; on a thread: put it on a queue."""


class GuardClient:
    """Keeps a connection to the guard, and begins again when it is lost."""

    def __init__(self, path: Path, hear: Hear) -> None:
        self._path = path
        self._hear = hear
        self._socket: socket.socket | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lockguard-notices", daemon=True)

    def start(self) -> None:
        """Begin to connect and to hear."""
        self._thread.start()

    def release(self, door: int, seconds: float) -> bool:
        """Ask for a timed lease; False if the guard is not there."""
        return self._send(pack_order(Order.RELEASE, door, seconds))

    def hold(self, door: int) -> bool:
        """Ask for a lease that lives until it is not renewed; False if the guard is not there."""
        return self._send(pack_order(Order.HOLD, door))

    def lock(self, door: int, exit_words: int) -> bool:
        """End what was asked for this door; False if the guard is not there.

        ``exit_words``: how many words of its exit this client has heard and acted upon.
        """
        return self._send(pack_order(Order.LOCK, door, exit_words))

    def close(self) -> None:
        """Let go: the guard ends every lease of this client."""
        self._closing.set()
        found = self._socket
        if found is not None:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _send(self, packet: bytes) -> bool:
        found = self._socket
        if found is None:
            return False
        try:
            # A guard that hangs has a full buffer; the door must not hang with it.
            found.send(packet, socket.MSG_DONTWAIT)
        except OSError:
            return False
        return True

    def _run(self) -> None:
        while not self._closing.is_set():
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
                try:
                    sock.connect(str(self._path))
                except OSError:
                    self._closing.wait(RETRY_SECONDS)
                    continue
                self._socket = sock
                self._listen(sock)
                self._socket = None
            if not self._closing.is_set():
                self._hear(None)

    def _listen(self, sock: socket.socket) -> None:
        while True:
            try:
                packet = sock.recv(NOTICE.size + 1)
            except OSError:
                return
            if not packet:
                return
            with contextlib.suppress(ValueError):  # a notice of a newer guard
                self._hear(unpack_notice(packet))
