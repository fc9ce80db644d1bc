"""The gate between libosdp and the wire: what passes, what does not, whatever the bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.osdp_frames import MOST_SEALED, Gate, Splitter, crc16, parse
from tests.edge.osdp import frames as f

QUESTIONS = {"identify": f.IDENTIFY, "capabilities": f.CAPABILITIES, "challenge": f.CHALLENGE,
             "prove": f.PROVE, "poll": f.POLL}  # fmt: skip
ANSWERS = {
    "identity": f.IDENTITY,
    "capabilities": f.frame(1, 0x46, bytes(21), reply=True),
    "challenged": f.CHALLENGED,
    "proven": f.PROVEN,
    "ack": f.ACK,
    "card": f.SEALED_CARD,
    "card in clear": f.PLAIN_CARD,
    "key in clear": f.frame(1, 0x53, b"\0\x011", reply=True),
    "ack in clear": f.frame(1, 0x40, reply=True),
    "too long": f.frame(1, 0x50, bytes(96), security=b"\x18", reply=True),
    "too long in clear": f.frame(1, 0x45, bytes(80), reply=True),
    "nak": f.NAK,
    "busy": f.BUSY,
}
PASSES = {
    "identify": {"identity", "nak", "busy"},
    "capabilities": {"capabilities", "nak", "busy"},
    "challenge": {"challenged", "nak", "busy"},
    "prove": {"proven", "nak", "busy"},
    "poll": {"ack", "card", "nak", "busy"},
}
"""Read by a person first: which answer may follow which question."""


def test_the_check_value_of_the_crc() -> None:
    """CRC-16/SPI-FUJITSU (AUG-CCITT) of the catalogue of parametrised CRC algorithms."""
    assert crc16(b"123456789") == 0xE5CC


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_which_answer_may_follow_which_question(question: str, answer: str) -> None:
    gate = Gate()
    assert gate.sends(QUESTIONS[question]) is not None
    let_in = [run for _, run in gate.hears(ANSWERS[answer])]
    assert let_in == ([ANSWERS[answer]] if answer in PASSES[question] else [])


@pytest.mark.parametrize(
    "run",
    [
        f.PLAIN_POLL,
        f.frame(1, 0x69, bytes(14)),
        f.frame(1, 0x75, bytes(18)),
        f.CHALLENGE_DEFAULT,
        f.frame(1, 0x77, bytes(16), security=b"\x13\x00"),
        f.frame(1, 0x60, security=b"\x16"),
        f.ACK,
        f.POLL[:-1] + b"\x00",
        b"",
    ],
    ids=["poll", "lamp", "key", "default key", "default proof", "as a reader", "a reply",
         "wrong crc", "nothing"],
)  # fmt: skip
def test_what_never_goes_out(run: bytes) -> None:
    gate = Gate()
    assert gate.sends(run) is None
    assert gate.refused_out == 1
    assert not gate.waiting


def test_the_delivered_key_is_used_in_a_window_alone() -> None:
    gate = Gate()
    gate.default_key_allowed.add(2)
    assert gate.sends(f.CHALLENGE_DEFAULT) is None
    gate.default_key_allowed.add(1)
    assert gate.sends(f.CHALLENGE_DEFAULT) is not None


def test_a_question_has_one_answer() -> None:
    gate = Gate()
    gate.sends(f.POLL)
    assert len(gate.hears(f.ACK)) == 1
    assert gate.hears(f.SEALED_CARD) == []
    assert gate.refused_in == 1


def test_nothing_is_heard_unasked_or_from_another() -> None:
    gate = Gate()
    assert gate.hears(f.ACK) == []
    gate.sends(f.POLL)
    assert gate.hears(f.frame(2, 0x40, security=b"\x16", reply=True)) == []
    assert gate.waiting


def test_the_lines_own_echo_is_no_answer() -> None:
    gate = Gate()
    gate.sends(b"\xff" + f.POLL)
    assert [run for _, run in gate.hears(b"\xff" + f.POLL + b"\xff" + f.ACK)] == [f.ACK]
    assert gate.refused_in == 0


def test_what_was_half_heard_ends_with_the_next_question() -> None:
    gate = Gate()
    gate.sends(f.POLL)
    gate.hears(f.ACK[:-1])
    gate.sends(f.POLL)
    assert len(gate.hears(f.ACK)) == 1


@given(st.integers(1, len(f.SEALED_CARD) - 1), st.binary(max_size=40))
def test_bytes_come_as_they_like(cut: int, noise: bytes) -> None:
    noise = noise.replace(b"\x53", b"\x54")
    for pieces in ([noise + f.SEALED_CARD[:cut], f.SEALED_CARD[cut:]],
                   [bytes([each]) for each in noise + f.SEALED_CARD]):  # fmt: skip
        gate = Gate()
        gate.sends(f.POLL)
        assert [run for each in pieces for _, run in gate.hears(each)] == [f.SEALED_CARD]


@given(st.integers(0, len(f.SEALED_CARD) * 8 - 1))
def test_one_wrong_bit_and_nothing_is_heard(bit: int) -> None:
    run = bytearray(f.SEALED_CARD)
    run[bit // 8] ^= 1 << bit % 8
    gate = Gate()
    gate.sends(f.POLL)
    assert gate.hears(bytes(run)) == []


def _fuzz(count: int, seed: int) -> None:
    """Noise with frames and pieces of frames in it: no exception, and only what fits passes."""
    rng = random.Random(seed)
    gate, splitter = Gate(), Splitter()
    pieces = [*ANSWERS.values(), *QUESTIONS.values()]
    sent = 0
    while sent < count:
        run = rng.choice(pieces) if rng.random() < 0.3 else rng.randbytes(rng.randrange(1, 40))
        if rng.random() < 0.3:
            run = run[: rng.randrange(1, len(run) + 1)]
        sent += len(run)
        if rng.random() < 0.2:
            gate.sends(rng.choice(list(QUESTIONS.values())))
        for frame, let_in in gate.hears(run):
            assert parse(let_in) == frame
            assert frame.from_reader
            assert frame.size <= MOST_SEALED
        for found in splitter.take(run):
            assert len(found) <= MOST_SEALED


def test_noise_is_survived() -> None:
    _fuzz(10_000, 1)


@pytest.mark.soak
def test_a_million_bytes_of_noise_are_survived() -> None:
    for seed in range(4):
        _fuzz(1_000_000, seed)
