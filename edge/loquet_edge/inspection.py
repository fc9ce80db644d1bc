"""The inspection socket: what somebody on the spot asks of the running ``door``.

``{run}/inspect.sock`` (Unix, SEQPACKET, for the unit's own user only): one JSON object, one
answer, and the connection ends. ``{"op": "state"}`` gives the levels of the doors' inputs, the
readers and the proof at work; ``{"op": "prove", "door", "act", "word"}`` moves a proof;
``{"op": "pulse", "door"}`` releases a door once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loquet_contract.wire.codec import MalformedMessage, parse, written
from loquet_edge.inbox import Inspected
from loquet_edge.local_sockets import listen

log = logging.getLogger(__name__)

SOCKET = "inspect.sock"
MAX_REQUEST = 4 * 1024
MAX_ANSWER = 128 * 1024
ANSWER_SECONDS = 3.0
RETRY_SECONDS = 5.0


class Unanswered(OSError):
    """The running unit did not answer, or refused; the text says which."""


class InspectionPort:
    """Listens on a thread of its own, for one asker at a time."""

    def __init__(self, run: Path, put: Callable[[Inspected], None]) -> None:
        self._path, self._put = run / SOCKET, put
        self._closing = threading.Event()
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name="inspection", daemon=True)

    def start(self) -> None:
        """Begin to listen; a folder that is not there is tried again."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                self._listener = listen(self._path, 0o600)
            except OSError as error:
                log.error("%s: nobody can ask the door: %s", self._path, error)
                self._closing.wait(RETRY_SECONDS)
                continue
            with self._listener as listener:
                self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                asker, _ = listener.accept()
            except OSError:
                return
            with asker:
                asker.settimeout(ANSWER_SECONDS)
                with contextlib.suppress(OSError):
                    asker.send(self._answer(asker.recv(MAX_REQUEST + 1)))

    def _answer(self, packet: bytes) -> bytes:
        try:
            request = parse(packet, MAX_REQUEST)
        except MalformedMessage as error:
            return written({"error": str(error)}).encode()
        if not isinstance(request, dict):
            return written({"error": "a request is an object"}).encode()
        answers: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._put(Inspected(request, answers.put))
        try:
            return written(dict(answers.get(timeout=ANSWER_SECONDS))).encode()
        except queue.Empty:
            return written({"error": "the door is busy"}).encode()


def ask(run: Path, **request: str) -> dict[str, Any]:
    """Ask the running unit; raise Unanswered with what it said, or that it did not."""
    path = run / SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(2 * ANSWER_SECONDS)
        try:
            sock.connect(str(path))
            sock.send(json.dumps(request).encode())
            plain = json.loads(sock.recv(MAX_ANSWER))
        except (OSError, ValueError) as error:
            raise Unanswered(
                f"{path}: the running unit does not answer ({error}); are you its user?"
                " Try with sudo"
            ) from error
    if "error" in plain:
        raise Unanswered(str(plain["error"]))
    found: dict[str, Any] = plain
    return found
