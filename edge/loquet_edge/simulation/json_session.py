"""One JSON connection to a board; the words are in `loquet_edge.simulation.control`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from loquet_edge.simulation.air import to_bits, to_bytes
from loquet_edge.simulation.board import Board, BoardError, Line, Reader
from loquet_edge.simulation.ultralight_cards import PLAIN
from loquet_edge.simulation.wiegand import send_bits

Message = dict[str, Any]
Operation = Callable[["JsonSession", Message], Message]
MAX_REQUEST_BYTES = 65536


class Timers(Protocol):
    """Where a session leaves what it wants done later."""

    def after(self, seconds: float, action: Callable[[], None]) -> None: ...


class JsonSession:
    """Carries out the requests of one connection, and tells it what it asked to hear."""

    def __init__(self, board: Board, send: Callable[[bytes], None], timers: Timers) -> None:
        self._board = board
        self._send = send
        self._timers = timers
        self._buffer = b""
        self._watching = False
        self._inputs: set[int] = set()
        self._readers: set[str] = set()
        board.subscribe(self._tell)

    def receive(self, data: bytes) -> None:
        """Take in bytes; raises `BoardError` when a request has no end."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._carry_out(line)
        if len(self._buffer) > MAX_REQUEST_BYTES:
            raise BoardError(f"a request is longer than {MAX_REQUEST_BYTES} bytes")

    def close(self) -> None:
        """The connection is gone: give back its lines."""
        self._board.unsubscribe(self._tell)
        self._board.release_owner(self)

    def _carry_out(self, raw: bytes) -> None:
        request: Any = None
        try:
            request = json.loads(raw)
            if not isinstance(request, dict):
                raise BoardError("a request is a JSON object")
            operation = OPERATIONS.get(request.get("op", ""))
            if operation is None:
                raise BoardError(f"no op {request.get('op')!r}; ops: {', '.join(OPERATIONS)}")
            answer = operation(self, request)
        except KeyError as error:
            self._refuse(request, f"{error.args[0]!r} is missing")
        except (ValueError, TypeError, AttributeError) as error:
            self._refuse(request, str(error))
        else:
            if "id" in request:
                self._say({"id": request["id"], "ok": True, **answer})

    def _refuse(self, request: Any, error: str) -> None:
        known = request if isinstance(request, dict) else {}
        if "id" in known:
            self._say({"id": known["id"], "ok": False, "error": error})
        else:
            self._say({"event": "error", "op": known.get("op"), "error": error})

    def _say(self, message: Message) -> None:
        self._send(json.dumps(message).encode() + b"\n")

    def _tell(self, message: Message) -> None:
        wanted = (
            (self._watching and message["event"] != "key")
            or (message["event"] == "line" and message["offset"] in self._inputs)
            or (message["event"] in ("reader", "key") and message["reader"] in self._readers)
        )
        if wanted:
            self._say(message)

    # What people and their pages ask

    def _snapshot(self, request: Message) -> Message:
        return {"snapshot": self._board.snapshot()}

    def _watch(self, request: Message) -> Message:
        self._watching = True
        return self._snapshot(request)

    def _read_line(self, request: Message) -> Message:
        return self._board.line(request["line"]).as_message()

    def _line_history(self, request: Message) -> Message:
        line = self._board.line(request["line"])
        return {"history": [record.as_message() for record in line.history]}

    def _name_line(self, request: Message) -> Message:
        self._board.name_line(request["offset"], str(request["line"]))
        return {}

    def _set_input(self, request: Message) -> Message:
        line = self._board.line(request["line"])
        level = _wanted_level(request, line)
        self._board.set_input(line.offset, level)
        if "seconds" in request and level is not None:
            back = 1 - level
            self._timers.after(
                float(request["seconds"]), lambda: self._board.set_input(line.offset, back)
            )
        return {}

    def _send_bits(self, request: Message) -> Message:
        zero, one = (self._board.line(each) for each in request["lines"])
        bits = str(request["bits"])
        if set(bits) - {"0", "1"}:
            raise BoardError(f"bits are 0 and 1, not {bits!r}")
        interval, after = float(request.get("interval", 0.001)), float(request.get("after", 0.0))
        send_bits(self._board, (zero, one), bits, interval, after)
        return {}

    def _add_reader(self, request: Message) -> Message:
        return self._board.add_reader(str(request["reader"])).as_message()

    def _present_card(self, request: Message) -> Message:
        self._present(request)
        return {}

    def _present(self, request: Message) -> None:
        self._board.present_card(
            request["reader"],
            request["uid"],
            authenticated=_authenticated(request),
            kind=str(request.get("kind", PLAIN)),
        )

    def _remove_card(self, request: Message) -> Message:
        self._board.remove_card(request["reader"], request.get("uid"))
        return {}

    def _tap(self, request: Message) -> Message:
        reader, uid, seconds = request["reader"], request["uid"], float(request["seconds"])
        self._present(request)
        self._timers.after(seconds, lambda: self._board.remove_card(reader, uid))
        return {}

    def _press_keys(self, request: Message) -> Message:
        self._board.press_keys(request["reader"], str(request["keys"]))
        return {}

    def _plug(self, request: Message) -> Message:
        self._board.plug(request["reader"], True)
        return {}

    def _unplug(self, request: Message) -> Message:
        self._board.plug(request["reader"], False)
        return {}

    def _indicate(self, request: Message) -> Message:
        self._board.indicate(str(request["indicator"]), str(request["value"]))
        return {}

    # What drivers ask

    def _request_output(self, request: Message) -> Message:
        offset, name = request["line"], str(request["name"])
        self._board.name_line(offset, name)
        return self._board.request_output(
            offset,
            self,
            name,
            level=_level(request["level"]),
            active_low=bool(request.get("active_low", False)),
        ).as_message()

    def _request_input(self, request: Message) -> Message:
        offset, name = request["line"], str(request["name"])
        line = self._board.line(offset)
        self._board.name_line(offset, name)
        if line.external is None and "rest" in request:
            self._board.set_input(offset, _level(request["rest"]))
        self._board.request_input(
            offset,
            self,
            name,
            pull=request.get("pull", "none"),
            active_low=bool(request.get("active_low", False)),
        )
        self._inputs.add(offset)
        return line.as_message()

    def _drive(self, request: Message) -> Message:
        self._board.drive(request["line"], request["level"], self)
        return {}

    def _release(self, request: Message) -> Message:
        self._inputs.discard(request["line"])
        self._board.release_line(request["line"], self)
        return {}

    def _exchange(self, request: Message) -> Message:
        """Frames and answers in hex, with their length in bits."""
        bits = to_bits(bytes.fromhex(request["frame"]), int(request["bits"]))
        burst = self._board.exchange(request["reader"], bits)
        if burst is None:
            return {"answer": "", "bits": 0, "collision": None}
        first = burst.collisions[0] + 1 if burst.collisions else None
        answer = to_bytes(burst.bits).hex()
        return {"answer": answer, "bits": len(burst.bits), "collision": first}

    def _open_reader(self, request: Message) -> Message:
        reader: Reader = self._board.add_reader(str(request["reader"]))
        self._readers.add(reader.name)
        return reader.as_message()


def _level(value: object) -> int:
    if value not in (0, 1):
        raise BoardError(f"a level is 0 or 1, not {value!r}")
    return int(bool(value))


def _authenticated(request: Message) -> bool:
    assurance = request.get("assurance", "uid")
    if assurance not in ("uid", "authenticated"):
        raise BoardError(f"assurance is uid or authenticated, not {assurance!r}")
    return bool(assurance == "authenticated")


def _wanted_level(request: Message, line: Line) -> int | None:
    if "active" in request:
        return int(bool(request["active"]) != line.active_low)
    return None if request["level"] is None else _level(request["level"])


OPERATIONS: dict[str, Operation] = {
    name.removeprefix("_"): getattr(JsonSession, name)
    for name in (
        "_snapshot",
        "_watch",
        "_read_line",
        "_line_history",
        "_name_line",
        "_set_input",
        "_send_bits",
        "_add_reader",
        "_present_card",
        "_remove_card",
        "_tap",
        "_press_keys",
        "_plug",
        "_unplug",
        "_indicate",
        "_request_output",
        "_request_input",
        "_drive",
        "_release",
        "_open_reader",
        "_exchange",
    )
}
