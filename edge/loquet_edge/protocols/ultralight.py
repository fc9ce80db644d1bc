"""MIFARE Ultralight C (MF0ICU2) and Ultralight AES (MF0AES20): pages, keys, mutual proof.

How it thinks. Both are type 2 tags: READ gives four pages of four bytes, WRITE takes one, and a
refusal is a nibble. Both prove themselves in three passes, and both sides prove that they know the
key: the card sends a number of its own enciphered, the reader answers with a number of its own and
the card's turned by one byte, and the card ends with the reader's turned by one byte. The two
differ in the cipher (3DES with two keys; AES-128), in the size of a number (8 and 16 bytes), in
whether the cipher goes on from message to message (3DES: MF0ICU2 clause 7.5.5) or begins anew with
each (AES), and in where the pages are. The first command is the same for both (1Ah 00h), so the
length of the answer says which of them is there.

A number is never used twice: `rnd_a` comes from outside, fresh for each try, so that what was
answered once proves nothing later. Keys stand in the pages with their bytes turned round: 3DES per
half (MF0ICU2 clause 7.5.7), AES as a whole.

Sources: NXP MF0ICU2 data sheet revision 3.3; NXP MF0AES(H)20 data sheet. Two-key 3DES is old: it is
here because the card has nothing better, and `cryptography` keeps it among the decrepit ciphers.
"""

from __future__ import annotations

import hmac
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from loquet_edge.protocols.iso14443 import Answer, Frame, checked, crc_a

READ, WRITE, AUTHENTICATE, GO_ON, PROVED = 0x30, 0xA2, 0x1A, 0xAF, 0x00
ACK, NIBBLE_BITS = 0xA, 4
PAGE_BYTES, READ_PAGES = 4, 4
_ANSWER_SECONDS = 0.010  # the longest of MF0ICU2 table 16 and of the AES card
_NUMBER_OF_CARDS = 7  # bytes of the number of every card of these kinds
_MAKER = 0x04  # NXP, ISO/IEC 7816-6


class Chip(StrEnum):
    """Which of the two a card is."""

    C = "ultralight_c"
    AES = "ultralight_aes"


class Trouble(StrEnum):
    """How an exchange came to nothing."""

    SILENT = "silent"
    """No answer: the card has gone."""
    DAMAGED = "damaged"
    """An answer that cannot be read."""
    REFUSED = "refused"
    """The card said no."""
    WRONG = "wrong"
    """The card does not know the key."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on a chip. `factory` is the key that a blank card has."""

    block: int
    key_page: int
    second_key_page: int | None
    factory: bytes
    lock_page: int
    """READ from here tells whether keys and settings are locked."""


LAYOUTS = {
    Chip.C: Layout(8, 0x2C, None, b"IEMKAERB!NACUOYF", 0x28),  # MF0ICU2 table 13
    Chip.AES: Layout(16, 0x30, 0x34, bytes(16), 0x2A),
}


class Failed(Exception):
    """An exchange came to nothing; `trouble` says how."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def may_prove(uid: bytes, sak: int) -> bool:
    """Whether a selected card may be one of these: NXP's, 7 bytes, a type 2 tag (SAK 00h)."""
    return len(uid) == _NUMBER_OF_CARDS and uid[0] == _MAKER and sak == 0x00


# ---- pages --------------------------------------------------------------------------------------


def read(page: int) -> Generator[Frame, Answer, bytes]:
    """Return the 16 bytes from a page on; raise Failed."""
    return (yield from _ask(bytes((READ, page)), PAGE_BYTES * READ_PAGES))


def write(page: int, four: bytes) -> Generator[Frame, Answer, None]:
    """Write one page; raise Failed unless the card says that it did."""
    if len(four) != PAGE_BYTES:
        raise ValueError(f"a page has {PAGE_BYTES} bytes, not {len(four)}")
    answer = yield _frame(bytes((WRITE, page)) + four, NIBBLE_BITS)
    if not _is_nibble(answer) or answer.data[0] & 0x0F != ACK:
        raise Failed(_trouble(answer))


