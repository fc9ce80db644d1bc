"""The layer that finds cards: check values, frames, anticollision, every kind of bad answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.iso14443 import (
    SILENCE,
    Answer,
    Card,
    Frame,
    Nothing,
    Wake,
    activate,
    bcc,
    checked,
    crc_a,
    halt,
    is_random,
    levels,
    odd_parity,
    reselect,
    run,
)
from loquet_edge.simulation.air import Burst, Field, to_bits, to_bytes
from loquet_edge.simulation.cards import VirtualCard
from tests.edge.reader.numbers import card_sets, uids

ORIGINS = ("received", "aligned", "level")


class Antenna:
    """A reader without a chip: frames go straight to the field; `origin` is how it counts."""

    def __init__(self, *cards: VirtualCard, origin: str = "aligned") -> None:
        self.field = Field(powered=True)
        for card in cards:
            self.field.place(card)
        self.origin = origin
        self.sent: list[Frame] = []
        self.change: Callable[[int, Burst], Burst | None] = lambda number, burst: burst

    def exchange(self, frame: Frame) -> Answer:
        self.sent.append(frame)
        burst = self.field.exchange(to_bits(frame.data, frame.bits))
        burst = None if burst is None else self.change(len(self.sent) - 1, burst)
        if burst is None:
            return SILENCE
        bits, collision = list(burst.bits), None
        if burst.collisions:
            first = burst.collisions[0]
            bits[first:] = [0] * (len(bits) - first)
            known = max(0, frame.bits - 16)
            extra = {"received": 0, "aligned": frame.rx_align, "level": known}[self.origin]
            collision = first + 1 + extra
        data = to_bytes((*[0] * frame.rx_align, *bits))
        return Answer(data, len(burst.bits), collision, damaged=not burst.parity_ok)


@pytest.mark.parametrize(
    ("data", "crc"),
    [("0000", "a01e"), ("1234", "26cf")],
    ids=["annex B example 1", "annex B example 2"],
)
def test_crc_a_gives_the_published_values(data: str, crc: str) -> None:
    """ISO/IEC 14443-3 annex B.1 prints both."""
    assert crc_a(bytes.fromhex(data)).hex() == crc


def test_halt_frame_is_the_one_that_every_sniffer_shows() -> None:
    assert next(halt()).data.hex() == "500057cd"


@given(st.binary(max_size=20))
def test_checked_gives_back_what_was_checked(data: bytes) -> None:
    assert checked(data + crc_a(data)) == (data or None)


@given(st.binary(min_size=1, max_size=18), st.integers(0, 7), st.data())
def test_checked_refuses_any_single_wrong_bit(data: bytes, bit: int, draw: st.DataObject) -> None:
    wrong = bytearray(data + crc_a(data))
    wrong[draw.draw(st.integers(0, len(wrong) - 1))] ^= 1 << bit
    assert checked(bytes(wrong)) is None


@pytest.mark.parametrize(("byte", "parity"), [(0x00, 1), (0x01, 0), (0x26, 0), (0xFF, 1)])
def test_parity_makes_the_ones_odd(byte: int, parity: int) -> None:
    assert odd_parity(byte) == parity


def test_check_byte_of_a_level() -> None:
    assert bcc(bytes.fromhex("88042F8C")) == 0x2F


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("08a1b2c3", True),
        ("04a1b2c3", False),
        ("08a1b2c3d4e5f6", False),
        ("08a1b2c3d4e5f6010203", False),
    ],
)
def test_random_numbers_are_recognised(uid: str, expected: bool) -> None:
    assert is_random(bytes.fromhex(uid)) is expected
    assert Card(bytes.fromhex(uid), 0).random is expected


@pytest.mark.parametrize("size", [0, 3, 5, 6, 8, 9, 11])
def test_other_sizes_are_no_numbers(size: int) -> None:
    with pytest.raises(ValueError, match="4, 7 or 10 bytes"):
        levels(bytes(size))


def test_card_does_not_show_its_number() -> None:
    assert "a1" not in repr(Card(bytes.fromhex("a1a1a1a1"), 0))


@given(uids())
def test_whole_number_is_read_and_the_card_sleeps(uid: bytes) -> None:
    card = VirtualCard(uid, sak=0x20)
    antenna = Antenna(card)
    assert run(activate(Wake.WUPA), antenna.exchange) == Card(uid, 0x20)
    assert card.state.name == "ACTIVE"
    assert run(halt(), antenna.exchange) is True
    assert card.state.name == "HALT"
    assert run(activate(Wake.REQA), antenna.exchange) == Nothing(heard=False)
    assert run(reselect(uid), antenna.exchange) == Card(uid, 0x20)


@given(uids())
def test_a_lone_card_costs_one_round_a_level(uid: bytes) -> None:
    antenna = Antenna(VirtualCard(uid))
    run(activate(Wake.WUPA), antenna.exchange)
    assert len(antenna.sent) == 1 + 2 * len(levels(uid))


@pytest.mark.parametrize("origin", ORIGINS)
@given(card_sets())
def test_every_card_in_the_field_is_found(origin: str, numbers: frozenset[bytes]) -> None:
    antenna = Antenna(*map(VirtualCard, numbers), origin=origin)
    found: list[bytes] = []
    for _ in numbers:
        card = run(activate(Wake.REQA), antenna.exchange)
        assert isinstance(card, Card)
        found.append(card.uid)
        assert run(halt(), antenna.exchange)
    assert run(activate(Wake.REQA), antenna.exchange) == Nothing(heard=False)
    assert sorted(found) == sorted(numbers)


def test_worst_pair_stays_within_a_round_a_bit() -> None:
    """Two numbers that differ in every bit, on the reader that counts the worst way."""
    pair = bytes.fromhex("00000000"), bytes.fromhex("ffffffff")
    antenna = Antenna(*map(VirtualCard, pair), origin="level")
    assert isinstance(run(activate(Wake.REQA), antenna.exchange), Card)
    assert len(antenna.sent) <= 1 + 32 + 1


@given(card_sets(), st.data())
def test_sleepers_are_found_one_by_one(numbers: frozenset[bytes], draw: st.DataObject) -> None:
    antenna = Antenna(*map(VirtualCard, numbers))
    for _ in numbers:
        run(activate(Wake.REQA), antenna.exchange)
        run(halt(), antenna.exchange)
    one = draw.draw(st.sampled_from(sorted(numbers)))
    found = run(reselect(one), antenna.exchange)
    assert isinstance(found, Card) and found.uid == one


@given(uids(), uids())
def test_an_absent_number_is_not_found_in_another(present: bytes, asked: bytes) -> None:
    found = run(reselect(asked), Antenna(VirtualCard(present)).exchange)
    assert isinstance(found, Card) is (present == asked)


def _flip(burst: Burst, place: int) -> Burst:
    bits = list(burst.bits)
    bits[place % len(bits)] ^= 1
    return replace(burst, bits=tuple(bits))


FAULTS: dict[str, Callable[[Burst], Burst | None]] = {
    "silence": lambda burst: None,
    "one bit short": lambda burst: replace(burst, bits=burst.bits[:-1]),
    "a byte short": lambda burst: replace(burst, bits=burst.bits[:-8]),
    "a byte long": lambda burst: replace(burst, bits=burst.bits + (0,) * 8),
    "one bit only": lambda burst: replace(burst, bits=burst.bits[:1]),
    "first bit wrong": lambda burst: _flip(burst, 0),
    "last bit wrong": lambda burst: _flip(burst, -1),
    "check byte wrong": lambda burst: _flip(burst, 35),
    "parity": lambda burst: replace(burst, parity_ok=False),
}


@pytest.mark.parametrize("step", [1, 2, 3, 4], ids=["anti 1", "select 1", "anti 2", "select 2"])
@pytest.mark.parametrize("fault", FAULTS)
def test_bad_answer_never_gives_a_number(fault: str, step: int) -> None:
    """One fault at each step of a 7-byte card: nothing is read, and a next try succeeds."""
    uid = bytes.fromhex("04a1b2c3d4e5f6")
    antenna = Antenna(VirtualCard(uid))
    antenna.change = lambda number, burst: FAULTS[fault](burst) if number == step else burst
    assert run(activate(Wake.WUPA), antenna.exchange) == Nothing(heard=True)
    run(activate(Wake.WUPA), antenna.exchange)
    assert run(activate(Wake.WUPA), antenna.exchange) == Card(uid, 0)


@given(st.integers(1, 4), st.integers(0, 39))
def test_no_wrong_bit_gives_a_wrong_number(step: int, place: int) -> None:
    """A flipped bit with right parity is caught by the check byte or the CRC."""
    antenna = Antenna(VirtualCard(bytes.fromhex("04a1b2c3d4e5f6")))
    antenna.change = lambda number, burst: _flip(burst, place) if number == step else burst
    assert run(activate(Wake.WUPA), antenna.exchange) == Nothing(heard=True)


def test_sak_that_promises_more_without_a_cascade_tag_is_refused() -> None:
    sent: list[Frame] = []

    def answers(frame: Frame) -> Answer:
        sent.append(frame)
        if frame.bits == 7:
            return Answer(b"\x04\x00", 16)
        if frame.data[1] == 0x20:
            return Answer(bytes.fromhex("0102030404"), 40)
        sak = b"\x04" if frame.data[0] == 0x93 else b"\x00"
        return Answer(sak + crc_a(sak), 24)

    assert run(activate(Wake.WUPA), answers) == Nothing(heard=True)
    assert len(sent) == 3


def test_cascade_tag_for_ever_ends_after_three_levels() -> None:
    sent: list[Frame] = []

    def answers(frame: Frame) -> Answer:
        sent.append(frame)
        if frame.bits == 7:
            return Answer(b"\x04\x00", 16)
        if frame.data[1] == 0x20:
            return Answer(bytes.fromhex("8801020389")[:4] + bytes([0x88 ^ 1 ^ 2 ^ 3]), 40)
        return Answer(b"\x04" + crc_a(b"\x04"), 24)

    assert run(activate(Wake.WUPA), answers) == Nothing(heard=True)
    assert len(sent) == 7


@pytest.mark.parametrize("collision", [0, -3, 33, 41])
def test_collision_nowhere_in_the_number_ends_the_try(collision: int) -> None:
    def answers(frame: Frame) -> Answer:
        return Answer(b"\x04\x00", 16) if frame.bits == 7 else Answer(bytes(5), 40, collision)

    assert run(activate(Wake.WUPA), answers) == Nothing(heard=True)


def test_noise_that_collides_for_ever_ends() -> None:
    sent: list[Frame] = []

    def answers(frame: Frame) -> Answer:
        sent.append(frame)
        return Answer(bytes(5), 40, collision=1 + frame.rx_align)

    assert run(activate(Wake.WUPA), answers) == Nothing(heard=True)
    assert len(sent) <= 1 + 32 + 1


def test_halt_that_is_answered_is_refused() -> None:
    assert run(halt(), lambda frame: Answer(b"\x00", 4)) is False
