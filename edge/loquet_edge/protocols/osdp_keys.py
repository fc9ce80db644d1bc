"""Keys of OSDP readers (SCBK, 16 bytes): how they are written, and which are as good as none."""

from __future__ import annotations

from itertools import pairwise

KEY_BYTES = 16
DEFAULT_KEY = bytes(range(0x30, 0x40))
"""SCBK-D, with which every reader is delivered (SIA OSDP v2.2, annex D.2.2)."""
_LEAST_DIFFERENT = 8
"""Different bytes of a key; 16 random ones have fewer once in 10**10 keys."""
_PRINTABLE = range(0x20, 0x7F)


class WeakKey(ValueError):
    """A key that a thief would try first; the text says which kind."""


def key_of(text: str) -> bytes:
    """Return the key written as 32 hexadecimal digits; raise ValueError, or WeakKey."""
    try:
        found = bytes.fromhex(text.strip())
    except ValueError as error:
        raise ValueError("a key is 32 hexadecimal digits and nothing else") from error
    if len(found) != KEY_BYTES:
        raise ValueError(f"a key is 32 hexadecimal digits, not {2 * len(found)}")
    weakness = weakness_of(found)
    if weakness is not None:
        raise WeakKey(f"the key {weakness}")
    return found


def weakness_of(key: bytes) -> str | None:
    """Return what is wrong with a key, in words that follow "the key"; None if it is sound."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    if key == DEFAULT_KEY:
        return "is the default with which every reader is delivered (SCBK-D)"
    if len(set(key)) == 1:
        return "is one byte, repeated"
    if len(steps) == 1:
        return "only counts up or down"
    if any(key == key[:part] * (len(key) // part) for part in (2, 4, 8)):
        return "repeats a part of itself"
    if len(set(key)) < _LEAST_DIFFERENT:
        return "uses too few different bytes"
    if all(byte in _PRINTABLE for byte in key):
        return "is text that somebody chose"
    return None
