"""Card numbers for hypothesis: every size, and sets of numbers that are hard to tell apart."""

from __future__ import annotations

from hypothesis import strategies as st

_TAG = 0x88


def _allowed(uid: bytes) -> bytes:
    """The standard keeps the cascade tag out of the first byte of a 4-byte number."""
    return b"\x04" + uid[1:] if len(uid) == 4 and uid[0] == _TAG else uid


@st.composite
def uids(draw: st.DrawFn) -> bytes:
    """One number; a cascade tag somewhere in it is common."""
    size = draw(st.sampled_from((4, 7, 10)))
    uid = draw(st.binary(min_size=size, max_size=size))
    place = draw(st.none() | st.integers(0, size - 1))
    if place is not None:
        uid = uid[:place] + bytes([_TAG]) + uid[place + 1 :]
    return _allowed(uid)


@st.composite
def _alike(draw: st.DrawFn, uid: bytes) -> bytes:
    """A number one bit apart, or with the same first bytes and perhaps another size."""
    if draw(st.booleans()):
        place = draw(st.integers(0, len(uid) * 8 - 1))
        flipped = bytearray(uid)
        flipped[place // 8] ^= 1 << place % 8
        return _allowed(bytes(flipped))
    kept = draw(st.integers(1, 6))
    size = draw(st.sampled_from((4, 7, 10)))
    tail = draw(st.binary(min_size=size, max_size=size))
    return _allowed((uid[:kept] + tail)[:size])


@st.composite
def card_sets(draw: st.DrawFn) -> frozenset[bytes]:
    """One to three different numbers, mostly alike."""
    first = draw(uids())
    others = draw(st.lists(_alike(first) | uids(), min_size=1, max_size=2))
    return frozenset(_distinct(uid) for uid in (first, *others))


def _distinct(uid: bytes) -> bytes:
    """No tag as fourth of 7 bytes: beside some 10-byte card it could not be told apart."""
    return uid[:3] + b"\x04" + uid[4:] if len(uid) == 7 and uid[3] == _TAG else uid
