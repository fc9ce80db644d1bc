"""The drivers of the `simulated` board: lines and readers over its Unix socket.

Used inside the unit's own processes in place of gpiozero and spidev. Every object that opens a
connection gives its lines back when the connection closes, so that a killed process leaves its
lines to the board, as on a Pi. The messages are those of `loquet_edge.simulation.control`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from loquet_contract.access.credential import InvalidCredential, Representation, from_uid
from loquet_edge.drivers.ports import (
    Assurance,
    CardSeen,
    InputLine,
    KeyPressed,
    LineError,
    LineSubscriber,
    Meet,
    OutputLine,
    Pull,
    ReaderEvent,
    ReaderLost,
    ReaderReturned,
)
from loquet_edge.protocols.iso14443 import SILENCE, Answer, Card, Frame, reselect, run
from loquet_edge.simulation.control import BoardGone, connect

Message = dict[str, Any]
ANSWER_SECONDS = 5.0

log = logging.getLogger(__name__)


class BoardLink:
    """One connection: asks and waits, tells without waiting, hears events on its own thread."""

    def __init__(self, path: str | Path, hear: Callable[[Message], None]) -> None:
        self.path = path
        self._hear = hear
        self._socket = connect(path)
        self._answers: SimpleQueue[Message] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._listen, name="simulated-board", daemon=True)
        self._thread.start()

    def ask(self, op: str, **arguments: object) -> Message:
        """One request and its answer; raises `LineError`."""
        with self._lock:
            self._send({"op": op, "id": 0, **arguments})
            try:
                answer = self._answers.get(timeout=ANSWER_SECONDS)
            except Empty:
                raise LineError(
                    f"the simulated board at {self.path} did not answer {op!r}"
                ) from None
        if not answer["ok"]:
            raise LineError(f"the simulated board at {self.path}: {answer['error']}")
        return answer

    def tell(self, line: bytes) -> None:
        """Send one ready-made line; raises `LineError` when the board is gone."""
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise LineError(f"the simulated board at {self.path} is gone ({error})") from error

    def close(self) -> None:
        self._closed = True
        # shutdown first: close alone would leave the listening thread inside recv
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._thread is not threading.current_thread():
            self._thread.join(ANSWER_SECONDS)

    def _send(self, message: Message) -> None:
        self.tell(json.dumps(message).encode() + b"\n")

    def _listen(self) -> None:
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                message: Message = json.loads(line)
                if "event" in message:
                    self._hear(message)
                else:
                    self._answers.put(message)
        if not self._closed:
            self._answers.put({"ok": False, "error": "it closed the connection"})
            self._hear({"event": "gone"})


class SimulatedOutputLine:
    """An output of the simulated board."""

    def __init__(self, link: BoardLink, name: str, offset: int, active_high: bool) -> None:
        self.name = name
        self._link = link
        self._offset = offset
        self._lines = tuple(
            b'{"op":"drive","line":%d,"level":%d}\n' % (offset, int(active == active_high))
            for active in (False, True)
        )

    def drive(self, active: bool) -> None:
        """Set the level (does not wait for the board); raises `LineError` when it is gone."""
        self._link.tell(self._lines[active])

    def close(self) -> None:
        self._link.ask("release", line=self._offset)


class SimulatedInputLine:
    """An input of the simulated board."""

    def __init__(self, link: BoardLink, name: str, offset: int, active_high: bool) -> None:
        self.name = name
        self._link = link
        self._offset = offset
        self._active_high = active_high
        self._active = False
        self._heard = False
        self._lock = threading.Lock()
        self._subscribers: list[LineSubscriber] = []

    @property
    def active(self) -> bool:
        return self._active

    def subscribe(self, callback: LineSubscriber) -> None:
        """Call `callback(active, monotonic_seconds)` at every later change."""
        self._subscribers.append(callback)

    def close(self) -> None:
        self._link.ask("release", line=self._offset)

    def begin(self, level: int) -> None:
        """Take in the level of the request's answer, unless a later one was already heard."""
        with self._lock:
            if not self._heard:
                self._active = bool(level) == self._active_high

    def settle(self, level: int, monotonic_ns: int) -> None:
        """Take in a change that the board tells; subscribers hear changes of meaning only."""
        active = bool(level) == self._active_high
        with self._lock:
            changed = active != self._active
            self._heard, self._active = True, active
        if changed:
            for callback in self._subscribers:
                self._call(callback, active, monotonic_ns / 1e9)

    def _call(self, callback: LineSubscriber, active: bool, seconds: float) -> None:
        try:
            callback(active, seconds)
        # The outermost loop of a line: whatever a subscriber raises, later edges must be heard.
        except Exception:
            log.exception("a subscriber of line %s raised; the line goes on", self.name)


