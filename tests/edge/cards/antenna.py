"""A field with virtual cards, as `run` talks to it; and hands that spoil what goes through."""

from __future__ import annotations

from collections.abc import Callable

from loquet_edge.protocols.card_keys import CardKey, Known, Met, prove, reactivate
from loquet_edge.protocols.encoding import Encoded, encode
from loquet_edge.protocols.iso14443 import SILENCE, Answer, Card, Frame, run
from loquet_edge.simulation.air import Field, to_bits, to_bytes
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.ultralight_cards import UltralightAes, UltralightC, UltralightCard

UID = bytes.fromhex("04a1b2c3d4e5f6")
FIRST, SECOND = CardKey(1, bytes(range(16))), CardKey(2, bytes(range(16, 32)))
KINDS: tuple[type[UltralightCard], ...] = (UltralightC, UltralightAes)
Spoil = Callable[[int, Frame, Answer], Answer]
"""Given the number of the frame (from 0), the frame and the honest answer."""


class Numbers:
    """Random enough for a test: never the same again, and the same each run."""

    def __init__(self, seed: int = 1) -> None:
        self._next = seed

    def __call__(self, size: int) -> bytes:
        self._next += 1
        return (self._next * 0x9E3779B97F4A7C15F39CC0605CEDC835).to_bytes(40, "little")[:size]


class Antenna:
    """Frames to the cards in a powered field; `spoil` may change each answer."""

    def __init__(self, *cards: VirtualCard, spoil: Spoil | None = None) -> None:
        self.field = Field(powered=True)
        for card in cards:
            self.field.place(card)
        self.spoil = spoil
        self.frames: list[Frame] = []
        self.answers: list[Answer] = []

    def exchange(self, frame: Frame) -> Answer:
        burst = self.field.exchange(to_bits(frame.data, frame.bits))
        answer = SILENCE
        if burst is not None:
            first = burst.collisions[0] + 1 if burst.collisions else None
            data = to_bytes((*[0] * frame.rx_align, *burst.bits))
            answer = Answer(data, len(burst.bits), first, not burst.parity_ok)
        if self.spoil is not None:
            answer = self.spoil(len(self.frames), frame, answer)
        self.frames.append(frame)
        self.answers.append(answer)
        return answer

    def prove(self, *keys: CardKey, uid: bytes = UID, known: Known | None = None) -> Met:
        """Select the card and have it prove one of these keys."""
        self.select(uid)
        return run(prove(Card(uid, 0), keys, Numbers(), known), self.exchange)

    def encode(self, *keys: CardKey, uid: bytes = UID) -> Encoded:
        """Select the card and encode it with the first of these keys."""
        self.select(uid)
        return run(encode(Card(uid, 0), keys, Numbers(7)), self.exchange)

    def select(self, uid: bytes = UID) -> None:
        """Select a card; what is spoilt counts from then on."""
        spoil, self.spoil = self.spoil, None
        run(reactivate(uid), self.exchange)
        self.spoil = spoil
        self.frames, self.answers = [], []


def encoded(kind: type[UltralightCard], key: CardKey = FIRST, uid: bytes = UID) -> UltralightCard:
    """A card of ours, finished."""
    card = kind(uid)
    antenna = Antenna(card)
    assert antenna.encode(key, uid=uid).outcome.good
    card.power_off()
    card.written.clear()
    return card


def copy_of(card: UltralightCard) -> UltralightCard:
    """What a thief can make: the same number and every page that can be read, not the keys."""
    found = type(card)(card.uid)
    for page in range(card.pages):
        if page not in card.key_pages:
            found.put(page, card.page(page))
    return found
