"""Finds thousands of card numbers in any bytes, in every notation that people and readers use.

``tests.leaks`` tries each number as a pattern, which is for a few of them. Here everything that
may be a number is cut out of the bytes, and looked for among all at once: hexadecimal in any case
with any separators, decimal digits, base64, raw bytes, in both orders of bytes; and what a
Wiegand reader makes of a number.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

SHORTEST = 8
"""Digits or characters; a shorter one is found everywhere by chance."""
DIGEST = 40
"""Hexadecimal digits from which on a run is a digest: any short number stands in some of them."""
_HEX = re.compile(rb"[0-9a-fA-F]{2}(?:[ :.-]?[0-9a-fA-F]{2}){3,}")
_SEPARATORS = re.compile(rb"[ :.-]")
_DIGITS = re.compile(rb"(?<![\w-])(?:\d[ ,.:/-]?){7,}\d(?![\w-])")
"""By themselves: within a digest, eight digits in a row stand by chance."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{6,}")


class Numbers:
    """``raw``: the numbers as cards give them."""

    def __init__(self, raw: Sequence[bytes]) -> None:
        both = {each for number in raw for each in (number, number[::-1])}
        self._raw = both
        self._first = re.compile(b"[" + re.escape(bytes({each[0] for each in raw})) + b"]")
        self._lengths = sorted({len(each) for each in both})
        self._hex = {each.hex().encode() for each in both}
        self._digits = {text for each in both for text in _decimal(each) if len(text) >= SHORTEST}
        self._long = sorted({len(each) for each in self._digits if len(each) > 12})
        self._base64 = {_base64(each) for each in both}
        self._base64_lengths = sorted({len(each) for each in self._base64})

    def found(self, where: str, data: bytes) -> list[str]:
        """Return what of the numbers is in these bytes, each with where."""
        hits = [*self._as_hex(data), *self._as_digits(data), *self._as_base64(data)]
        return [f"{hit!r} in {where}" for hit in [*hits, *self._as_raw(data)]]

    def _as_hex(self, data: bytes) -> Iterator[bytes]:
        for run in _HEX.findall(data):
            text = _SEPARATORS.sub(b"", run).lower()
            lengths = [2 * each for each in self._lengths]
            if len(text) >= DIGEST:
                lengths = [each for each in lengths if each > SHORTEST]
            yield from _windows(text, lengths, self._hex)

    def _as_digits(self, data: bytes) -> Iterator[bytes]:
        for run in _DIGITS.findall(data):
            text = re.sub(rb"\D", b"", run)
            yield from {run, text} & self._digits
            yield from _windows(text, self._long, self._digits)

    def _as_base64(self, data: bytes) -> Iterator[bytes]:
        for run in _BASE64.findall(data):
            if len(run) in self._base64_lengths:
                yield from {run} & self._base64

    def _as_raw(self, data: bytes) -> Iterator[bytes]:
        for match in self._first.finditer(data):
            at = match.start()
            for length in self._lengths:
                # Forwards it begins with this byte, backwards it ends with it.
                for piece in (data[at : at + length], data[max(0, at + 1 - length) : at + 1]):
                    if piece in self._raw:
                        yield piece


def _windows(text: bytes, lengths: list[int], wanted: set[bytes]) -> Iterator[bytes]:
    for length in lengths:
        for at in range(len(text) - length + 1):
            if text[at : at + length] in wanted:
                yield text[at : at + length]


def _decimal(number: bytes) -> Iterator[bytes]:
    """Yield a number's decimal forms: whole, with leading zeros, its last 3 bytes by Wiegand 26."""
    value = int.from_bytes(number)
    yield b"%d" % value
    if len(number) == 4:
        yield b"%010d" % value
    facility, rest = number[-3], int.from_bytes(number[-2:])
    yield b"%03d,%05d" % (facility, rest)
    yield b"%03d%05d" % (facility, rest)


def _base64(number: bytes) -> bytes:
    return base64.urlsafe_b64encode(number).rstrip(b"=")
