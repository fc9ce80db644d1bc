"""Frames of both chips against their data sheets."""

from __future__ import annotations

import pytest

from loquet_edge.protocols.iso14443 import SILENCE, Answer, Frame, crc_a, run
from loquet_edge.protocols.ultralight import (
    LAYOUTS,
    Chip,
    Failed,
    Trouble,
    challenge,
    key_pages,
    may_prove,
    read,
    respond,
    torn_key,
    write,
)

NAK = Answer(b"\x00", 4)


def answered(content: str) -> Answer:
    data = bytes.fromhex(content)
    return Answer(data + crc_a(data), (len(data) + 2) * 8)


class Script:
    """Answers one after the other; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, frame: Frame) -> Answer:
        assert frame.data[-2:] == crc_a(frame.data[:-2])
        self.asked.append(frame.data[:-2].hex().upper())
        return self._answers.pop(0)


KEY = bytes.fromhex("49454D4B41455242214E4143554F5946")
RND_A = bytes.fromhex("A8AF3B256C75ED40")
SEALED_B = "577293FD2F34CA51"
PROOF = "3B884FA07C137CE1"


def test_the_trace_of_the_ultralight_c_data_sheet() -> None:
    """MF0ICU2 clause 7.5.6, table 9: a numerical example of the 3DES authentication."""
    script = Script(answered("AF" + SEALED_B), answered("00" + PROOF))
    chip, sealed = run(challenge(), script)
    assert (chip, sealed.hex().upper()) == (Chip.C, SEALED_B)
    run(respond(chip, KEY, sealed, RND_A), script)
    assert script.asked == ["1A00", "AF0A638559FC7737F9F15D7862EBBE967A"]


@pytest.mark.parametrize("bit", range(64))
def test_a_proof_with_any_bit_turned_is_none(bit: int) -> None:
    spoilt = int(PROOF, 16) ^ 1 << bit
    script = Script(answered(f"00{spoilt:016X}"))
    with pytest.raises(Failed) as failure:
        run(respond(Chip.C, KEY, bytes.fromhex(SEALED_B), RND_A), script)
    assert failure.value.trouble is Trouble.WRONG


def test_an_old_proof_does_not_answer_a_new_number() -> None:
    script = Script(answered("00" + PROOF))
    with pytest.raises(Failed):
        run(respond(Chip.C, KEY, bytes.fromhex(SEALED_B), bytes(8)), script)


def test_keys_stand_in_the_pages_as_the_data_sheets_say() -> None:
    """MF0ICU2 table 11 for 00 01 .. 0F, table 13 for the factory's; MF0AES20: all turned round."""
    plain = bytes(range(16))
    stored = [four.hex() for _, four in key_pages(Chip.C, plain, 0x2C)]
    assert stored == ["07060504", "03020100", "0f0e0d0c", "0b0a0908"]
    factory = b"".join(four for _, four in key_pages(Chip.C, LAYOUTS[Chip.C].factory, 0x2C))
    assert factory == b"BREAKMEIFYOUCAN!"
    pages = key_pages(Chip.AES, plain, 0x30)
    assert [page for page, _ in pages] == [0x30, 0x31, 0x32, 0x33]
    assert b"".join(four for _, four in pages) == plain[::-1]


@pytest.mark.parametrize("chip", list(Chip))
def test_a_torn_key_goes_from_one_to_the_other(chip: Chip) -> None:
    old, new = bytes(16), bytes(range(1, 17))
    found = [torn_key(chip, old, new, pages) for pages in range(5)]
    assert (found[0], found[4]) == (old, new)
    assert len(set(found)) == 5


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (SILENCE, Trouble.SILENT),
        (NAK, Trouble.REFUSED),
        (Answer(b"\x00" * 18, 144), Trouble.DAMAGED),
        (Answer(b"\x00" * 18, 143), Trouble.DAMAGED),
        (answered("00" * 15), Trouble.DAMAGED),
        (Answer(damaged=True), Trouble.DAMAGED),
        (Answer(b"\x00" * 18, 144, collision=3), Trouble.DAMAGED),
    ],
)
def test_what_is_no_answer_to_a_read_says_how(answer: Answer, trouble: Trouble) -> None:
    with pytest.raises(Failed) as failure:
        run(read(4), lambda _frame: answer)
    assert failure.value.trouble is trouble


def test_a_write_counts_only_when_the_card_says_so() -> None:
    script = Script(Answer(b"\x0a", 4), NAK, SILENCE, answered("0A"))
    run(write(5, b"abcd"), script)
    assert script.asked == ["A20561626364"]
    for trouble in (Trouble.REFUSED, Trouble.SILENT, Trouble.DAMAGED):
        with pytest.raises(Failed) as failure:
            run(write(5, b"abcd"), script)
        assert failure.value.trouble is trouble


@pytest.mark.parametrize(
    ("uid", "sak", "may"),
    [
        ("04a1b2c3d4e5f6", 0x00, True),
        ("04a1b2c3d4e5f6", 0x20, False),
        ("02a1b2c3d4e5f6", 0x00, False),
        ("04a1b2c3", 0x00, False),
    ],
)
def test_only_type_2_tags_of_this_maker_are_asked(uid: str, sak: int, may: bool) -> None:
    assert may_prove(bytes.fromhex(uid), sak) is may
