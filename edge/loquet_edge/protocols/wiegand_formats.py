"""What a Wiegand frame says: which format it is, whether its parity holds, and its number.

A frame does not say its format; its length does. Each length here has one set of parity rules, so
nothing is guessed: H10302 and H10304 are the same 37 bits with the same parity, and differ only in
how a person writes the number. The number is every bit between the parity bits, leading zeros and
facility included.

Sources: HID, "Understanding Card Data Formats" (H10301, H10302, H10304, Corporate 1000); the
positions of parity bits and what they cover as the Proxmark3 client has them, wiegand_formats.c
(H10301, H10306, C1k35s, H10302, H10304, C1k48s). Positions count from 0, as the bits are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.access.credential import Form, Representation
from loquet_edge.protocols.wiegand import Bits, bits_of, number_of


@dataclass(frozen=True, slots=True)
class Parity:
    """One parity bit: with the bits that it covers, the number of ones is odd, or even."""

    position: int
    odd: bool
    covers: tuple[int, ...]

    def holds(self, bits: Bits) -> bool:
        ones = bits[self.position] + sum(bits[at] for at in self.covers)
        return ones % 2 == self.odd

    def bit(self, bits: list[int]) -> int:
        """Return what the parity bit has to be."""
        return (sum(bits[at] for at in self.covers) + self.odd) % 2


@dataclass(frozen=True, slots=True)
class Format:
    """One length of frame. ``parity``: in the order in which a sender computes it.

    ``facility`` bits come first in the number, the rest is the badge's own; 0: all of it is.
    """

    name: str
    length: int
    first: int
    last: int
    """The number is the bits from `first` up to and with `last`."""
    facility: int
    form: Form
    parity: tuple[Parity, ...]

    @property
    def number_bits(self) -> int:
        return self.last - self.first + 1

    def represent(self, number: int) -> Representation:
        """Return the number as bytes, zeros in front."""
        return Representation(self.form, number.to_bytes((self.number_bits + 7) // 8, "big"))

    def encode(self, number: int) -> Bits:
        """Return the frame of a number."""
        bits = [0] * self.length
        bits[self.first : self.last + 1] = bits_of(number, self.number_bits)
        for parity in self.parity:
            bits[parity.position] = parity.bit(bits)
        return tuple(bits)


def _halves(length: int, even: Iterable[int], odd: Iterable[int]) -> tuple[Parity, ...]:
    """Even parity in front of the first half, odd parity behind the second."""
    return (Parity(0, False, tuple(even)), Parity(length - 1, True, tuple(odd)))


def _thirds(length: int, leading: int, trailing: int) -> tuple[Parity, ...]:
    """Corporate 1000: two bits that each leave out every third position, and one over all."""
    inner = range(2, length - 1)
    return (
        Parity(1, False, tuple(at for at in inner if at % 3 != leading)),
        Parity(length - 1, True, tuple(at for at in (1, *inner) if at % 3 != trailing)),
        Parity(0, True, tuple(range(1, length))),
    )


_37 = _halves(37, range(1, 19), range(18, 36))
FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("h10301", 26, 1, 24, 8, Form.WIEGAND26, _halves(26, range(1, 13), range(13, 25))),
        Format("w34", 34, 1, 32, 16, Form.WIEGAND34, _halves(34, range(1, 17), range(17, 33))),
        Format("c1000_35", 35, 2, 33, 12, Form.WIEGAND35, _thirds(35, 1, 0)),
        Format("h10302", 37, 1, 35, 0, Form.WIEGAND37, _37),
        Format("h10304", 37, 1, 35, 16, Form.WIEGAND37, _37),
        Format("c1000_48", 48, 2, 46, 22, Form.WIEGAND48, _thirds(48, 2, 1)),
    )
}
"""By the name that a configuration says. The number of a 34-bit frame may be a whole UID."""


class Unread(StrEnum):
    """Why a frame is no number."""

    LENGTH = "length"
    """No format of this reader has so many bits."""
    PARITY = "parity"
    """Bits were lost, added or turned on the way."""
    EMPTY = "empty"
    """All zeros, or all ones: a dead line, no badge."""


def decode(bits: Bits, formats: Iterable[Format]) -> Representation | Unread:
    """Return the number that a frame says, by the first of `formats` with its length."""
    fitting = next((each for each in formats if each.length == len(bits)), None)
    if fitting is None:
        return Unread.LENGTH
    if not all(parity.holds(bits) for parity in fitting.parity):
        return Unread.PARITY
    number = number_of(bits[fitting.first : fitting.last + 1])
    if number in (0, (1 << fitting.number_bits) - 1):
        return Unread.EMPTY
    return fitting.represent(number)
