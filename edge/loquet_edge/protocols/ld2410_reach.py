"""How far an HLK-LD2410 shall look: a short talk with the radar, as a machine without a clock.

How it thinks. A radar listens to commands only between *enable* and *end*, and reports nothing
meanwhile. So the talk is: enable, read what is set, write only if it differs (its memory wears),
read again, end. Every command is answered, and an answer that says no, or none after three
tries, ends the talk as failed; *end* is sent in any case, or the radar would stay silent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from loquet_edge.protocols.ld2410 import Envelope, framed

GATE_METRES = 0.75
"""Depth of one gate, as delivered."""
NEAREST, FARTHEST = 1.5, 6.0
"""Metres: the protocol takes 2 to 8 gates."""
ANSWER_SECONDS = 0.5
TRIES = 3


class Word(IntEnum):
    """A command word; the reply's is 0x0100 more."""

    ENABLE = 0xFF
    READ = 0x61
    WRITE = 0x60
    END = 0xFE


@dataclass(frozen=True, slots=True)
class Reach:
    """The farthest gates for movers and for sitters, and the radar's own hold in seconds."""

    moving: int
    still: int
    hold: int


def gates(metres: float) -> int:
    """Return how many gates reach at least this far."""
    return math.ceil(metres / GATE_METRES)


def command(word: Word, value: bytes = b"") -> bytes:
    """Return a command as it goes over the wire."""
    return framed(Envelope.COMMAND, word.to_bytes(2, "little") + value)


def write(reach: Reach) -> bytes:
    """Return the command that sets a reach."""
    pairs = enumerate((reach.moving, reach.still, reach.hold))
    return command(
        Word.WRITE, b"".join(at.to_bytes(2, "little") + n.to_bytes(4, "little") for at, n in pairs)
    )


def reach_of(inside: bytes) -> Reach | None:
    """Return the reach that a reply to READ tells; None if it is damaged."""
    if len(inside) < 10 or inside[4] != 0xAA:
        return None
    most = inside[5]
    if len(inside) != 8 + 2 * (most + 1) + 2:
        return None
    return Reach(inside[6], inside[7], int.from_bytes(inside[-2:], "little"))


class Settling:
    """One talk. ``to_send`` gives what is due; ``hear`` takes each reply; then ``done``.

    ``failed`` says what the radar did not do. Monotonic seconds.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._word = Word.ENABLE
        self._tries = 0
        self._at = -math.inf
        self._wanted: Reach | None = None
        self.done = False
        self.failed: str | None = None

    def to_send(self, now: float) -> bytes | None:
        """Return a command that is due, or None."""
        if self.done or now < self._at + ANSWER_SECONDS:
            return None
        if self._tries == TRIES:
            self._fail(f"does not answer the command {self._word.name.lower()}")
            if self.done:
                return None
        self._tries, self._at = self._tries + 1, now
        match self._word:
            case Word.ENABLE:
                return command(Word.ENABLE, b"\x01\x00")
            case Word.WRITE if self._wanted is not None:
                return write(self._wanted)
            case word:
                return command(word)

    def hear(self, inside: bytes) -> None:
        """Take a reply; one to another command than the latest is ignored."""
        if self.done or len(inside) < 4 or inside[0] != self._word or inside[1] != 1:
            return
        if inside[2:4] != b"\x00\x00":
            self._fail(f"refuses the command {self._word.name.lower()}")
            return
        match self._word:
            case Word.ENABLE:
                self._next(Word.READ)
            case Word.READ:
                self._compare(reach_of(inside))
            case Word.WRITE:
                self._next(Word.READ)
            case Word.END:
                self.done = True

    def _compare(self, found: Reach | None) -> None:
        if found is None:
            return  # damaged: the question is asked again
        if (found.moving, found.still) == (self._count, self._count):
            self._next(Word.END)
        elif self._wanted is not None:
            self._fail("took its reach and has not kept it")
        else:
            self._wanted = Reach(self._count, self._count, found.hold)
            self._next(Word.WRITE)

    def _next(self, word: Word) -> None:
        self._word, self._tries, self._at = word, 0, -math.inf

    def _fail(self, why: str) -> None:
        self.failed = self.failed or why
        if self._word is Word.END:
            self.done = True
        else:
            self._next(Word.END)
