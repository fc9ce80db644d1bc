"""The line to ``door``: a packet socket that is dialled again whenever ``door`` was away.

``door`` may be stopped, slow or dead. What is for it waits here, within bounds: of messages of
which only the newest counts, one is kept. Whoever sends may ask to be told when the packet has
been handed over, or given up.
"""

import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage
from loquet_edge.seam import (
    MAX_PACKET,
    Acknowledged,
    PolicyChanged,
    ToDoor,
    ToLink,
    Wished,
    pack,
    unpack,
)

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
MAX_WAITING = 64
"""Packets that wait for ``door`` at most; the oldest is given up first."""
_NEWEST_COUNTS = (Acknowledged, Wished, PolicyChanged)
_PACKETS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DoorFound:
    """``door`` is there, for the first time or again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    cls: type[ToDoor]
    packet: bytes
    done: Callable[[], None]


def _nobody() -> None:
    return


class DoorLine:
    """Dials, sends and receives without ever waiting."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._waiting: deque[_Waiting] = deque()
        self._dial_at = 0.0

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Return the sockets to wait on, for reading and for writing."""
        if self._socket is None:
            return [], []
        return [self._socket], [self._socket] if self._waiting else []

    def deadline(self) -> float:
        """Return when ``advance`` has to be called although no socket calls."""
        return self._dial_at if self._socket is None else float("inf")

    def send(self, message: ToDoor, done: Callable[[], None] = _nobody) -> None:
        """Queue a message; ``done`` is called once it was handed over or given up."""
        cls = type(message)
        if cls in _NEWEST_COUNTS:
            for older in [each for each in self._waiting if each.cls is cls]:
                self._waiting.remove(older)
                older.done()
        self._waiting.append(_Waiting(cls, pack(message), done))
        if len(self._waiting) > MAX_WAITING:
            self._waiting.popleft().done()
        self._flush()

    def advance(self, now: float) -> list[ToLink | DoorFound]:
        """Dial if it is time, send what waits, and return what came."""
        happened: list[ToLink | DoorFound] = []
        if self._socket is None and now >= self._dial_at:
            self._dial_at = now + RETRY_SECONDS
            self._dial()
            if self._socket is not None:
                happened.append(DoorFound())
        self._flush()
        for _ in range(_PACKETS_AT_ONCE):
            packet = self._receive()
            if packet is None:
                break
            try:
                happened.append(unpack(packet))  # type: ignore[arg-type]
            except MalformedMessage as error:
                log.error("door said something that is no message: %s", error)
        return happened

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _dial(self) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MAX_PACKET)
        try:
            line.connect(str(self._path))
        except OSError:
            line.close()
            return
        self._socket = line

    def _flush(self) -> None:
        while self._socket is not None and self._waiting:
            try:
                self._socket.send(self._waiting[0].packet)
            except BlockingIOError:
                return
            except OSError as error:
                self._lost(error)
                return
            self._waiting.popleft().done()

    def _receive(self) -> bytes | None:
        if self._socket is None:
            return None
        try:
            packet = self._socket.recv(MAX_PACKET + 1)
        except BlockingIOError:
            return None
        except OSError as error:
            self._lost(error)
            return None
        if not packet:
            self._lost(None)
            return None
        return packet

    def _lost(self, error: OSError | None) -> None:
        log.warning("the line to door is lost%s", f": {error}" if error else "")
        self.close()
