"""One connection of the preload library: Linux GPIO uAPI v2 and SPI, as this board sees them.

A request is a header `<BxHI>` (operation, argument, length of the body) and a body; an answer is
`<iI>` (0 or -errno, length) and a body. Bodies are the kernel's own structures, in the byte order
of this machine, as in <linux/gpio.h>; sizes and flag values below are that file's.

A connection that asks for lines *becomes* their file descriptor: after the answer the board sends
nothing but `struct gpio_v2_line_event` records on it, so that poll, select and read work natively,
and its end, however the process died, gives the lines back. Everything else is asked on a second
connection, by the handle in the answer.
"""

from __future__ import annotations

import errno
import itertools
import struct
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loquet_edge.simulation.board import LINE_COUNT, Board, BoardError, Line, LineBusy, Pull
from loquet_edge.simulation.json_session import Timers

HEADER = struct.Struct("=BxHI")
ANSWER = struct.Struct("=iI")
EVENT = struct.Struct("=QIIII24x")
VALUES = struct.Struct("=QQ")
LINE_INFO = struct.Struct("=32s32sQ")
MAX_BODY_BYTES = 70_000

OP_LINE_INFO, OP_GET_LINES, OP_GET_VALUES, OP_SET_VALUES, OP_SET_CONFIG, OP_SPI = range(1, 7)

FLAG_USED, FLAG_ACTIVE_LOW, FLAG_INPUT, FLAG_OUTPUT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FLAG_RISING, FLAG_FALLING = 1 << 4, 1 << 5
FLAG_PULL_UP, FLAG_PULL_DOWN, FLAG_NO_PULL = 1 << 8, 1 << 9, 1 << 10
FLAG_REALTIME = 1 << 11
ATTRIBUTE_FLAGS, ATTRIBUTE_VALUES, ATTRIBUTE_DEBOUNCE = 1, 2, 3
EVENT_RISING, EVENT_FALLING = 1, 2

_OFFSETS = struct.Struct("=64I32s")
_CONFIG = struct.Struct("=QI20x")
_ATTRIBUTE = struct.Struct("=I4xQQ")
_MAX_ATTRIBUTES = 10
_CONFIG_SIZE = _CONFIG.size + _MAX_ATTRIBUTES * _ATTRIBUTE.size
_COUNT = struct.Struct("=II20xi")
_handles = itertools.count(1)


@dataclass(slots=True)
class _Watched:
    """One requested line: its flags, the first output value, and what its edges have told."""

    offset: int
    flags: int
    value: int
    debounce_seconds: float
    told_level: int = 0
    settle_number: int = 0
    edges: int = 0


class _Lines:
    """The lines behind one handle, and the connection on which their edges go out."""

    def __init__(self, board: Board, send: Callable[[bytes], None], timers: Timers) -> None:
        self.handle = next(_handles)
        self.lines: list[_Watched] = []
        self._board = board
        self._send = send
        self._timers = timers
        self._consumer = ""
        self._edges = 0

    def request(self, body: bytes) -> None:
        """Take the lines of a `struct gpio_v2_line_request`; all, or none and an error."""
        *offsets, consumer = _OFFSETS.unpack_from(body)
        config = body[_OFFSETS.size : _OFFSETS.size + _CONFIG_SIZE]
        count = _COUNT.unpack_from(body, _OFFSETS.size + _CONFIG_SIZE)[0]
        self._consumer = consumer.split(b"\0")[0].decode(errors="replace") or "?"
        for offset in offsets[:count]:
            line = self._board.line(offset)
            if line.owner_key is not None:
                raise LineBusy(f"line {line.name!r} is taken by {line.owner!r}")
        self.configure(config, offsets[:count])

    def configure(self, config: bytes, offsets: list[int] | None = None) -> None:
        """Apply a `struct gpio_v2_line_config` to these lines, or to those already held."""
        wanted = offsets if offsets is not None else [line.offset for line in self.lines]
        fresh = [_line_config(config, index, offset) for index, offset in enumerate(wanted)]
        self.lines = fresh
        for watched in fresh:
            self._take(watched)

    def values(self, mask: int) -> int:
        """Active lines among those of the mask, as bits."""
        return sum(
            1 << index
            for index, watched in enumerate(self.lines)
            if mask >> index & 1 and self._logical(watched, self._board.line(watched.offset).level)
        )

    def set_values(self, bits: int, mask: int) -> None:
        for index, watched in enumerate(self.lines):
            if mask >> index & 1:
                level = self._logical(watched, bits >> index & 1)
                self._board.drive(watched.offset, level, self)

    def tell(self, message: dict[str, Any]) -> None:
        """Hear a change of the board; an edge goes out at once, or after the debounce period."""
        if message["event"] != "line":
            return
        for watched in self.lines:
            if watched.offset == message["offset"] and watched.flags & (FLAG_RISING | FLAG_FALLING):
                watched.settle_number += 1
                if watched.debounce_seconds:
                    self._settle_later(watched, watched.settle_number)
                else:
                    self._edge(watched, message["level"], message["monotonic_ns"])

    def _settle_later(self, watched: _Watched, number: int) -> None:
        def settled() -> None:
            if watched.settle_number == number and watched in self.lines:
                level = self._board.line(watched.offset).level
                self._edge(watched, level, time.monotonic_ns())

        self._timers.after(watched.debounce_seconds, settled)

    def _edge(self, watched: _Watched, level: int, monotonic_ns: int) -> None:
        if level == watched.told_level:
            return
        watched.told_level = level
        rising = bool(self._logical(watched, level))
        if not watched.flags & (FLAG_RISING if rising else FLAG_FALLING):
            return
        self._edges += 1
        watched.edges += 1
        stamp = time.time_ns() if watched.flags & FLAG_REALTIME else monotonic_ns
        kind = EVENT_RISING if rising else EVENT_FALLING
        self._send(EVENT.pack(stamp, kind, watched.offset, self._edges, watched.edges))

    def _take(self, watched: _Watched) -> None:
        active_low = bool(watched.flags & FLAG_ACTIVE_LOW)
        if watched.flags & FLAG_OUTPUT:
            self._board.request_output(
                watched.offset,
                self,
                self._consumer,
                level=self._logical(watched, watched.value),
                active_low=active_low,
            )
        else:
            line = self._board.request_input(
                watched.offset,
                self,
                self._consumer,
                pull=_pull(watched.flags),
                active_low=active_low,
            )
            watched.told_level = line.level

    def _logical(self, watched: _Watched, level: int) -> int:
        """Level to active or back: the same exchange both ways."""
        return level ^ bool(watched.flags & FLAG_ACTIVE_LOW)


