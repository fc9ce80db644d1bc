"""The door's end of the socket to ``link``: believed in nothing, waited for in nothing.

A link that somebody has taken over may speak without end. So what was heard and not dealt with is
bounded: beyond that it is left in the socket, and a tap never waits behind more.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage
from loquet_edge.inbox import LinkJoined, LinkSaid
from loquet_edge.local_sockets import listen
from loquet_edge.seam import MAX_PACKET, ToLink, pack, unpack

log = logging.getLogger(__name__)

MAX_WAITING = 200
"""Messages for a link that does not read; more are dropped, since a new status says it all."""
MAX_HEARD = 32
"""Messages of the link that wait for the deciding loop: a few milliseconds of its time."""
NONSENSE_SECONDS = 0.1
"""A pause after what is no message: nonsense without end fills no log and takes no processor."""
RETRY_SECONDS = 1.0


class LinkPort:
    """Listens, hears one link at a time, and sends on a thread of its own."""

    def __init__(self, path: Path, put: Callable[[LinkSaid | LinkJoined], None]) -> None:
        self._path, self._put = path, put
        self._closing = threading.Event()
        self._listener = self._try_listen()
        self._link: socket.socket | None = None
        self._room = threading.Semaphore(MAX_HEARD)
        self._outgoing: queue.Queue[ToLink | None] = queue.Queue(MAX_WAITING)
        self._threads = [
            threading.Thread(target=self._hear, name="link-hearing", daemon=True),
            threading.Thread(target=self._speak, name="link-speaking", daemon=True),
        ]

    def start(self) -> None:
        """Begin to listen."""
        for thread in self._threads:
            thread.start()

    def send(self, message: ToLink) -> None:
        """Have a message sent, if a link is there; returns at once."""
        if self._link is not None:
            with contextlib.suppress(queue.Full):
                self._outgoing.put_nowait(message)

    def close(self) -> None:
        """Stop listening and let the link go."""
        self._closing.set()
        for sock in (self._listener, self._link):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(queue.Full):
            self._outgoing.put_nowait(None)
        for thread in self._threads:
            thread.join(1.0)
        if self._listener is not None:
            self._listener.close()

    def _try_listen(self) -> socket.socket | None:
        try:
            return listen(self._path, 0o660)
        except OSError as error:
            log.error("%s: no link can reach the door: %s", self._path, error)
            return None

    def _hear(self) -> None:
        while self._listener is None:
            if self._closing.wait(RETRY_SECONDS):
                return
            self._listener = self._try_listen()
        while not self._closing.is_set():
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link:
                self._link = link
                if self._is_room():
                    self._put(LinkJoined(self._room.release))
                    self._converse(link)
                self._link = None

    def _is_room(self) -> bool:
        """Wait until there is room for one more; False if we are closing."""
        while not self._room.acquire(timeout=RETRY_SECONDS):
            if self._closing.is_set():
                return False
        return True

    def _converse(self, link: socket.socket) -> None:
        while True:
            try:
                packet = link.recv(MAX_PACKET + 1)
            except OSError:
                return
            if not packet or not self._is_room():
                return
            try:
                self._put(LinkSaid(unpack(packet), self._room.release))
            except MalformedMessage as error:
                self._room.release()
                log.error("the link said something else: %s", error)
                self._closing.wait(NONSENSE_SECONDS)

    def _speak(self) -> None:
        while True:
            message = self._outgoing.get()
            if message is None:
                return
            link = self._link
            if link is None:
                continue
            try:
                link.send(pack(message))
            except OSError as error:
                log.info("the link did not take a message: %s", error)