def key_pages(chip: Chip, key: bytes, page: int) -> list[tuple[int, bytes]]:
    """Return which pages, from `page` on, are to hold what so that the chip has this key."""
    half = LAYOUTS[chip].block
    stored = b"".join(key[at : at + half][::-1] for at in range(0, len(key), half))
    return [
        (page + at // PAGE_BYTES, stored[at : at + PAGE_BYTES])
        for at in range(0, len(stored), PAGE_BYTES)
    ]


def torn_key(chip: Chip, old: bytes, new: bytes, pages: int) -> bytes:
    """Return the key of a card of which only the first `pages` pages got from `old` to `new`."""
    first = [four for _, four in key_pages(chip, new, 0)][:pages]
    rest = [four for _, four in key_pages(chip, old, 0)][pages:]
    half = LAYOUTS[chip].block
    stored = b"".join(first + rest)
    return b"".join(stored[at : at + half][::-1] for at in range(0, len(stored), half))


# ---- the proof ----------------------------------------------------------------------------------


def turned(number: bytes) -> bytes:
    """Return a number turned left by one byte, as both sides send the other's back."""
    return number[1:] + number[:1]


def challenge(number: int = 0) -> Generator[Frame, Answer, tuple[Chip, bytes]]:
    """Ask a card to prove key `number`: which chip it is, and its enciphered number.

    Raise Failed.
    """
    answer = yield _frame(bytes((AUTHENTICATE, number)), (1 + 16 + 2) * 8)
    content = _content(answer)
    for chip, layout in LAYOUTS.items():
        if len(content) == 1 + layout.block and content[0] == GO_ON:
            return chip, content[1:]
    raise Failed(Trouble.DAMAGED)


def respond(
    chip: Chip, key: bytes, sealed_b: bytes, rnd_a: bytes
) -> Generator[Frame, Answer, None]:
    """Prove a key to a card that sent `sealed_b`, and have it prove the same; raise Failed.

    `rnd_a` is random, as long as a block of the chip, and was never used before.
    """
    block = LAYOUTS[chip].block
    if len(rnd_a) != block:
        raise ValueError(f"the reader's number has {block} bytes on this chip, not {len(rnd_a)}")
    rnd_b = decipher(chip, key, bytes(block), sealed_b)
    sealed = encipher(chip, key, next_vector(chip, sealed_b), rnd_a + turned(rnd_b))
    answer = yield _frame(bytes((GO_ON,)) + sealed, (1 + block + 2) * 8)
    if _is_nibble(answer):
        raise Failed(Trouble.WRONG)
    content = _content(answer)
    if len(content) != 1 + block or content[0] != PROVED:
        raise Failed(Trouble.DAMAGED)
    said = decipher(chip, key, next_vector(chip, sealed), content[1:])
    if not hmac.compare_digest(said, turned(rnd_a)):
        raise Failed(Trouble.WRONG)


def next_vector(chip: Chip, sealed: bytes) -> bytes:
    """Return where the cipher begins after `sealed`: there (3DES), or anew (AES)."""
    block = LAYOUTS[chip].block
    return sealed[-block:] if chip is Chip.C else bytes(block)


def encipher(chip: Chip, key: bytes, vector: bytes, plain: bytes) -> bytes:
    """Return `plain` enciphered in CBC mode."""
    return _through(_cipher(chip, key, vector).encryptor(), plain)


def decipher(chip: Chip, key: bytes, vector: bytes, sealed: bytes) -> bytes:
    """Return what was enciphered in CBC mode."""
    return _through(_cipher(chip, key, vector).decryptor(), sealed)


def _cipher(chip: Chip, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
    # Three keys of which the third is the first are the two-key 3DES of the card.
    algorithm = TripleDES(key + key[:8]) if chip is Chip.C else AES(key)
    return Cipher(algorithm, modes.CBC(vector))


def _through(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()


# ---- frames -------------------------------------------------------------------------------------


def _frame(data: bytes, answer_bits: int) -> Frame:
    return Frame(data + crc_a(data), timeout=_ANSWER_SECONDS, answer_bits=answer_bits)


def _ask(data: bytes, size: int) -> Generator[Frame, Answer, bytes]:
    content = _content((yield _frame(data, (size + 2) * 8)))
    if len(content) != size:
        raise Failed(Trouble.DAMAGED)
    return content


def _content(answer: Answer) -> bytes:
    if answer.damaged or answer.collision is not None or answer.bits % 8 or answer.silent:
        raise Failed(_trouble(answer))
    content = checked(answer.data)
    if content is None:
        raise Failed(Trouble.DAMAGED)
    return content


def _is_nibble(answer: Answer) -> bool:
    return answer.bits == NIBBLE_BITS and not answer.damaged and answer.collision is None


def _trouble(answer: Answer) -> Trouble:
    if answer.silent:
        return Trouble.SILENT
    return Trouble.REFUSED if _is_nibble(answer) else Trouble.DAMAGED
