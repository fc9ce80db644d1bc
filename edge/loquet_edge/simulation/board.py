"""A simulated board: lines with levels and owners, readers with cards in their field, indicators.

The board is physical: it knows levels (0, 1), never meanings. Each driver translates polarity at
its own line, exactly as on a real Pi; the board keeps `active_low` only so that a person looking
at it reads *active* where the driver would.

A line that nobody drives follows, in this order: what the world outside puts on it
(`set_input`), the bias of its request, the reset pull of the chip. When the process that owns an
output goes, `strict_gpiod` decides (the Raspberry Pi's device-tree parameter of that name): the
line becomes an input again, or, as the Pi does unless told, it keeps its last level.

Pure but for the clock that is passed in. Not thread-safe: one loop owns a board.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .air import Bits, Burst, Field
from .ultralight_cards import PLAIN, Wallet

Direction = Literal["input", "output"]
Pull = Literal["up", "down", "none"]
Message = dict[str, Any]
Subscriber = Callable[[Message], None]

LINE_COUNT = 58
"""Lines of the BCM2711's gpiochip0."""

HISTORY_LENGTH = 10_000


class BoardError(ValueError):
    """A request that the board refuses: unknown line or reader, or a line that is taken."""


class LineBusy(BoardError):
    """The line belongs to another process."""


class CardField(Protocol):
    """The field of a simulated reader chip."""

    def place(self, card: Any) -> None: ...

    def remove(self, card: Any) -> None: ...


class ReaderChip(Protocol):
    """What answers on one chip select (`mfrc522_chip.Mfrc522Chip`)."""

    @property
    def field(self) -> CardField: ...

    def transfer(self, data: bytes, /) -> bytes:
        """One transaction under one chip select: as many bytes back as went in."""

    def plug(self) -> None: ...

    def unplug(self) -> None: ...


def reset_pull(offset: int) -> Pull:
    """The pull of a line nobody has asked for (BCM2711 ARM Peripherals, GPIO reset state)."""
    return "up" if offset <= 8 else "down"


@dataclass(frozen=True, slots=True)
class LevelRecord:
    """One moment of a line: CLOCK_MONOTONIC nanoseconds, level, direction, who."""

    monotonic_ns: int
    level: int
    direction: Direction
    owner: str | None

    def as_message(self) -> Message:
        return {
            "monotonic_ns": self.monotonic_ns,
            "level": self.level,
            "direction": self.direction,
            "owner": self.owner,
        }


@dataclass(slots=True)
class Line:
    """One line of the board."""

    offset: int
    name: str
    direction: Direction = "input"
    owner: str | None = None
    owner_key: object = None
    pull: Pull = "none"
    active_low: bool = False
    external: int | None = None
    level: int = 0
    history: deque[LevelRecord] = field(default_factory=lambda: deque(maxlen=HISTORY_LENGTH))

    def resting_level(self) -> int:
        """The level that an input has: the world outside, else the bias, else the reset pull."""
        if self.external is not None:
            return self.external
        pull = self.pull if self.owner_key is not None and self.pull != "none" else None
        return int((pull or reset_pull(self.offset)) == "up")

    def as_message(self) -> Message:
        return {
            "offset": self.offset,
            "line": self.name,
            "level": self.level,
            "active": bool(self.level) != self.active_low,
            "direction": self.direction,
            "owner": self.owner,
            "pull": self.pull,
            "external": self.external,
        }


@dataclass(slots=True)
class Reader:
    """A named reader: plugged or not, and the cards in its field (UID in hex, lower case)."""

    name: str
    plugged: bool = True
    cards: dict[str, Any] = field(default_factory=dict)
    authenticated: set[str] = field(default_factory=set)
    talking: Field = field(default_factory=lambda: Field(powered=True))
    """Of a reader without a chip: the cards that can be talked to."""
    chip: ReaderChip | None = None
    make_card: Callable[[bytes], Any] = bytes

    def as_message(self) -> Message:
        return {
            "reader": self.name,
            "plugged": self.plugged,
            "cards": list(self.cards),
            "authenticated": [uid for uid in self.cards if uid in self.authenticated],
            "talking": [card.uid.hex() for card in self.talking.cards if hasattr(card, "uid")],
        }


