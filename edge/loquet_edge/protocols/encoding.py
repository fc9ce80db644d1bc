"""Making a blank card ours: keys, settings, locks, and a proof at the end.

How it thinks. The order is such that whatever interrupts it leaves a card that can be gone on with,
or one that is as it was. First the plain mark, *begun*; then the key, page by page; a card that is
torn away meanwhile has a key of which we know both halves, and nothing yet limits how often they
may be tried. The new key must be proven before anything is locked. Then protection (writing from
page 4 on takes a proof), the limit of failed proofs (AES), and the locks of keys and settings,
which nobody can undo. Last the mark *finished*, which only a proven card takes, and the same proof
that a door will ask for.

What is not blank is refused before a bit of it changes: another number than the one asked for,
a key that is not the factory's, keys or settings that are locked. A card of ours whose locks
are closed cannot get another key: that card is replaced.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loquet_edge.protocols.card_keys import (
    MARK_PAGE,
    CardKey,
    Mark,
    Met,
    Random,
    Unproven,
    locked,
    prove,
    reactivate,
)
from loquet_edge.protocols.iso14443 import Answer, Card, Frame
from loquet_edge.protocols.ultralight import (
    LAYOUTS,
    PAGE_BYTES,
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

FAILED_PROOFS = 256
"""After so many failed proofs an Ultralight AES card answers no more (AUTH_LIM, 10 bits)."""
_STATIC_LOCKS = 0x30  # page 2 byte 2: pages 4 and 5
_KEY_PAGES = 4


class Encoding(StrEnum):
    """What became of a card at an encoding reader; closed."""

    DONE = "done"
    ALREADY = "already"
    """It was encoded before, with the newest key."""
    OLD_KEY_LOCKED = "old_key_locked"
    """It has an older key for ever."""
    OTHER_CARD = "other_card"
    """Its number is not the one of the badge."""
    UNSUITABLE = "unsuitable"
    """It is no Ultralight AES or C."""
    NOT_BLANK = "not_blank"
    """Somebody's key is in it."""
    LOCKED = "locked"
    """Its keys or settings cannot be written."""
    INTERRUPTED = "interrupted"
    """It left the field; it can be gone on with."""
    FAILED = "failed"
    """It does not prove the key that was written."""

    @property
    def good(self) -> bool:
        """Whether the card proves the newest key now."""
        return self in (Encoding.DONE, Encoding.ALREADY)


@dataclass(frozen=True, slots=True)
class Encoded:
    """How an encoding ended; `key` and `chip` are of a card that is good."""

    outcome: Encoding
    key: CardKey | None = None
    chip: Chip | None = None


