"""The text that a 125 kHz serial reader sends: RDM6300, and ID-12 in its ASCII format.

A frame is STX (02), ten hexadecimal digits of the badge, two of a checksum (the five bytes XORed),
and ETX (03); an ID-12 puts CR and LF before ETX, which changes nothing here. 9600 baud, 8N1.

Whatever does not fit is dropped up to the next STX, which always begins anew: a lost byte, noise
or half a frame costs one frame and no more. A frame whose bytes come in too slowly is two halves
of different ones. A reader repeats its frame while the badge lies there (RDM6300: every 65 ms or
so; ID-12: once): `Presence` makes one presentation of that.

Sources: Seeed RDM630 specification (output data format); ID Innovations ID-2LA, ID-12LA, ID-20LA
data sheet, "ASCII data format". Times are in seconds; nothing here takes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BAUD = 9600
NUMBER_BYTES = 5
STALE = 0.25
"""A frame is under way for 17 ms; one that rests for longer will not be finished."""
ABSENCE = 0.5
"""Without a repeat for so long, the badge has been taken away."""

_STX, _ETX, _BETWEEN = 0x02, 0x03, b"\r\n"
_DIGITS = frozenset(b"0123456789ABCDEFabcdef")
_DIGIT_COUNT = 2 * (NUMBER_BYTES + 1)
_MOST_PRESENT = 8


@dataclass(slots=True)
class Frames:
    """Makes numbers of bytes, however they are cut; counts the frames that it had to drop."""

    dropped: int = 0
    _digits: bytearray | None = None
    """Of the frame under way; None: wait for STX."""
    _last: float = 0.0

    def feed(self, data: bytes, at: float) -> list[bytes]:
        """Return the five bytes of each whole frame that `data`, heard at `at`, completes."""
        if self._digits is not None and at - self._last > STALE:
            self._drop()
        self._last = at
        return [found for byte in data if (found := self._take(byte)) is not None]

    def _take(self, byte: int) -> bytes | None:
        if byte == _STX:
            if self._digits is not None:
                self.dropped += 1
            self._digits = bytearray()
            return None
        if self._digits is None:
            return None
        if byte == _ETX:
            return self._finish(bytes(self._digits))
        if byte in _DIGITS and len(self._digits) < _DIGIT_COUNT:
            self._digits.append(byte)
        elif byte not in _BETWEEN or len(self._digits) < _DIGIT_COUNT:
            self._drop()
        return None

    def _finish(self, digits: bytes) -> bytes | None:
        self._digits = None
        if len(digits) == _DIGIT_COUNT:
            *number, checksum = bytes.fromhex(digits.decode("ascii"))
            # five zeros have the right checksum too; they are what a shorted coil says
            if checksum == xor(number) and any(number):
                return bytes(number)
        self.dropped += 1
        return None

    def _drop(self) -> None:
        self._digits = None
        self.dropped += 1


@dataclass(slots=True)
class Presence:
    """Which badges lie there, so that each presentation is told once."""

    _last: dict[bytes, float] = field(default_factory=dict)

    def heard(self, number: bytes, at: float) -> bool:
        """Note a number; return whether it was just put there."""
        before = self._last.pop(number, None)
        self._last[number] = at
        if len(self._last) > _MOST_PRESENT:
            del self._last[next(iter(self._last))]
        return before is None or at - before > ABSENCE


def xor(data: bytes | list[int]) -> int:
    """Return all bytes XORed: the checksum of a frame."""
    found = 0
    for byte in data:
        found ^= byte
    return found


def frame(number: bytes, *, between: bytes = b"") -> bytes:
    """Return what a reader sends for a number; `between`: what an ID-12 puts before ETX."""
    text = bytes([*number, xor(number)]).hex().upper().encode("ascii")
    return bytes([_STX]) + text + between + bytes([_ETX])