class Board:
    """All that is simulated on one unit."""

    def __init__(
        self, *, strict_gpiod: bool = False, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.strict_gpiod = strict_gpiod
        self._clock_ns = clock_ns
        self._lines = [Line(offset, f"GPIO{offset}") for offset in range(LINE_COUNT)]
        for line in self._lines:
            line.level = line.resting_level()
        self._names: dict[str, Line] = {line.name: line for line in self._lines}
        self._readers: dict[str, Reader] = {}
        self._chips: dict[tuple[int, int], ReaderChip] = {}
        self._indicators: dict[str, str] = {}
        self._wallet = Wallet()
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with the message of every later change (see `board_server`)."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)

    # Lines

    def line(self, which: int | str) -> Line:
        """The line at an offset or of a name; raises `BoardError`."""
        if isinstance(which, int):
            if 0 <= which < LINE_COUNT:
                return self._lines[which]
            raise BoardError(f"no line {which}: this board has lines 0 to {LINE_COUNT - 1}")
        found = self._names.get(which)
        if found is None:
            known = ", ".join(sorted(n for n in self._names if not n.startswith("GPIO"))) or "none"
            raise BoardError(f"no line named {which!r}; named lines: {known}")
        return found

    def name_line(self, offset: int, name: str) -> None:
        """Give a line the name that people use for it."""
        line = self.line(offset)
        line.name = name
        self._names[name] = line

    def set_input(self, which: int | str, level: int | None) -> None:
        """Put a level on a line from outside; None takes the wire away."""
        line = self.line(which)
        line.external = level
        if line.direction == "input":
            self._settle(line, line.resting_level())

    def pulse(self, line: Line, level: int, monotonic_ns: int) -> None:
        """Tell of an edge with a time of its own; it leaves no trace in the line's history."""
        line.level = level
        self._tell({"event": "line", "monotonic_ns": monotonic_ns, **line.as_message()})

    def request_input(
        self, offset: int, key: object, owner: str, *, pull: Pull = "none", active_low: bool = False
    ) -> Line:
        """Take a line as input; raises `LineBusy` when another key has it."""
        line = self._claim(offset, key, owner, active_low)
        line.direction, line.pull = "input", pull
        self._settle(line, line.resting_level())
        return line

    def request_output(
        self, offset: int, key: object, owner: str, *, level: int, active_low: bool = False
    ) -> Line:
        """Take a line as output; `level` is the first one it drives."""
        line = self._claim(offset, key, owner, active_low)
        line.direction, line.pull = "output", "none"
        self._settle(line, level, always=True)
        return line

    def drive(self, offset: int, level: int, key: object) -> None:
        """Set the level of an output that `key` owns."""
        line = self._lines[offset]
        if line.owner_key is not key or line.direction != "output":
            raise LineBusy(f"line {line.name!r} is not an output of {key!r}")
        self._settle(line, level)

    def release_line(self, offset: int, key: object) -> None:
        """Give a line back; what an output then does is `strict_gpiod`'s affair."""
        line = self.line(offset)
        if line.owner_key is not key:
            return
        line.owner_key, line.owner = None, None
        if line.direction == "output" and not self.strict_gpiod:
            self._tell_line(line)
            return
        line.direction, line.pull = "input", "none"
        self._settle(line, line.resting_level(), always=True)

    def release_owner(self, key: object) -> None:
        """The process behind `key` is gone: give back all that it had."""
        for line in self._lines:
            if line.owner_key is key:
                self.release_line(line.offset, key)

    # Readers and indicators

    def add_reader(self, name: str) -> Reader:
        """The reader of that name, made when new."""
        reader = self._readers.get(name)
        if reader is None:
            reader = self._readers[name] = Reader(name)
            self._tell({"event": "reader", **reader.as_message()})
        return reader

    def reader(self, name: str) -> Reader:
        found = self._readers.get(name)
        if found is None:
            known = ", ".join(sorted(self._readers)) or "none"
            raise BoardError(f"no reader named {name!r}; readers: {known}")
        return found

    def attach_chip(
        self,
        name: str,
        place: tuple[int, int],
        chip: ReaderChip,
        make_card: Callable[[bytes], Any],
    ) -> None:
        """Put a chip on a (bus, chip select); cards shown to reader `name` enter its field."""
        reader = self.add_reader(name)
        reader.chip, reader.make_card = chip, make_card
        self._chips[place] = chip

    def present_card(
        self, name: str, uid: str, *, authenticated: bool = False, kind: str = PLAIN
    ) -> None:
        """Bring a card (UID in hex) into the field of a reader; one that can prove itself, or not.

        A card of a kind that has a memory is the same card each time that it is brought, whatever
        the reader. `authenticated` is a word of the board, for native readers and plain cards.
        """
        reader, key = self.reader(name), _uid_key(uid)
        if key in reader.cards:
            return
        (reader.authenticated.add if authenticated else reader.authenticated.discard)(key)
        card = reader.cards[key] = self._card(reader, key, kind)
        if reader.chip is not None:
            reader.chip.field.place(card)
        elif kind != PLAIN:
            reader.talking.place(card)
        self._tell({"event": "reader", **reader.as_message()})

    def remove_card(self, name: str, uid: str | None = None) -> None:
        """Take a card, or every card, out of the field."""
        reader = self.reader(name)
        wanted = set(reader.cards) if uid is None else {_uid_key(uid)} & set(reader.cards)
        for key in wanted:
            card = reader.cards.pop(key)
            if reader.chip is not None:
                reader.chip.field.remove(card)
            elif card in reader.talking.cards:
                reader.talking.remove(card)
        if wanted:
            self._tell({"event": "reader", **reader.as_message()})

    def press_keys(self, name: str, keys: str) -> None:
        """Type at a reader's keypad; only the reader's driver hears it, no watcher does."""
        reader = self.reader(name)
        if not set(keys) <= set("0123456789*#"):
            raise BoardError("a keypad has the keys 0 to 9, * and #")
        for key in keys if reader.plugged else "":
            self._tell({"event": "key", "reader": reader.name, "key": key})

    def _card(self, reader: Reader, uid: str, kind: str) -> Any:
        if kind == PLAIN:
            return reader.make_card(bytes.fromhex(uid))
        try:
            return self._wallet.card(kind, bytes.fromhex(uid))
        except ValueError as error:
            raise BoardError(str(error)) from None

    def exchange(self, name: str, frame: Bits) -> Burst | None:
        """One frame from a native reader to the cards that can be talked to, and their answer."""
        reader = self.reader(name)
        return reader.talking.exchange(frame) if reader.plugged else None

    def plug(self, name: str, plugged: bool) -> None:
        """Pull a reader's cable, or put it back."""
        reader = self.reader(name)
        if reader.plugged != plugged:
            reader.plugged = plugged
            if reader.chip is not None:
                (reader.chip.plug if plugged else reader.chip.unplug)()
            self._tell({"event": "reader", **reader.as_message()})

    def transfer(self, bus: int, device: int, tx: bytes) -> bytes:
        """One SPI transaction; nothing on the chip select: the data line floats low, zeros."""
        chip = self._chips.get((bus, device))
        return bytes(len(tx)) if chip is None else chip.transfer(tx)

    def indicate(self, name: str, value: str) -> None:
        """Show a named state (a LED ring's colour, a buzzer's pattern)."""
        if self._indicators.get(name) != value:
            self._indicators[name] = value
            self._tell({"event": "indicator", "indicator": name, "value": value})

    def snapshot(self) -> Message:
        """Every line that has a name or an owner, every reader, every indicator."""
        shown = (
            line
            for line in self._lines
            if line.owner or line.external is not None or not line.name.startswith("GPIO")
        )
        return {
            "lines": [line.as_message() for line in shown],
            "readers": [reader.as_message() for reader in self._readers.values()],
            "indicators": dict(self._indicators),
            "strict_gpiod": self.strict_gpiod,
        }

    def _claim(self, offset: int, key: object, owner: str, active_low: bool) -> Line:
        line = self.line(offset)
        if line.owner_key is not None and line.owner_key is not key:
            raise LineBusy(f"line {line.name!r} (offset {offset}) is taken by {line.owner!r}")
        line.owner_key, line.owner, line.active_low = key, owner, active_low
        return line

    def _settle(self, line: Line, level: int, *, always: bool = False) -> None:
        if level == line.level and not always:
            return
        line.level = level
        line.history.append(LevelRecord(self._clock_ns(), level, line.direction, line.owner))
        self._tell_line(line)

    def _tell_line(self, line: Line) -> None:
        if self._subscribers:
            now = line.history[-1].monotonic_ns if line.history else self._clock_ns()
            self._tell({"event": "line", "monotonic_ns": now, **line.as_message()})

    def _tell(self, message: Message) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(message)


def _uid_key(uid: str) -> str:
    """UID as this board keeps it; raises `BoardError` on what is not 4, 7 or 10 bytes of hex."""
    try:
        raw = bytes.fromhex(uid.replace(":", ""))
    except ValueError:
        raise BoardError(f"UID {uid!r} is not hexadecimal") from None
    if len(raw) not in (4, 7, 10):
        raise BoardError(f"UID {uid!r} has {len(raw)} bytes; ISO 14443-3 knows 4, 7 and 10")
    return raw.hex()
