"""Two wires that say bits: from falling edges with their time to frames, or to what went wrong.

A reader pulls D0 low for a zero and D1 low for a one, 20 to 200 microseconds each, a bit every
200 microseconds to 20 milliseconds (SIA AC-01, Wiegand reader interface standard), and says nothing
in between. There is no start, no length and no checksum but parity: a frame is what lies between
two pauses.

Only the falling edges are looked at. An interrupt that comes late finds a short pulse over; the
level that it then reads would make two rising edges of it, while the time of the falling one is
taken by the kernel as it happens. The edges of the two lines come from two files and may be out of
order: sort them by time before they are given here.

What cannot be a reader spoils the frame that it falls into, up to the next pause: two pulses closer
than any reader sends (a bouncing contact, radio), on both lines at once (a short between them, no
common ground), more bits than any format has (a flood). Nothing is kept of a spoilt frame but why.
All times are nanoseconds of one clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

GAP = 25_000_000
"""A pause that ends a frame: more than the slowest bit, less than a hand takes for two taps."""
CLOSEST = 100_000
"""Pulses closer than this are not bits: half of the shortest interval of the standard."""
MOST_BITS = 64


class Spoilt(StrEnum):
    """Why a frame is none."""

    TOO_CLOSE = "too_close"
    """Two pulses on one line faster than any reader sends."""
    BOTH_LINES = "both_lines"
    """Pulses on both lines at once."""
    TOO_LONG = "too_long"
    """More bits than any format has."""


Bits = tuple[int, ...]
"""Zeros and ones, the first one heard first."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What lay between two pauses; `began` is the time of its first pulse."""

    bits: Bits = field(repr=False)
    spoilt: Spoilt | None
    began: int


@dataclass(slots=True)
class Assembler:
    """Makes frames of pulses."""

    gap: int = GAP
    _bits: list[int] = field(default_factory=list)
    _spoilt: Spoilt | None = None
    _began: int = 0
    _last: int | None = None
    """Time of the newest pulse of the frame under way; None: there is none."""

    @property
    def deadline(self) -> int | None:
        """When the frame under way is over if nothing follows; None: there is none."""
        return None if self._last is None else self._last + self.gap

    def pulse(self, line: int, at: int) -> Heard | None:
        """Take in a pulse on D0 or D1 (0 or 1); return the frame that a pause ended before it."""
        done = self.look(at)
        if self._last is None:
            self._began = at
        elif at - self._last < CLOSEST and self._spoilt is None:
            same = self._bits[-1:] == [line]
            self._spoilt = Spoilt.TOO_CLOSE if same else Spoilt.BOTH_LINES
        self._last = at if self._last is None else max(at, self._last)
        if len(self._bits) < MOST_BITS:
            self._bits.append(line)
        elif self._spoilt is None:
            self._spoilt = Spoilt.TOO_LONG
        return done

    def look(self, now: int) -> Heard | None:
        """Return the frame under way if its pause has come."""
        if self._last is None or now - self._last < self.gap:
            return None
        bits = () if self._spoilt else tuple(self._bits)
        found = Heard(bits, self._spoilt, self._began)
        self._bits, self._spoilt, self._last = [], None, None
        return found


def key_of(bits: Bits, keypad: str) -> str | None:
    """Return the key that a burst of 4 bits, or of 8 with their complement first, stands for."""
    burst = bits
    if keypad == "8bit" and len(bits) == 8:
        high, burst = bits[:4], bits[4:]
        if any(one == other for one, other in zip(high, burst, strict=True)):
            return None
    elif keypad != "4bit" or len(bits) != 4:
        return None
    return _KEYS.get(number_of(burst))


_KEYS = {value: str(value) for value in range(10)} | {10: "*", 11: "#"}
"""As HID and most others have it: 1010 is star, 1011 is hash; 12 to 15 are no keys."""


def burst_of(key: str, keypad: str) -> Bits:
    """Return what a keypad sends for a key."""
    value = next(value for value, name in _KEYS.items() if name == key)
    bits = bits_of(value, 4)
    return bits if keypad == "4bit" else (*(1 - bit for bit in bits), *bits)


def number_of(bits: Sequence[int]) -> int:
    """Return bits as a number, the first one the highest."""
    found = 0
    for bit in bits:
        found = found << 1 | bit
    return found


def bits_of(number: int, count: int) -> Bits:
    """Return a number as so many bits, the highest first."""
    return tuple(number >> at & 1 for at in reversed(range(count)))
