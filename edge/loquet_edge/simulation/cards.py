"""Virtual ISO 14443 type A cards, with the states of ISO/IEC 14443-3 clause 6.3.

A card starts in IDLE when it gets power. REQA or WUPA brings it to READY, where it takes part in
the anticollision of one cascade level after another; SELECT with its own number brings it to
ACTIVE. HLTA sends it to HALT, from which only WUPA wakes it. A frame that does not belong to the
state sends it back to where it was woken from, in silence: to IDLE, or to HALT (the starred states
of the standard).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .air import Bits, Burst, crc16, to_bits, to_bytes, with_crc

_REQA = to_bits(b"\x26", 7)
_WUPA = to_bits(b"\x52", 7)
_HLTA = b"\x50\x00"
_CASCADE_TAG = 0x88
_SELECT = (0x93, 0x95, 0x97)
_CRC_PRESET = 0x6363
_NOT_COMPLETE = 0x04  # SAK bit 3: more of the number follows
_ATQA = {4: 0x0004, 7: 0x0044, 10: 0x0084}


class State(Enum):
    """Where a card is; `woken_from` keeps the star of READY* and ACTIVE*."""

    IDLE = "idle"
    READY = "ready"
    ACTIVE = "active"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class Nibble:
    """A four-bit answer (acknowledge 0xA, or a refusal) as type 2 tags give it: no CRC."""

    value: int


def cascade_levels(uid: bytes) -> list[bytes]:
    """The number cut into its cascade levels: four bytes and their check byte each."""
    parts = {
        4: lambda: [uid],
        7: lambda: [bytes([_CASCADE_TAG]) + uid[:3], uid[3:]],
        10: lambda: [
            bytes([_CASCADE_TAG]) + uid[:3],
            bytes([_CASCADE_TAG]) + uid[3:6],
            uid[6:],
        ],
    }
    if len(uid) not in parts:
        raise ValueError(f"a card number has 4, 7 or 10 bytes, not {len(uid)}")
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts[len(uid)]()]


class VirtualCard:
    """A card with a fixed number of 4, 7 or 10 bytes; `delay` is extra seconds before each answer.

    Subclasses give it applications through `application`.
    """

    def __init__(self, uid: bytes, *, sak: int = 0x00, atqa: int | None = None, delay: float = 0.0):
        self.uid = bytes(uid)
        self._levels = cascade_levels(self.uid)
        self._sak = sak & ~_NOT_COMPLETE
        self._atqa = _ATQA[len(uid)] if atqa is None else atqa
        self.delay = delay
        self.power_off()

    def power_off(self) -> None:
        """Forget everything but the number."""
        self.state = State.IDLE
        self.woken_from = State.IDLE
        self._level = 0
        self.reset()

    def reset(self) -> None:
        """Hook: forget what the application knew (an authentication, a half-done command)."""

    def application(self, frame: bytes) -> bytes | Nibble | None:
        """Hook: answer a frame given in ACTIVE, without CRC; None refuses it and leaves ACTIVE."""
        del frame
        return None

    def receive(self, frame: Bits) -> Burst | None:
        """Hear one frame and answer as the state asks."""
        if frame == _WUPA or (frame == _REQA and self.state is not State.HALT):
            return self._wake()
        if self.state is State.READY:
            return self._in_ready(frame)
        if self.state is State.ACTIVE:
            return self._in_active(frame)
        return None

    def _wake(self) -> Burst | None:
        if self.state not in (State.IDLE, State.HALT):
            self._fall_back()
            return None
        self.woken_from, self.state, self._level = self.state, State.READY, 0
        return Burst(to_bits(self._atqa.to_bytes(2, "little")), delay=self.delay)

    def _fall_back(self) -> None:
        self.state = self.woken_from
        self._level = 0
        self.reset()

    def _in_ready(self, frame: Bits) -> Burst | None:
        data = to_bytes(frame)
        if len(data) < 2 or data[0] != _SELECT[self._level]:
            self._fall_back()
            return None
        if data[1] == 0x70:
            return self._selected(data, frame)
        return self._anticollision(data, frame)

    def _anticollision(self, data: bytes, frame: Bits) -> Burst | None:
        """Send the rest of this level's number, if the part that the reader sent is ours."""
        known = (data[1] >> 4) * 8 + (data[1] & 0x0F) - 16
        own = to_bits(self._levels[self._level])
        if not 0 <= known < 40 or len(frame) != 16 + known or frame[16:] != own[:known]:
            self._fall_back()
            return None
        return Burst(own[known:], first_byte=8 - known % 8, delay=self.delay)

    def _selected(self, data: bytes, frame: Bits) -> Burst | None:
        valid = len(frame) == 72 and crc16(data[:-2], _CRC_PRESET) == data[-2:]
        if not valid or data[2:7] != self._levels[self._level]:
            self._fall_back()
            return None
        self._level += 1
        if self._level < len(self._levels):
            return self._burst(bytes([self._sak | _NOT_COMPLETE]))
        self.state = State.ACTIVE
        return self._burst(bytes([self._sak]))

    def _in_active(self, frame: Bits) -> Burst | None:
        data = to_bytes(frame)
        whole = len(frame) % 8 == 0 and len(data) > 2
        payload = data[:-2]
        if not whole or crc16(payload, _CRC_PRESET) != data[-2:]:
            self._fall_back()
            return None
        if payload == _HLTA:
            self._fall_back()
            self.state = State.HALT
            return None
        answer = self.application(payload)
        if answer is None:
            self._fall_back()
            return None
        if isinstance(answer, Nibble):
            return Burst(to_bits(bytes([answer.value]), 4), delay=self.delay)
        return self._burst(answer)

    def _burst(self, payload: bytes) -> Burst:
        return Burst(to_bits(with_crc(payload)), delay=self.delay)