class SimulatedLines:
    """All lines of one process on a simulated board; fills `ports.Lines`."""

    def __init__(self, socket_path: str | Path) -> None:
        self._inputs: dict[int, SimulatedInputLine] = {}
        self._link = BoardLink(socket_path, self._heard)

    def output(
        self, name: str, offset: int, *, active_high: bool, initial_active: bool
    ) -> OutputLine:
        """Request an output whose first level ever is `initial_active`; raises `LineError`."""
        self._link.ask(
            "request_output",
            line=offset,
            name=name,
            level=int(initial_active == active_high),
            active_low=not active_high,
        )
        return SimulatedOutputLine(self._link, name, offset, active_high)

    def input(
        self,
        name: str,
        offset: int,
        *,
        active_high: bool,
        pull: Pull = "none",
        debounce_seconds: float = 0.0,
    ) -> InputLine:
        """Request an input; a simulated contact does not bounce. Raises `LineError`."""
        line = SimulatedInputLine(self._link, name, offset, active_high)
        self._inputs[offset] = line
        answer = self._link.ask(
            "request_input",
            line=offset,
            name=name,
            pull=pull,
            active_low=not active_high,
            rest=int(not active_high),
        )
        line.begin(answer["level"])
        return line

    def indicate(self, indicator: str, value: str) -> None:
        """Show people a word; a board that is gone shows nothing."""
        with contextlib.suppress(LineError):
            said = {"op": "indicate", "indicator": indicator, "value": value}
            self._link.tell(json.dumps(said).encode() + b"\n")

    def close(self) -> None:
        """Close the connection: the board takes every line back."""
        self._link.close()

    def _heard(self, message: Message) -> None:
        if message["event"] == "line":
            line = self._inputs.get(message["offset"])
            if line is not None:
                line.settle(message["level"], message["monotonic_ns"])
        elif message["event"] in ("gone", "error"):
            log.error("simulated board: %s", message.get("error", "the connection closed"))


POLL_WAIT_SECONDS = 0.05
EXCHANGE_SECONDS = 2.0
"""How long a board may take for one frame."""


class SimulatedReader:
    """A named reader of the simulated board; fills `ports.Reader`. A card that stays is told once.

    `poll` waits on the socket itself, up to 50 ms, so that a tap is heard in the time of one
    wake-up. Cards that can be talked to are asked to prove themselves, over the same socket.
    """

    def __init__(self, name: str, socket_path: str | Path, meet: Meet | None = None) -> None:
        self.name = name
        self._meet = meet
        self._asked = 0
        self._answer: Message | None = None
        self._plugged = True
        self._present: frozenset[str] = frozenset()
        self._told: deque[Message] = deque()
        self._buffer = b""
        self._gone = False
        self._socket = connect(socket_path, POLL_WAIT_SECONDS)
        self._socket.sendall(json.dumps({"op": "open_reader", "id": 0, "reader": name}).encode())
        self._socket.sendall(b"\n")
        until = time.monotonic() + EXCHANGE_SECONDS
        while not (self._told or self._gone) and time.monotonic() < until:
            self._listen()  # whatever happens from now on is heard

    def poll(self, now: float) -> list[ReaderEvent]:
        """Cards that entered, keys, a cable pulled or put back; waits up to 50 ms for one."""
        if not self._told:
            self._listen()
        return self._taken_in(self._told.popleft()) if self._told else []

    def next_poll(self, now: float) -> float:
        """At once, since the waiting is done in `poll`; after a while when the board is gone."""
        return now + POLL_WAIT_SECONDS if self._gone else now

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        try:
            data = b"" if self._gone else self._socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            if not self._gone:
                self._told.append({"plugged": False, "cards": [], "authenticated": []})
            self._gone = True
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            message: Message = json.loads(line)
            if message.get("id", 0) > 0:
                self._answer = message
            elif message.get("event", "reader") in ("reader", "key") and message.get("ok", True):
                self._told.append(message)

    def _taken_in(self, message: Message) -> list[ReaderEvent]:
        events: list[ReaderEvent] = []
        now = time.monotonic()
        if message.get("event") == "key":
            return [KeyPressed(self.name, message["key"], now)]
        plugged = bool(message["plugged"])
        if self._plugged and not plugged:
            events.append(ReaderLost(self.name, "simulated cable unplugged"))
        elif plugged and not self._plugged:
            events.append(ReaderReturned(self.name, "simulated cable plugged in"))
        cards = frozenset(message["cards"]) if plugged else frozenset()
        proven = frozenset(message["authenticated"])
        for uid in sorted(cards - self._present):
            if uid in message.get("talking", ()):
                events.append(self._met(bytes.fromhex(uid), now))
                continue
            assurance: Assurance = "authenticated" if uid in proven else "uid"
            events.append(CardSeen(self.name, _presented(uid), assurance, now))
        self._plugged, self._present = plugged, cards
        return events

    def _met(self, uid: bytes, now: float) -> ReaderEvent:
        presented = _presented(uid.hex())
        card = run(reselect(uid), self._exchange)
        if self._meet is None or not isinstance(card, Card):
            return CardSeen(self.name, presented, "uid", now)
        return self._meet(self.name, card, presented, now, self._exchange)

    def _exchange(self, frame: Frame) -> Answer:
        """Send a frame to the cards that can be talked to; silence if the board is gone."""
        self._asked += 1
        self._answer = None
        words = {"op": "exchange", "id": self._asked, "reader": self.name, "bits": frame.bits}
        try:
            self._socket.sendall(json.dumps({**words, "frame": frame.data.hex()}).encode() + b"\n")
        except OSError:
            return SILENCE
        until = time.monotonic() + EXCHANGE_SECONDS
        while not self._gone and time.monotonic() < until:
            self._listen()
            answer = self._answer
            if answer is not None and answer["id"] == self._asked:
                if not answer["ok"]:
                    return SILENCE
                data = bytes.fromhex(answer["answer"])
                return Answer(data, answer["bits"], answer["collision"])
        return SILENCE


def _presented(uid: str) -> tuple[Representation, ...]:
    try:
        return (from_uid(bytes.fromhex(uid)),)
    except InvalidCredential as error:
        log.error("simulated reader: %s", error)
        return ()


__all__ = [
    "BoardGone",
    "SimulatedInputLine",
    "SimulatedLines",
    "SimulatedOutputLine",
    "SimulatedReader",
]