_by_handle: weakref.WeakValueDictionary[int, _Lines] = weakref.WeakValueDictionary()


class RigSession:
    """Answers the requests of one connection of the preload library."""

    def __init__(self, board: Board, send: Callable[[bytes], None], timers: Timers) -> None:
        self._board = board
        self._send = send
        self._timers = timers
        self._buffer = b""
        self._lines: _Lines | None = None

    def receive(self, data: bytes) -> None:
        """Take in bytes; raises `BoardError` when they are not of this protocol."""
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            operation, argument, length = HEADER.unpack_from(self._buffer)
            if length > MAX_BODY_BYTES or not OP_LINE_INFO <= operation <= OP_SPI:
                raise BoardError(f"operation {operation} with {length} bytes: not this protocol")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            body, self._buffer = self._buffer[HEADER.size : end], self._buffer[end:]
            self._answer(operation, argument, body)

    def close(self) -> None:
        """The connection is gone: give back its lines."""
        if self._lines is not None:
            self._board.unsubscribe(self._lines.tell)
            self._board.release_owner(self._lines)

    def _answer(self, operation: int, argument: int, body: bytes) -> None:
        result, answer = 0, b""
        try:
            answer = _OPERATIONS[operation](self, argument, body)
        except LineBusy:
            result = -errno.EBUSY
        except (BoardError, struct.error):
            result = -errno.EINVAL
        self._send(ANSWER.pack(result, len(answer)) + answer)

    def _line_info(self, offset: int, body: bytes) -> bytes:
        line = self._board.line(offset)
        name, consumer = f"GPIO{offset}".encode(), (line.owner or "").encode()[:31]
        return LINE_INFO.pack(name, consumer, _info_flags(line))

    def _get_lines(self, argument: int, body: bytes) -> bytes:
        lines = _Lines(self._board, self._send, self._timers)
        try:
            lines.request(body)
        except BoardError:
            self._board.release_owner(lines)
            raise
        self._lines = _by_handle[lines.handle] = lines
        self._board.subscribe(lines.tell)
        return struct.pack("=I", lines.handle)

    def _get_values(self, argument: int, body: bytes) -> bytes:
        handle, _, mask = struct.unpack("=IQQ", body)
        return struct.pack("=Q", _held(handle).values(mask))

    def _set_values(self, argument: int, body: bytes) -> bytes:
        handle, bits, mask = struct.unpack("=IQQ", body)
        _held(handle).set_values(bits, mask)
        return b""

    def _set_config(self, argument: int, body: bytes) -> bytes:
        (handle,) = struct.unpack_from("=I", body)
        _held(handle).configure(body[4:])
        return b""

    def _spi(self, argument: int, body: bytes) -> bytes:
        return self._board.transfer(argument >> 8, argument & 0xFF, body)


_OPERATIONS: dict[int, Callable[[RigSession, int, bytes], bytes]] = {
    OP_LINE_INFO: RigSession._line_info,
    OP_GET_LINES: RigSession._get_lines,
    OP_GET_VALUES: RigSession._get_values,
    OP_SET_VALUES: RigSession._set_values,
    OP_SET_CONFIG: RigSession._set_config,
    OP_SPI: RigSession._spi,
}


def _held(handle: int) -> _Lines:
    lines = _by_handle.get(handle)
    if lines is None:
        raise BoardError(f"no lines behind handle {handle}")
    return lines


def _line_config(config: bytes, index: int, offset: int) -> _Watched:
    """What a `struct gpio_v2_line_config` says of the line at `index`; attributes override."""
    if not 0 <= offset < LINE_COUNT:
        raise BoardError(f"no line {offset}")
    flags, count = _CONFIG.unpack_from(config)
    watched = _Watched(offset, flags, 0, 0.0)
    for number in range(min(count, _MAX_ATTRIBUTES)):
        kind, value, mask = _ATTRIBUTE.unpack_from(config, _CONFIG.size + number * _ATTRIBUTE.size)
        if not mask >> index & 1:
            continue
        if kind == ATTRIBUTE_FLAGS:
            watched.flags = value
        elif kind == ATTRIBUTE_VALUES:
            watched.value = value >> index & 1
        elif kind == ATTRIBUTE_DEBOUNCE:
            watched.debounce_seconds = (value & 0xFFFFFFFF) / 1e6
    return watched


def _pull(flags: int) -> Pull:
    if flags & FLAG_PULL_UP:
        return "up"
    return "down" if flags & FLAG_PULL_DOWN else "none"


def _info_flags(line: Line) -> int:
    bias = {"up": FLAG_PULL_UP, "down": FLAG_PULL_DOWN, "none": 0}[line.pull]
    used = FLAG_USED if line.owner_key is not None else 0
    low = FLAG_ACTIVE_LOW if line.active_low else 0
    return bias | used | low | (FLAG_OUTPUT if line.direction == "output" else FLAG_INPUT)
