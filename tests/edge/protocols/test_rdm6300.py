"""Frames of 125 kHz serial readers: whole ones come through however cut, spoilt ones never."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.rdm6300 import ABSENCE, STALE, Frames, Presence, frame

NUMBER = bytes.fromhex("62E3086CED")
"""The badge in the example of the RDM630's specification: data 62E3086CED, checksum 08."""
numbers = st.binary(min_size=5, max_size=5).filter(any)
kinds = st.sampled_from([b"", b"\r\n"])


def test_the_example_of_the_data_sheet_is_read() -> None:
    assert frame(NUMBER) == b"\x0262E3086CED08\x03"
    assert Frames().feed(b"\x0262E3086CED08\x03", 0.0) == [NUMBER]


def test_both_readers_and_both_cases_of_letters_are_read() -> None:
    assert Frames().feed(frame(NUMBER, between=b"\r\n"), 0.0) == [NUMBER]
    assert Frames().feed(frame(NUMBER).lower(), 0.0) == [NUMBER]


@given(st.lists(st.tuples(numbers, kinds), max_size=5), st.data())
def test_whole_frames_come_through_however_the_bytes_are_cut(
    sent: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    text = b"".join(frame(number, between=kind) for number, kind in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    frames, found = Frames(), []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        found += frames.feed(text[start:end], 0.0)
    assert found == [number for number, _ in sent]
    assert frames.dropped == 0


@given(st.binary(max_size=60), numbers)
def test_after_any_garbage_the_next_whole_frame_is_read(garbage: bytes, number: bytes) -> None:
    assert Frames().feed(garbage + frame(number), 0.0)[-1] == number


@given(numbers, st.integers(1, 12), st.integers(0, 255))
def test_one_wrong_byte_is_never_another_number(number: bytes, at: int, byte: int) -> None:
    text = bytearray(frame(number))
    text[at] = byte
    assert Frames().feed(bytes(text), 0.0) in ([], [number])


@given(numbers, st.integers(0, 13))
def test_a_lost_byte_costs_its_frame_alone(number: bytes, at: int) -> None:
    text = frame(number)
    frames = Frames()
    assert frames.feed(text[:at] + text[at + 1 :], 0.0) == []
    assert frames.feed(text, 1.0) == [number]


def test_halves_of_two_frames_make_no_number() -> None:
    frames, text = Frames(), frame(NUMBER)
    assert frames.feed(text[:7], 0.0) == []
    assert frames.feed(text[7:], STALE + 0.01) == []
    assert frames.dropped == 1


def test_zeros_are_no_badge_although_their_checksum_is_right() -> None:
    frames = Frames()
    assert frames.feed(frame(bytes(5)), 0.0) == []
    assert frames.dropped == 1


def test_a_badge_that_lies_there_is_one_presentation() -> None:
    presence = Presence()
    repeats = [presence.heard(NUMBER, 0.065 * at) for at in range(100)]
    assert repeats == [True, *[False] * 99]
    assert presence.heard(NUMBER, 0.065 * 99 + ABSENCE + 0.01)


def test_two_badges_that_take_turns_are_two_presentations() -> None:
    presence = Presence()
    other = NUMBER[::-1]
    assert [presence.heard((NUMBER, other)[at % 2], 0.1 * at) for at in range(10)] == [
        True, True, *[False] * 8,
    ]  # fmt: skip


def fuzz(count: int) -> int:
    """Feed random bytes, half of them of a frame's alphabet; return how many numbers came out."""
    chance = random.Random(6300)
    alphabet = b"0123456789ABCDEF\x02\x03\r\n"
    frames, found, before = Frames(), 0, b""
    while count > 0:
        piece = bytes(
            chance.choice(alphabet) if chance.random() < 0.9 else chance.getrandbits(8)
            for _ in range(min(count, 1000))
        )
        if chance.random() < 0.5:
            piece += frame(chance.randbytes(5))
        count -= len(piece)
        heard = frames.feed(piece, 0.0)
        assert all(frame(number)[:13] in (before + piece).upper() for number in heard)
        before, found = piece[-32:], found + len(heard)
    return found


def test_random_bytes_raise_nothing() -> None:
    assert fuzz(20_000) > 5


@pytest.mark.soak
def test_a_million_random_bytes_raise_nothing() -> None:
    assert fuzz(1_000_000) > 300
