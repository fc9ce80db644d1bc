"""Which key a card of ours has, and whether it proves it.

How it thinks. A card that was encoded says so in two plain pages: page 4 holds the mark `LQ`, the
chip and whether the encoding was finished; page 5 the name of the master from which its key comes.
Neither is a secret, and neither proves anything: they spare every other card a question that would
count as a failed one there, and tell which of several masters to ask for. Then the card has to
prove its key. The key is made from the master, the card's number, the chip and the number of the
key, so a card with the same number and without the key proves nothing.

A card whose keys could still be overwritten is not believed (`writable`): who borrows it could put
in keys of his own piece by piece and so learn ours. Locks cannot be undone, so they are looked at
once for each card; from then on it is asked for its proof at once (`Known`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from enum import StrEnum

from loquet_contract.wire.card_keys import name_of
from loquet_edge.protocols.diversify import diversify
from loquet_edge.protocols.iso14443 import Answer, Card, Frame, halt, reselect
from loquet_edge.protocols.ultralight import (
    LAYOUTS,
    Chip,
    Failed,
    Trouble,
    challenge,
    may_prove,
    read,
    respond,
)

MARK, MARK_PAGE, KEY_ID_PAGE = b"LQ", 4, 5
BEGUN, FINISHED = 0, 1
ID_BYTES = 4
_SYSTEM = b"loquet"
_LETTERS = {Chip.C: b"C", Chip.AES: b"A"}
_CHIPS = {letter: chip for chip, letter in _LETTERS.items()}
TRIES = 2
"""Conversations with one card before its proof counts as interrupted."""

Random = Callable[[int], bytes]
"""Gives so many random bytes, never the same again."""


class Unproven(StrEnum):
    """Why a card that says that it is ours proved nothing; closed."""

    UNFINISHED = "unfinished"
    UNKNOWN_KEY = "unknown_key"
    WRONG_KEY = "wrong_key"
    REFUSED = "refused"
    WRITABLE = "writable"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class CardKey:
    """One version of a site's master."""

    version: int
    master: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        """What cards call it by; it gives nothing away."""
        return key_id(self.master)

    def of(self, chip: Chip, uid: bytes, number: int = 0) -> bytes:
        """Return key `number` of a card."""
        return diversify(self.master, uid + MARK + _LETTERS[chip] + bytes((number,)) + _SYSTEM)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a card's plain pages say."""

    chip: Chip
    finished: bool
    key_id: bytes

    @classmethod
    def of(cls, pages: bytes) -> Mark | None:
        """Return the mark in the pages from 4 on; None if there is none."""
        chip = _CHIPS.get(pages[2:3])
        if pages[:2] != MARK or chip is None or pages[3] not in (BEGUN, FINISHED):
            return None
        return cls(chip, pages[3] == FINISHED, pages[4 : 4 + ID_BYTES])

    def pages(self) -> list[tuple[int, bytes]]:
        """Return what to write, in order: the name of the key first."""
        said = MARK + _LETTERS[self.chip] + bytes((FINISHED if self.finished else BEGUN,))
        return [(KEY_ID_PAGE, self.key_id), (MARK_PAGE, said)]


@dataclass(frozen=True, slots=True)
class Met:
    """How a card fared: `key` is what it proved, else `why` (None: it is none of ours)."""

    key: CardKey | None = None
    chip: Chip | None = None
    why: Unproven | None = None


NOT_OURS = Met()


@dataclass(frozen=True, slots=True)
class Known:
    """What a card proved before, when its locks were looked at: they cannot be undone."""

    key: CardKey
    chip: Chip


def key_id(master: bytes) -> bytes:
    """Return what a master is called."""
    return bytes.fromhex(name_of(master))


def prove(
    card: Card, keys: Collection[CardKey], random: Random, known: Known | None = None
) -> Generator[Frame, Answer, Met]:
    """Have a selected card prove a key; it stays selected unless something failed.

    `known`: what this number proved before. It is asked for that at once, and for what the card
    says of itself only if that fails.
    """
    if not keys or not may_prove(card.uid, card.sak):
        return NOT_OURS
    if known is not None and known.key in keys:
        if (yield from _again(card.uid, known, random)):
            return Met(known.key, known.chip)
        if not (yield from reactivate(card.uid)):
            return Met(why=Unproven.INTERRUPTED)
    ours = False
    for left in reversed(range(TRIES)):
        try:
            mark = Mark.of((yield from read(MARK_PAGE)))
            if mark is None:
                return NOT_OURS
            ours = True
            return (yield from _proved(card, mark, keys, random))
        except Failed as failure:
            if failure.trouble is Trouble.REFUSED:
                break
        if not left or not (yield from reactivate(card.uid)):
            break
    return Met(why=Unproven.INTERRUPTED) if ours else NOT_OURS


def _again(uid: bytes, known: Known, random: Random) -> Generator[Frame, Answer, bool]:
    """Whether a card proves what its number proved before."""
    try:
        return (yield from _ask(known.chip, known.key.of(known.chip, uid), random)) is None
    except Failed:
        return False


def reactivate(uid: bytes) -> Generator[Frame, Answer, bool]:
    """Select a known card anew, whatever state it is in; False if it is not there.

    A card that is still selected takes the first of two wakes as the end of its conversation.
    """
    yield from halt()
    for _ in range(2):
        if isinstance((yield from reselect(uid)), Card):
            return True
    return False


def _proved(
    card: Card, mark: Mark, keys: Collection[CardKey], random: Random
) -> Generator[Frame, Answer, Met]:
    """One conversation; raise Failed where another may help."""
    key = next((each for each in keys if each.id == mark.key_id), None)
    if key is None or not mark.finished:
        return Met(chip=mark.chip, why=Unproven.UNFINISHED if key else Unproven.UNKNOWN_KEY)
    why = yield from _ask(mark.chip, key.of(mark.chip, card.uid), random)
    if why is None:
        pages = yield from read(LAYOUTS[mark.chip].lock_page)
        why = None if locked(mark.chip, pages) else Unproven.WRITABLE
    return Met(None if why else key, mark.chip, why)


def _ask(chip: Chip, key: bytes, random: Random) -> Generator[Frame, Answer, Unproven | None]:
    """Ask for the proof of one key; None if it came. Raise Failed where another try may help."""
    try:
        found, sealed = yield from challenge()
        if found is not chip:
            return Unproven.WRONG_KEY
        yield from respond(chip, key, sealed, random(LAYOUTS[chip].block))
    except Failed as failure:
        if failure.trouble is Trouble.WRONG:
            return Unproven.WRONG_KEY
        if failure.trouble is Trouble.REFUSED:
            return Unproven.REFUSED
        raise
    return None


def locked(chip: Chip, pages: bytes) -> bool:
    """Whether keys and settings can never be written again, by the pages at `lock_page`.

    Ultralight C: the bits of page 28h byte 1 for key, AUTH1 and AUTH0, each with its block bit,
    and AUTH0 itself. Ultralight AES: CFGLCK in page 2Ah, both keys and their block bit in 2Dh.
    """
    if chip is Chip.C:
        return pages[1] == 0xFF and pages[8] <= MARK_PAGE
    return bool(pages[0] & 0x40) and pages[12] & 0xE0 == 0xE0
