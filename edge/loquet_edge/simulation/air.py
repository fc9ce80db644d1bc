"""The air between a reader's antenna and the cards: bits, parity, collisions, time (ISO 14443-3 A).

Cards answer in step, bit by bit. Where two cards send different bits at the same moment, the reader
sees a collision there; where they agree, it sees one bit. A noisy line is a function that is given
the burst on its way to the reader and returns what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

CARRIER_HZ = 13.56e6
BIT_SECONDS = 128 / CARRIER_HZ  # 106 kbit/s, ISO/IEC 14443-2 clause 8.1.1
_DELAY_AFTER_ONE = 1236 / CARRIER_HZ  # frame delay times, ISO/IEC 14443-3 clause 6.2.1.1
_DELAY_AFTER_ZERO = 1172 / CARRIER_HZ

Bits = tuple[int, ...]


def to_bits(data: bytes, count: int | None = None) -> Bits:
    """Bits of `data`, least significant first, as sent on the air; `count` cuts the last byte."""
    every = tuple(byte >> place & 1 for byte in data for place in range(8))
    return every if count is None else every[:count]


def to_bytes(bits: Bits) -> bytes:
    """Bytes of bits that come least significant first; missing high bits are 0."""
    return bytes(
        sum(bit << place for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    )


def crc16(data: Iterable[int], preset: int) -> bytes:
    """Reflected CRC-16/CCITT from `preset`, low byte first (0x6363 is CRC_A)."""
    value = preset
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    """`data` followed by its CRC_A (ISO/IEC 14443-3 annex B)."""
    return data + crc16(data, 0x6363)


@dataclass(frozen=True, slots=True)
class Burst:
    """What cards send: data bits, the size of the first (perhaps split) byte, and its faults.

    `collisions` are positions in `bits`; `delay` is seconds beyond the frame delay time.
    """

    bits: Bits
    first_byte: int = 8
    parity_ok: bool = True
    collisions: tuple[int, ...] = ()
    delay: float = 0.0

    @property
    def seconds(self) -> float:
        """Seconds on the air: start bit, data bits, one parity bit a byte."""
        return (1 + len(self.bits) + -(-len(self.bits) // 8)) * BIT_SECONDS


class Card(Protocol):
    """Anything that a field can power and talk to."""

    def power_off(self) -> None:
        """Lose all state: the card left the field, or the field went down."""

    def receive(self, frame: Bits) -> Burst | None:
        """Hear one frame; answer, or stay silent."""


def frame_seconds(bits: int) -> float:
    """Seconds that a reader needs to send a frame of `bits` data bits."""
    parity = bits // 8 if bits > 7 else 0
    return (1 + bits + parity + 1) * BIT_SECONDS


def frame_delay(frame: Bits) -> float:
    """Seconds from the end of the reader's frame to the start of the answer."""
    return _DELAY_AFTER_ONE if frame and frame[-1] else _DELAY_AFTER_ZERO


def superpose(bursts: list[Burst]) -> Burst:
    """One burst as the antenna sees several cards at the same time."""
    longest = max(bursts, key=lambda burst: len(burst.bits))
    seen: list[int] = []
    collisions: list[int] = []
    for position in range(len(longest.bits)):
        values = {burst.bits[position] for burst in bursts if position < len(burst.bits)}
        if len(values) > 1:
            collisions.append(position)
        seen.append(max(values))
    return replace(longest, bits=tuple(seen), collisions=tuple(collisions))


@dataclass
class Field:
    """The field of one antenna. Cards may be placed and removed from another thread.

    `air_seconds` sums the time that frames, delays and answers took: the floor of any exchange.
    """

    cards: tuple[Card, ...] = ()
    powered: bool = False
    noise: Callable[[Burst], Burst | None] | None = None
    frames: int = 0
    air_seconds: float = 0.0
    heard: list[Bits] = field(default_factory=list)
    keep_frames: bool = False

    def place(self, card: Card) -> None:
        """Bring a card into the field; placing it twice changes nothing."""
        if card not in self.cards:
            self.cards = (*self.cards, card)

    def remove(self, card: Card) -> None:
        """Take a card away; it loses its state."""
        self.cards = tuple(other for other in self.cards if other is not card)
        card.power_off()

    def clear(self) -> None:
        """Take every card away."""
        for card in self.cards:
            self.remove(card)

    def power(self, on: bool) -> None:
        """Switch the carrier; without it every card forgets."""
        if not on:
            for card in self.cards:
                card.power_off()
        self.powered = on

    def exchange(self, frame: Bits) -> Burst | None:
        """Send a frame to every card in a powered field; the joined answer, or None for silence."""
        self.frames += 1
        self.air_seconds += frame_seconds(len(frame))
        if self.keep_frames:
            self.heard.append(frame)
        if not self.powered:
            return None
        answers = [burst for card in self.cards if (burst := card.receive(frame)) is not None]
        joined: Burst | None = superpose(answers) if answers else None
        if joined is not None and self.noise is not None:
            joined = self.noise(joined)
        if joined is not None:
            self.air_seconds += frame_delay(frame) + joined.delay + joined.seconds
        return joined
