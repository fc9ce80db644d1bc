"""The words of an HLK-LD2410 radar: bytes in, reports and replies out.

How it thinks. A radar talks about ten times a second, unasked, in *reports*; to a command it
answers with a *reply*. Both are a head, a length, that many bytes and a tail, and neither has a
checksum. So a frame counts only when head, length, inner head and inner tail and the outer tail
are all where they belong; after a byte that is not, the search goes on one byte later, and what
was lost is lost. Nothing here can fail on any bytes, and no more than one frame is ever kept.

Only the state byte of a report is believed. A report of nobody still carries the distance and
the energy of an echo, so that whoever reads those sees people who are not there.

Frames: "HLK-LD2410 serial communication protocol", Shenzhen Hi-Link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum

BAUD = 256_000
"""Bits per second as delivered."""
MOST_BYTES = 64
"""Of one frame's inside; the longest there is (engineering mode, nine gates) has 35."""


class Envelope(Enum):
    """What a frame is, by its head and tail."""

    REPORT = (bytes.fromhex("F4F3F2F1"), bytes.fromhex("F8F7F6F5"))
    COMMAND = (bytes.fromhex("FDFCFBFA"), bytes.fromhex("04030201"))
    """A command to the radar, or its reply."""

    @property
    def head(self) -> bytes:
        return self.value[0]

    @property
    def tail(self) -> bytes:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stood between head and tail, without the length."""

    envelope: Envelope
    inside: bytes


class Target(IntEnum):
    """The state byte of a report."""

    NOBODY = 0
    MOVING = 1
    STILL = 2
    BOTH = 3

    @property
    def somebody(self) -> bool:
        return self is not Target.NOBODY


def framed(envelope: Envelope, inside: bytes) -> bytes:
    """Return a frame as it goes over the wire."""
    return envelope.head + len(inside).to_bytes(2, "little") + inside + envelope.tail


class Frames:
    """Finds frames in a stream of bytes, however it is cut, and among garbage."""

    def __init__(self) -> None:
        self.kept = b""
        """What may still become a frame: less than one."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Give every frame that is complete now."""
        self.kept += data
        while True:
            start, envelope = _first_head(self.kept)
            self.kept = self.kept[start:]
            if envelope is None or len(self.kept) < 6:
                return
            count = int.from_bytes(self.kept[4:6], "little")
            end = 6 + count
            if count > MOST_BYTES:
                self.kept = self.kept[1:]
                continue
            if len(self.kept) < end + 4:
                return
            if self.kept[end : end + 4] != envelope.tail:
                self.kept = self.kept[1:]
                continue
            found, self.kept = self.kept[6:end], self.kept[end + 4 :]
            yield Frame(envelope, found)


def target_of(inside: bytes) -> Target | None:
    """Return what a report says; None for one that is damaged or says nothing about people.

    States above 3 are those of a radar that is measuring its surroundings.
    """
    if len(inside) < 13 or inside[1] != 0xAA or inside[-2:] != b"\x55\x00" or inside[2] > 3:
        return None
    if inside[0] == _BASIC:
        return Target(inside[2]) if len(inside) == 13 else None
    if inside[0] != _ENGINEERING or len(inside) < 15:
        return None
    # Two gate counts, and one energy for each gate from 0 to that count.
    energies = inside[11] + 1 + inside[12] + 1
    return Target(inside[2]) if len(inside) >= 13 + energies + 2 else None


_BASIC, _ENGINEERING = 0x02, 0x01


def _first_head(data: bytes) -> tuple[int, Envelope | None]:
    """Return where a head begins, whole or cut off by the end, and whose it is if it is whole."""
    found: tuple[int, Envelope | None] = (len(data), None)
    for envelope in Envelope:
        at = data.find(envelope.head)
        if 0 <= at < found[0]:
            found = (at, envelope)
    for kept in (3, 2, 1):
        if found[1] is None and any(data.endswith(each.head[:kept]) for each in Envelope):
            return len(data) - kept, None
    return found
