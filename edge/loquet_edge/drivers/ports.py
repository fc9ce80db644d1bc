"""What the unit asks of its hardware: the ports that every driver fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from loquet_contract.access.credential import Representation
    from loquet_edge.protocols.iso14443 import Answer, Card, Frame

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


@runtime_checkable
class ShowingBoard(Protocol):
    """A board that people look at, and that says to them in a word what a light means."""

    def indicate(self, indicator: str, value: str) -> None:
        """Show that word; it does nothing else."""


@runtime_checkable
class DimmableLine(Protocol):
    """An output that can also be active with little current, for a light at night."""

    def drive_dim(self) -> None:
        """Be active, dimly; `drive` ends that. Raises `LineError` when the hardware is gone."""


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
    """A card entered a reader's field; `monotonic` is when it first answered, in seconds.

    `presented` are the forms of its one number that the reader gives, the strongest first; none
    if something was read that is no credential.
    """

    reader: str
    presented: tuple[Representation, ...] = field(repr=False)
    assurance: Assurance
    monotonic: float
    unproven: str | None = None
    """Why a card that says that it is ours proved nothing: `protocols.card_keys.Unproven`."""


@dataclass(frozen=True, slots=True)
class CardEncoded:
    """A reader that was told to encode a card, by `command`, had one; it was not decided.

    `outcome` is one of `protocols.encoding.Encoding`; `version` and `chip` are of a card that
    proves the newest key now.
    """

    reader: str
    command: str
    presented: tuple[Representation, ...] = field(repr=False)
    outcome: str
    version: int | None = None
    chip: str | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of a reader's keypad: "0" to "9", "*" or "#"; what is typed is no log's affair."""

    reader: str
    key: str = field(repr=False)
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


@dataclass(frozen=True, slots=True)
class ReaderTamper:
    """A reader's own cover, or the wall behind it: open, or closed again."""

    reader: str
    open: bool


@dataclass(frozen=True, slots=True)
class ReaderPower:
    """A reader says that its supply fails, or is well again."""

    reader: str
    failed: bool


@dataclass(frozen=True, slots=True)
class ReaderKeySet:
    """A reader has the unit's key, within an install window."""

    reader: str


ReaderEvent = (
    CardSeen
    | CardEncoded
    | KeyPressed
    | ReaderLost
    | ReaderReturned
    | ReaderTamper
    | ReaderPower
    | ReaderKeySet
)


class Meet(Protocol):
    """What a reader does with a card that it has just selected; `exchange` talks to the card."""

    def __call__(
        self,
        reader: str,
        card: Card,
        presented: tuple[Representation, ...],
        monotonic: float,
        exchange: Callable[[Frame], Answer],
    ) -> CardSeen | CardEncoded:
        """Return what is to be told of it."""


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
