"""The hands of a person at a simulated board, and the words spoken on its socket.

The board listens on a Unix stream socket. Whoever connects sends JSON objects, one a line (UTF-8,
ended by a newline), and receives JSON objects, one a line. Any language with sockets will do.

**Requests** have `op` and, when an answer is wanted, `id` (any JSON value, echoed back). The
answer is `{"id": ..., "ok": true, ...}` or `{"id": ..., "ok": false, "error": "what is wrong"}`.
A request without `id` is carried out in silence; when it fails, `{"event": "error", "op": ...,
"error": ...}` comes back. Requests of one connection are carried out in order. `line` is a name
("front/contact") or an offset (17).

    snapshot                                     -> "snapshot": SNAPSHOT
    watch                                        -> "snapshot": SNAPSHOT, then every EVENT
    read_line    line                            -> LINE fields
    line_history line                            -> "history": [RECORD, ...] oldest first
    name_line    offset, line                    gives a line its name
    set_input    line, level 0|1|null            what the world puts on it; null: wire removed
                 or line, active true|false      the same in the words of the line's driver
                 [, seconds]                     afterwards the opposite comes back (a press)
    send_bits    lines [D0, D1], bits "0110" [, interval] [, after]
                                                 a Wiegand reader's pulses, at once, with the times
                                                 of a pulse each `interval` from `after` on
    add_reader   reader                          makes the reader if it is new
    present_card reader, uid [, assurance] [, kind]   uid: hex of 4, 7 or 10 bytes; assurance:
                                                 "uid" (as if unsaid) or "authenticated"; kind:
                                                 "plain" (as if unsaid), "ultralight_aes" or
                                                 "ultralight_c", cards that keep what was written
    remove_card  reader [, uid]                  without uid: all of them
    tap          reader, uid, seconds [, assurance]   present, and remove after that time
    press_keys   reader, keys                    its keypad: digits, * and #
    plug, unplug reader                          its cable
    indicate     indicator, value                a named state (text), shown to people only

The unit's own drivers use these too (the lines belong to the connection, and are released when
it closes, however its process died):

    request_output line (offset), name, level, active_low    -> LINE fields
    request_input  line (offset), name, pull, active_low [, rest level]   -> LINE fields;
                   `rest` is what a quiet installation puts there, used when nothing is set yet
    drive          line (offset), level
    release        line (offset)
    open_reader    reader                        -> READER fields, then its reader and key events
    exchange       reader, frame (hex), bits     -> "answer" (hex), "bits", "collision" (from 1, or
                   null) of the cards in its field that can be talked to

**Events**, pushed after `watch` (all of them) or to the driver that owns the input or reader:

    LINE      {"event": "line", "monotonic_ns": 1, "line": "front/strike", "offset": 17, "level": 1,
               "active": true, "direction": "output", "owner": "front/strike", "pull": "none",
               "external": null}
    READER    {"event": "reader", "reader": "front", "plugged": true, "cards": ["04a1b2c3d4e5f6"],
               "authenticated": [], "talking": []}
    KEY       {"event": "key", "reader": "front", "key": "7"}      to the reader's driver alone
    INDICATOR {"event": "indicator", "indicator": "front/light", "value": "granted"}

SNAPSHOT is `{"lines": [LINE...], "readers": [READER...], "indicators": {name: value},
"strict_gpiod": true}`, its members without `event`. Lines without name, owner or wire are left
out. RECORD is `{"monotonic_ns", "level", "direction", "owner"}`; `monotonic_ns` is the machine's
CLOCK_MONOTONIC, comparable between processes. `owner` is null when no process has the line.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any

Message = dict[str, Any]

CONNECT_ERROR = (
    "no simulated board at {path} ({reason}): start one with "
    "`python -m loquet_edge.simulation.board_server --socket {path}`"
)


class BoardGone(ConnectionError):
    """The board's socket is missing or closed."""


class BoardRefusal(ValueError):
    """The board answered with an error; its text is the message."""