class _Stop(Exception):
    def __init__(self, outcome: Encoding, chip: Chip | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome, self.chip = outcome, chip


Step = Generator[Frame, Answer, None]


def encode(
    card: Card, keys: Sequence[CardKey], random: Random
) -> Generator[Frame, Answer, Encoded]:
    """Encode a selected card with the first of `keys`, the newest; the others are older ones."""
    if not keys or not may_prove(card.uid, card.sak):
        return Encoded(Encoding.UNSUITABLE)
    try:
        chip = yield from _encoded(card, keys, random)
    except _Stop as stop:
        return Encoded(stop.outcome, keys[0] if stop.outcome.good else None, stop.chip)
    except Failed as failure:
        gone = failure.trouble in (Trouble.SILENT, Trouble.DAMAGED)
        return Encoded(Encoding.INTERRUPTED if gone else Encoding.FAILED)
    return Encoded(Encoding.DONE, keys[0], chip)


def _encoded(card: Card, keys: Sequence[CardKey], random: Random) -> Generator[Frame, Answer, Chip]:
    met = yield from prove(card, keys, random)
    if met.key is not None:
        newest = met.key == keys[0]
        raise _Stop(Encoding.ALREADY if newest else Encoding.OLD_KEY_LOCKED, met.chip)
    chip, old = yield from _opened(card, keys, random)
    new = keys[0].of(chip, card.uid)
    if old != new:
        yield from _expect_open(chip)
        yield from _write(Mark(chip, False, keys[0].id).pages())
        yield from _write(key_pages(chip, new, LAYOUTS[chip].key_page))
        yield from _proven(card, chip, new, random)
    yield from _closed(card, chip, keys[0])
    yield from _proven(card, chip, new, random)
    yield from _write(Mark(chip, True, keys[0].id).pages())
    yield from _again(card)
    last: Met = yield from prove(card, keys[:1], random)
    if last.key is None:
        gone = last.why in (None, Unproven.INTERRUPTED)
        raise _Stop(Encoding.INTERRUPTED if gone else Encoding.FAILED)
    return chip


def _opened(
    card: Card, keys: Sequence[CardKey], random: Random
) -> Generator[Frame, Answer, tuple[Chip, bytes]]:
    """Find the key that a card has, and prove it; raise _Stop if it is none that may be replaced.

    A blank card gets one question. Only one that says that we began with it gets more.
    """
    yield from _again(card)
    mark = Mark.of((yield from read(MARK_PAGE)))
    try:
        chip, sealed = yield from challenge()
    except Failed as failure:
        refused = failure.trouble is Trouble.REFUSED
        raise (_Stop(Encoding.UNSUITABLE) if refused else failure) from failure
    candidates = _candidates(chip, card.uid, keys, mark)
    for number, key in enumerate(candidates):
        if number:
            yield from _again(card)
            _, sealed = yield from challenge()
        try:
            yield from respond(chip, key, sealed, random(LAYOUTS[chip].block))
        except Failed as failure:
            if failure.trouble is not Trouble.WRONG:
                raise
        else:
            return chip, key
    raise _Stop(Encoding.NOT_BLANK)


def _candidates(chip: Chip, uid: bytes, keys: Sequence[CardKey], mark: Mark | None) -> list[bytes]:
    factory = LAYOUTS[chip].factory
    if mark is None or mark.chip is not chip:
        return [factory]
    begun = [each.of(chip, uid) for each in keys if each.id == mark.key_id]
    if not begun:
        return [factory]
    olds = [factory, *(each.of(chip, uid) for each in keys if each.id != mark.key_id)]
    torn = [
        torn_key(chip, old, new, pages)
        for new in begun
        for old in olds
        for pages in range(_KEY_PAGES)
    ]
    return [*begun, *torn]


def _expect_open(chip: Chip) -> Step:
    """Raise _Stop unless pages 4 and 5, keys and settings can be written."""
    fixed = (yield from read(0))[10] & _STATIC_LOCKS
    if fixed or _locks(chip, (yield from _settings(chip))):
        raise _Stop(Encoding.LOCKED)


def _closed(card: Card, chip: Chip, key: CardKey) -> Step:
    """Protect and lock; what cannot be undone comes last, and what is done is not done again."""
    now, second = (yield from _settings(chip)), LAYOUTS[chip].second_key_page
    if locked(chip, b"".join(now[LAYOUTS[chip].lock_page + at] for at in range(4))):
        return
    if second is not None and not now[_KEY_LOCKS][0]:
        yield from _write(key_pages(chip, key.of(chip, card.uid, 1), second))
    yield from _write([each for each in _SETTINGS[chip] if now[each[0]] != each[1]])


def _settings(chip: Chip) -> Generator[Frame, Answer, dict[int, bytes]]:
    """Return the pages of settings and locks, by their numbers."""
    begin = LAYOUTS[chip].lock_page
    pages = yield from read(begin)
    found = {begin + at: pages[at * PAGE_BYTES : (at + 1) * PAGE_BYTES] for at in range(4)}
    if chip is Chip.AES:
        found[_FIRST_SETTINGS] = (yield from read(_FIRST_SETTINGS))[:PAGE_BYTES]
    return found


def _locks(chip: Chip, settings: dict[int, bytes]) -> bool:
    """Whether any lock of keys or settings is closed."""
    if chip is Chip.C:
        return bool(settings[0x28][1])
    return bool(settings[0x2A][0] & 0x40 or settings[_KEY_LOCKS][0] & 0xE0)


def _write(pages: Iterable[tuple[int, bytes]]) -> Step:
    for page, four in pages:
        yield from write(page, four)


_KEY_LOCKS, _FIRST_SETTINGS = 0x2D, 0x29  # of Ultralight AES
_SETTINGS: dict[Chip, list[tuple[int, bytes]]] = {
    Chip.C: [
        (0x2B, b"\x01\x00\x00\x00"),  # AUTH1: reading stays open, writing takes a proof
        (0x2A, bytes((MARK_PAGE, 0, 0, 0))),  # AUTH0
        (0x28, b"\x00\xff\x00\x00"),  # locks of key, AUTH1, AUTH0, counter, with their block bits
    ],
    Chip.AES: [
        (0x2A, b"\x00\x05\x00\x00"),  # PROT off: reading stays open; VCTID as from the factory
        (0x29, bytes((0, 0, 0, MARK_PAGE))),  # no random number, AUTH0
        (0x2D, b"\xe0\x00\x00\x00"),  # locks of both keys and of the locks
        # CFGLCK and AUTH_LIM, low byte first
        (0x2A, b"\x40\x05" + FAILED_PROOFS.to_bytes(2, "little")),
    ],
}


def _proven(card: Card, chip: Chip, key: bytes, random: Random) -> Step:
    """Activate the card anew, which is when a new key counts, and prove it."""
    yield from _again(card)
    found, sealed = yield from challenge()
    if found is not chip:
        raise _Stop(Encoding.FAILED)
    try:
        yield from respond(chip, key, sealed, random(LAYOUTS[chip].block))
    except Failed as failure:
        wrong = failure.trouble is Trouble.WRONG
        raise (_Stop(Encoding.FAILED) if wrong else failure) from failure


def _again(card: Card) -> Step:
    """Select the card anew; raise Failed if it is not there."""
    if not (yield from reactivate(card.uid)):
        raise Failed(Trouble.SILENT)
