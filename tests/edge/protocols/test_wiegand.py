"""From pulses to frames: pauses, noise, both lines at once, floods; and the keys of a keypad."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.wiegand import (
    CLOSEST,
    GAP,
    MOST_BITS,
    Assembler,
    Bits,
    Heard,
    Spoilt,
    bits_of,
    burst_of,
    key_of,
    number_of,
)

MS = 1_000_000
START = 5 * MS
some_bits = st.lists(st.integers(0, 1), min_size=1, max_size=MOST_BITS).map(tuple)


def send(assembler: Assembler, bits: Bits, at: int = START, every: int = MS) -> list[Heard]:
    """Pulse these bits and wait for the pause; return all that was heard."""
    found = [assembler.pulse(bit, at + place * every) for place, bit in enumerate(bits)]
    found.append(assembler.look(at + len(bits) * every + GAP))
    return [each for each in found if each is not None]


@given(some_bits, st.integers(2 * CLOSEST, 20 * MS))
def test_bits_at_any_permitted_pace_are_one_frame(bits: Bits, every: int) -> None:
    assert send(Assembler(), bits, every=every) == [Heard(bits, None, START)]


@given(some_bits, some_bits)
def test_a_pause_parts_two_frames_without_a_look(one: Bits, other: Bits) -> None:
    assembler = Assembler()
    first = [assembler.pulse(bit, START + at * MS) for at, bit in enumerate(one)]
    later = START + len(one) * MS + GAP
    second = send(assembler, other, at=later)
    assert [each for each in first if each] == []
    assert second == [Heard(one, None, START), Heard(other, None, later)]


def test_nothing_is_told_before_the_pause() -> None:
    assembler = Assembler()
    assert assembler.deadline is None
    assert assembler.pulse(1, START) is None
    assert assembler.deadline == START + GAP
    assert assembler.look(START + GAP - 1) is None
    assert assembler.look(START + GAP) == Heard((1,), None, START)
    assert assembler.look(START + 9 * GAP) is None


@pytest.mark.parametrize(("line", "why"), [(0, Spoilt.TOO_CLOSE), (1, Spoilt.BOTH_LINES)])
def test_noise_spoils_its_frame_and_no_other(line: int, why: Spoilt) -> None:
    assembler = Assembler()
    for at in range(10):
        assert assembler.pulse(0, START + at * MS) is None
    assembler.pulse(line, START + 9 * MS + CLOSEST - 1)
    for at in range(10, 26):
        assert assembler.pulse(0, START + at * MS) is None
    assert assembler.look(START + 25 * MS + GAP) == Heard((), why, START)
    assert send(assembler, (1, 0), at=START + 100 * MS) == [Heard((1, 0), None, START + 100 * MS)]


def test_a_flood_keeps_no_more_than_the_longest_frame() -> None:
    assembler = Assembler()
    for at in range(100_000):
        assert assembler.pulse(at % 2, START + at * MS) is None
    assert assembler.look(START + 100_000 * MS + GAP) == Heard((), Spoilt.TOO_LONG, START)


@pytest.mark.parametrize("keypad", ["4bit", "8bit"])
@pytest.mark.parametrize("key", "0123456789*#")
def test_keys_are_read_as_they_are_sent(keypad: str, key: str) -> None:
    assert key_of(burst_of(key, keypad), keypad) == key
    assert key_of(burst_of(key, keypad), "none") is None


def test_bursts_that_are_no_keys() -> None:
    assert [key_of(bits_of(value, 4), "4bit") for value in range(12, 16)] == [None] * 4
    read = [value for value in range(256) if key_of(bits_of(value, 8), "8bit") is not None]
    assert read == sorted((15 - key) << 4 | key for key in range(12))
    assert key_of(bits_of(5, 26), "4bit") is None


@given(some_bits)
def test_bits_and_numbers_are_two_ways_to_say_one_thing(bits: Bits) -> None:
    assert bits_of(number_of(bits), len(bits)) == bits


def fuzz(count: int) -> None:
    """Pulse at random times on random lines; nothing raises, nothing too long comes out."""
    chance, assembler, at = random.Random(26), Assembler(), START
    for _ in range(count):
        at += chance.choice((0, 1, CLOSEST - 1, CLOSEST, MS, 20 * MS, GAP, 3 * GAP))
        heard = assembler.pulse(chance.getrandbits(1), at - chance.choice((0, 0, 0, MS)))
        assert heard is None or len(heard.bits) <= MOST_BITS


def test_random_pulses_raise_nothing() -> None:
    fuzz(10_000)


@pytest.mark.soak
def test_a_million_random_pulses_raise_nothing() -> None:
    fuzz(1_000_000)
