"""A Wiegand reader on two lines: edges with the kernel's time to badges and keys.

How it thinks. lgpio's thread only appends the time of each falling edge to a bounded queue; a poll
takes off what is older than `SETTLE` (the two lines come from two files, and out of order), sorts
it, and lets `Assembler` make frames. A frame is a badge, a key, or nothing: what has the wrong
parity or no known length is dropped and said now and then, never guessed at.

A line that stays low (shorted, no supply at the reader) and a flood of pulses make the reader lost.
In a flood the lines are given back for a while, so that it cannot keep the process from its exits.
An absent reader leaves both lines high, and cannot be told from a quiet one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from loquet_contract.access.credential import Representation
from loquet_edge.drivers.ports import (
    CardSeen,
    KeyPressed,
    ReaderEvent,
    ReaderLost,
    ReaderReturned,
)
from loquet_edge.drivers.pulses import Fell, PulseLine
from loquet_edge.protocols.wiegand import Assembler, Heard, key_of
from loquet_edge.protocols.wiegand_formats import Format, Unread, decode

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.05
SETTLE = 0.005
"""After so long an edge has come out of either file."""
QUEUE = 4096
FLOOD = 2500
"""Pulses a second; 64 bits at the standard's fastest, with a pause between, make 1,700."""
REST_SECONDS = 1.0
LOOK_SECONDS = 0.5
REPEAT_SECONDS = 0.7
"""A reader that repeats a badge that lies there does so more often than this."""
WORDS_SECONDS = 60.0
_NANO = 1_000_000_000

Listen = Callable[[int, Fell], PulseLine]
"""Opens D0 or D1 (0 or 1); raises `LineError`."""


@dataclass(frozen=True, slots=True)
class WiegandSettings:
    """``gap`` in seconds; ``keypad``: none, 4bit or 8bit."""

    formats: tuple[Format, ...]
    keypad: str = "none"
    gap: float = 0.025


@dataclass(slots=True)
class _Flood:
    """Pulses of the second under way."""

    since: float = float("-inf")
    count: int = 0

    def add(self, count: int, now: float) -> bool:
        """Return whether there are more than any reader sends."""
        if now - self.since >= 1.0:
            self.since, self.count = now, 0
        self.count += count
        return self.count > FLOOD


@dataclass(slots=True)
class _Words:
    """Says why frames are dropped, once in a while for each cause."""

    reader: str
    due: dict[str, float] = field(default_factory=dict)

    def say(self, now: float, cause: str, text: str) -> None:
        if now >= self.due.get(cause, float("-inf")):
            self.due[cause] = now + WORDS_SECONDS
            log.warning("reader %s: %s", self.reader, text)