def connect(path: str | Path, timeout: float | None = None) -> socket.socket:
    """A socket to the board at `path`; raises `BoardGone` with what to do."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect(str(path))
    except OSError as error:
        sock.close()
        raise BoardGone(CONNECT_ERROR.format(path=path, reason=error.strerror)) from None
    return sock


class BoardControl:
    """A connection to a board, for tests, `simulate` and scripts; safe between threads."""

    def __init__(self, path: str | Path, *, timeout: float = 10.0) -> None:
        self._path = path
        self._socket = connect(path, timeout)
        self._file = self._socket.makefile("rb")
        self._lock = threading.Lock()
        self._next_id = 0

    def __enter__(self) -> BoardControl:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, op: str, **arguments: object) -> Message:
        """Send one request, return its answer; raises `BoardRefusal` or `BoardGone`."""
        with self._lock:
            self._next_id += 1
            request = {"op": op, "id": self._next_id, **arguments}
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer = self._file.readline()
        if not answer:
            raise BoardGone(f"the board at {self._path} closed the connection")
        message: Message = json.loads(answer)
        if not message["ok"]:
            raise BoardRefusal(message["error"])
        return message

    def set_input(self, line: int | str, level: int | None) -> None:
        """Put a level on a line from outside; None takes the wire away."""
        self.ask("set_input", line=line, level=level)

    def set_active(self, line: int | str, active: bool) -> None:
        """Put on a line the level that its driver reads as active or inactive."""
        self.ask("set_input", line=line, active=active)

    def press(self, line: int | str, seconds: float) -> None:
        """Make an input active, and inactive again after `seconds` (returns at once)."""
        self.ask("set_input", line=line, active=True, seconds=seconds)

    def send_bits(
        self, lines: tuple[int, int], bits: str, interval: float = 0.001, after: float = 0.0
    ) -> None:
        """Do what a Wiegand reader on these lines (D0, D1) does for `bits`; times in seconds."""
        self.ask("send_bits", lines=lines, bits=bits, interval=interval, after=after)

    def name_line(self, offset: int, name: str) -> None:
        self.ask("name_line", offset=offset, line=name)

    def read_line(self, line: int | str) -> Message:
        """`level`, `active`, `direction`, `owner`... of a line."""
        return self.ask("read_line", line=line)

    def line_history(self, line: int | str) -> list[Message]:
        """Every level that the line had, oldest first."""
        history: list[Message] = self.ask("line_history", line=line)["history"]
        return history

    def add_reader(self, reader: str) -> None:
        self.ask("add_reader", reader=reader)

    def present_card(
        self, reader: str, uid_hex: str, assurance: str = "uid", kind: str = "plain"
    ) -> None:
        """Bring a card into the field, to stay; `assurance` is what a native reader is told."""
        self.ask("present_card", reader=reader, uid=uid_hex, assurance=assurance, kind=kind)

    def remove_card(self, reader: str, uid_hex: str | None = None) -> None:
        """Take one card, or all, out of the field."""
        self.ask("remove_card", reader=reader, uid=uid_hex)

    def tap(
        self,
        reader: str,
        uid_hex: str,
        seconds: float = 0.5,
        assurance: str = "uid",
        kind: str = "plain",
    ) -> None:
        """Hold a card in the field for that time (returns at once)."""
        words = {"uid": uid_hex, "seconds": seconds, "assurance": assurance, "kind": kind}
        self.ask("tap", reader=reader, **words)

    def press_keys(self, reader: str, keys: str) -> None:
        """Type at a reader's keypad: digits, ``*`` and ``#``, one after the other."""
        self.ask("press_keys", reader=reader, keys=keys)

    def unplug(self, reader: str) -> None:
        self.ask("unplug", reader=reader)

    def plug(self, reader: str) -> None:
        self.ask("plug", reader=reader)

    def indicate(self, indicator: str, value: str) -> None:
        self.ask("indicate", indicator=indicator, value=value)

    def snapshot(self) -> Message:
        """`lines`, `readers`, `indicators`, `strict_gpiod`."""
        snapshot: Message = self.ask("snapshot")["snapshot"]
        return snapshot

    def watch(self, timeout: float | None = None) -> Generator[Message, None, None]:
        """First `{"event": "snapshot", ...}`, then every change, on a connection of its own.

        Ends when the board goes; raises `TimeoutError` after `timeout` seconds of silence.
        """
        with connect(self._path, timeout) as sock, sock.makefile("rb") as stream:
            sock.sendall(b'{"op":"watch","id":0}\n')
            for line in stream:
                message: Message = json.loads(line)
                if "event" in message:
                    yield message
                else:
                    yield {"event": "snapshot", **message["snapshot"]}
