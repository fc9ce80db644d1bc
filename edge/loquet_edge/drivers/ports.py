"""What the unit asks of its hardware: the ports that every driver fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Pull = Literal["up", "down", "none"]
"""Bias resistor that the chip puts on an input line."""

LineSubscriber = Callable[[bool, float], None]
"""Hears `(active, monotonic seconds)`, on a driver's thread: put it on a queue and return."""


class LineError(OSError):
    """A line could not be requested, driven or read; the text says which and what to do."""


class OutputLine(Protocol):
    """One output; polarity is translated here and nowhere above."""

    @property
    def name(self) -> str: ...

    def drive(self, active: bool) -> None:
        """Set the level; raises `LineError` when the hardware is gone."""

    def close(self) -> None:
        """Give the line back; its level is then the board's affair."""


class InputLine(Protocol):
    """One input; `active` is the meaning (fire, pressed, open), never the level."""

    @property
    def name(self) -> str: ...

    @property
    def active(self) -> bool:
        """The state now."""

    def subscribe(self, callback: LineSubscriber) -> None:
        """Call `callback` at every later change; one that raises is reported, and stays."""

    def close(self) -> None: ...


class Lines(Protocol):
    """All lines of one board: `SimulatedLines` and `GpioLines` are the two."""

    def output(
        self, name: str, offset: int, *, active_high: bool, initial_active: bool
    ) -> OutputLine:
        """Request an output whose first level ever is `initial_active`."""

    def input(
        self,
        name: str,
        offset: int,
        *,
        active_high: bool,
        pull: Pull = "none",
        debounce_seconds: float = 0.0,
    ) -> InputLine:
        """Request an input; a normally-closed contact to ground is `active_high` with pull up."""

    def close(self) -> None:
        """Give back every line."""


class RegisterPort(Protocol):
    """Eight-bit registers of a reader chip; OSError when the bus itself fails.

    `transfers` counts transfers on the bus since it was opened.
    """

    @property
    def transfers(self) -> int: ...

    def read(self, register: int) -> int:
        """One register."""

    def read_many(self, registers: Sequence[int]) -> bytes:
        """Several registers, in one transfer where the bus allows."""

    def write(self, register: int, value: int) -> None:
        """Set one register."""

    def read_fifo(self, count: int) -> bytes:
        """Take `count` bytes out of the chip's FIFO."""

    def write_fifo(self, data: bytes) -> None:
        """Append bytes to the chip's FIFO."""

    def close(self) -> None:
        """Give the bus back; no other line of the board changes."""


Assurance = Literal["uid", "authenticated"]
"""How sure a reader is of a card: any number, or a proof made with the card's own key."""


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card entered a reader's field; `monotonic` is when it first answered, in seconds."""

    reader: str
    uid: bytes = field(repr=False)
    assurance: Assurance
    monotonic: float


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """A reader is absent, stuck or without supply; told once."""

    reader: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReaderReturned:
    """A reader that was lost works again, newly set up."""

    reader: str
    detail: str


ReaderEvent = CardSeen | ReaderLost | ReaderReturned


class Reader(Protocol):
    """A reader that its thread polls: `poll(now)`, sleep until `next_poll(now)`, again."""

    @property
    def name(self) -> str: ...

    def poll(self, now: float) -> list[ReaderEvent]:
        """One look at the field, a few milliseconds at most when nothing is there; never raises
        for a reader that fails: that is a `ReaderLost`."""

    def next_poll(self, now: float) -> float:
        """Monotonic seconds of the next poll, not before `now`."""

    def close(self) -> None:
        """Give the bus back."""