class WiegandReader:
    """A reader on D0 and D1; fills `ports.Reader`. It asks for its lines on its first poll."""

    def __init__(
        self,
        name: str,
        listen: Listen,
        settings: WiegandSettings,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self.name = name
        self._listen, self._settings, self._clock = listen, settings, clock
        self._rang = threading.Event()
        self._wait = wait or self._rang.wait
        self._fallen: deque[tuple[int, int]] = deque(maxlen=QUEUE)
        self._waiting: list[tuple[int, int]] = []
        self._assembler = Assembler(int(settings.gap * _NANO))
        self._lines: list[PulseLine] = []
        self._lost, self._sound_from = False, 0.0
        self._due = self._look_due = float("-inf")
        self._low = [False, False]
        self._flood, self._words = _Flood(), _Words(name)
        self._last: tuple[Representation, float] | None = None

    def next_poll(self, now: float) -> float:
        """At once, since the waiting is done in `poll`; after a while when the lines rest."""
        return max(now, self._due)

    def close(self) -> None:
        """Give both lines back."""
        lines, self._lines = self._lines, []
        for line in lines:
            try:
                line.close()
            except OSError as error:
                log.error("reader %s: %s", self.name, error)

    def poll(self, now: float) -> list[ReaderEvent]:
        """Badges and keys, the lines lost or well; waits for `WAIT_SECONDS` at most."""
        events: list[ReaderEvent] = []
        try:
            if not self._lines:
                self._open(now)
            self._wait(self._patience(now))
            self._rang.clear()
            self._take(self._clock(), events)
        except OSError as fault:
            self._lose(now, str(fault), events)
            self.close()
            self._due = now + REST_SECONDS
        return events

    def _patience(self, now: float) -> float:
        deadline = self._assembler.deadline
        if deadline is not None:
            return min(max(deadline / _NANO + SETTLE - now, 0.001), WAIT_SECONDS)
        return SETTLE if self._waiting else WAIT_SECONDS

    def _open(self, now: float) -> None:
        self._fallen.clear()
        self._waiting.clear()
        self._assembler = Assembler(self._assembler.gap)
        self._flood, self._low = _Flood(), [False, False]
        self._sound_from, self._look_due = now + REST_SECONDS, now
        for which in (0, 1):
            self._lines.append(self._listen(which, self._hearer(which)))

    def _hearer(self, which: int) -> Fell:
        append, ring = self._fallen.append, self._rang.set

        def fell(nanoseconds: int) -> None:
            append((nanoseconds, which))
            ring()

        return fell

    def _take(self, now: float, events: list[ReaderEvent]) -> None:
        fresh = [self._fallen.popleft() for _ in range(len(self._fallen))]
        if self._flood.add(len(fresh), now):
            raise OSError(
                "more pulses than any reader sends: look for a loose ground, an open shield, or"
                " data lines beside a motor's or a lock's cable"
            )
        horizon = int((now - SETTLE) * _NANO)
        pending = sorted(self._waiting + fresh)
        self._waiting = [each for each in pending if each[0] > horizon]
        for at, which in pending[: len(pending) - len(self._waiting)]:
            self._tell(self._assembler.pulse(which, at), now, events)
        self._tell(self._assembler.look(horizon), now, events)
        self._look_at_levels(now, events)

    def _look_at_levels(self, now: float, events: list[ReaderEvent]) -> None:
        if now < self._look_due:
            return
        self._look_due = now + LOOK_SECONDS
        low = [line.low for line in self._lines]
        stuck = [was and still for was, still in zip(self._low, low, strict=True)]
        self._low = low
        if any(stuck):
            names = " and ".join(f"D{at}" for at, each in enumerate(stuck) if each)
            self._lose(
                now, f"{names} stays low: a short, or the reader has no supply or no ground", events
            )
            self._sound_from = now + REST_SECONDS
        elif self._lost and now >= self._sound_from and not any(low):
            self._lost = False
            events.append(ReaderReturned(self.name, "both data lines are quiet again"))

    def _lose(self, now: float, detail: str, events: list[ReaderEvent]) -> None:
        if not self._lost:
            self._lost = True
            events.append(ReaderLost(self.name, detail))

    def _tell(self, heard: Heard | None, now: float, events: list[ReaderEvent]) -> None:
        if heard is None:
            return
        if heard.spoilt is not None:
            self._words.say(now, heard.spoilt, _SPOILT)
            return
        at = heard.began / _NANO
        key = key_of(heard.bits, self._settings.keypad)
        if key is not None:
            events.append(KeyPressed(self.name, key, at))
            return
        found = decode(heard.bits, self._settings.formats)
        if isinstance(found, Unread):
            self._words.say(now, found, _why(found, len(heard.bits)))
        elif not self._again(found, at):
            events.append(CardSeen(self.name, (found,), "uid", at))

    def _again(self, found: Representation, at: float) -> bool:
        """Note a badge; return whether it only lies there still."""
        last, self._last = self._last, (found, at)
        return last is not None and last[0] == found and at - last[1] < REPEAT_SECONDS


_SPOILT = (
    "pulses that no reader sends (too close, on both lines at once, or too many); look at the"
    " ground between reader and unit, the shield, and the pull-up resistors"
)


def _why(unread: Unread, count: int) -> str:
    if unread is Unread.LENGTH:
        return f"{count} bits are none of its formats; loquet-edge doctor names what it hears"
    if unread is Unread.PARITY:
        return f"{count} bits with a wrong parity: D0 and D1 swapped, or bits lost on the way"
    return f"{count} bits, all the same: a data line is cut, or the badge is blank"
