"""ISO/IEC 14443-3 type A, the layer that finds cards and learns their whole numbers.

How it thinks. All cards in a field hear everything. REQA wakes those that are new, WUPA also those
that were put to sleep with HLTA. The woken cards are then told apart level by level: the reader
sends the part of a number that it knows, and every card whose number begins like that sends the
rest. They send in step, so the reader sees where two of them differ: a collision. It keeps what
came before, takes the value that it received at the collision (some card has it), and asks again
with the longer beginning, until one card is left. SELECT with four bytes and their check byte makes
that card answer SAK, which says whether more of its number follows on the next level. A number of
4, 7 or 10 bytes takes 1, 2 or 3 levels; every level but the last begins with the cascade tag 0x88.

Where a collision is, readers count differently: from the first bit received, from the byte in which
it lands, or from the start of the level. The smallest of these readings that moves forward is never
behind the true place, since what is kept are bits that were received before it; so it is the one
taken, at the price of an extra round where the reader counts in another way.

Everything here is a generator: it yields the frames to send and is sent the answers, so a driver
runs it with `exchange`, and a test with a list.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

CASCADE_TAG = 0x88
ANSWER_SECONDS = 0.0006
"""Seconds to wait for an answer: the standard fixes 91 us at this layer (clause 6.2.1.1), this
leaves room for slow cards; HLTA counts as accepted when nothing answers."""

_SELECT = (0x93, 0x95, 0x97)
_SELECT_WHOLE = 0x70  # NVB: seven whole bytes
_UID_FOLLOWS = 0x04  # SAK bit 3, clause 6.5.3.4
_LEVEL_BITS = 40  # four bytes and their check byte
_NUMBER_BITS = 32
_RANDOM_FIRST_BYTE = 0x08  # clause 6.5.4
_UID_SIZES = (4, 7, 10)

Result = TypeVar("Result")


class Wake(IntEnum):
    """The two short frames of seven bits that wake cards (clause 6.4.1)."""

    REQA = 0x26
    WUPA = 0x52


@dataclass(frozen=True, slots=True)
class Frame:
    """What to send: the last byte carries `last_bits` bits (0 means eight).

    `rx_align` is the bit of a byte at which the answer goes on; `timeout` is in seconds.
    `answer_bits` is the length of the usual answer, 0 where silence is as usual.
    """

    data: bytes
    last_bits: int = 0
    rx_align: int = 0
    timeout: float = ANSWER_SECONDS
    answer_bits: int = 0

    @property
    def bits(self) -> int:
        """How many data bits the frame has."""
        return len(self.data) * 8 - (8 - self.last_bits if self.last_bits else 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `bits` data bits in `data`, moved up by the frame's `rx_align`.

    `collision` is the reader's own count of the first collision, from 1. `damaged` says that the
    reader found a fault (parity, overflow).
    """

    data: bytes = b""
    bits: int = 0
    collision: int | None = None
    damaged: bool = False

    @property
    def silent(self) -> bool:
        """Nothing came at all."""
        return self.bits == 0 and self.collision is None and not self.damaged


SILENCE = Answer()


@dataclass(frozen=True, slots=True)
class Card:
    """A selected card: its whole number of 4, 7 or 10 bytes and its last SAK."""

    uid: bytes = field(repr=False)
    sak: int

    @property
    def random(self) -> bool:
        """Whether the number is made anew each time the card gets power."""
        return is_random(self.uid)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No card was read. `heard` says that something answered: trying again makes sense."""

    heard: bool


Found = Card | Nothing


def crc_a(data: bytes) -> bytes:
    """CRC_A of `data`, low byte first (ISO/IEC 14443-3 annex B)."""
    crc = 0x6363
    for byte in data:
        low = (byte ^ crc) & 0xFF
        low ^= low << 4 & 0xFF
        crc = crc >> 8 ^ low << 8 ^ low << 3 ^ low >> 4
    return bytes((crc & 0xFF, crc >> 8))


def checked(data: bytes) -> bytes | None:
    """The content of an answer that ends with a right CRC_A, else None."""
    return data[:-2] if len(data) > 2 and crc_a(data[:-2]) == data[-2:] else None


def bcc(four: bytes) -> int:
    """Check byte of one level: exclusive or of its four bytes (clause 6.5.3.1)."""
    return four[0] ^ four[1] ^ four[2] ^ four[3]


def odd_parity(byte: int) -> int:
    """The ninth bit of a byte on the air, which makes the number of ones odd (clause 6.2.3.1)."""
    return 1 - byte.bit_count() % 2


def is_random(uid: bytes) -> bool:
    """Whether a number is random: 4 bytes of which the first is 0x08 (phones, bank cards)."""
    return len(uid) == 4 and uid[0] == _RANDOM_FIRST_BYTE


def levels(uid: bytes) -> list[bytes]:
    """A number cut into the four bytes of each level; ValueError unless 4, 7 or 10 bytes."""
    if len(uid) not in _UID_SIZES:
        raise ValueError(f"a type A number has 4, 7 or 10 bytes, not {len(uid)}")
    tag, last = bytes((CASCADE_TAG,)), len(uid) - 4
    return [*(tag + uid[start : start + 3] for start in range(0, last, 3)), uid[last:]]


def activate(wake: Wake) -> Generator[Frame, Answer, Found]:
    """Wake cards and select one of them; it is then ACTIVE and waits for commands or HLTA."""
    answer = yield _wake_frame(wake)
    if answer.silent:
        return Nothing(heard=False)
    uid = b""
    for level in range(len(_SELECT)):
        four = yield from _resolve(level)
        if four is None:
            return Nothing(heard=True)
        sak = yield from _select(level, four)
        if sak is None:
            return Nothing(heard=True)
        if not sak & _UID_FOLLOWS:
            return Card(uid + four, sak)
        if four[0] != CASCADE_TAG:
            return Nothing(heard=True)
        uid += four[1:]
    return Nothing(heard=True)


def reselect(uid: bytes) -> Generator[Frame, Answer, Found]:
    """Wake every card and select the one whose number is known, without anticollision."""
    answer = yield _wake_frame(Wake.WUPA)
    if answer.silent:
        return Nothing(heard=False)
    last = len(levels(uid)) - 1
    for level, four in enumerate(levels(uid)):
        sak = yield from _select(level, four)
        if sak is None or bool(sak & _UID_FOLLOWS) != (level < last):
            return Nothing(heard=True)
        if level == last:
            return Card(uid, sak)
    return Nothing(heard=True)


def halt() -> Generator[Frame, Answer, bool]:
    """Put the selected card to sleep until WUPA; False when something answered, a refusal."""
    command = b"\x50\x00"
    answer = yield Frame(command + crc_a(command))
    return answer.silent


def run(steps: Generator[Frame, Answer, Result], exchange: Callable[[Frame], Answer]) -> Result:
    """Perform a conversation with `exchange`, which sends a frame and gives its answer."""
    answer: Answer | None = None
    while True:
        try:
            frame = next(steps) if answer is None else steps.send(answer)
        except StopIteration as end:
            result: Result = end.value
            return result
        answer = exchange(frame)


def _wake_frame(wake: Wake) -> Frame:
    return Frame(bytes((wake,)), last_bits=7)


def _select(level: int, four: bytes) -> Generator[Frame, Answer, int | None]:
    """SELECT with a whole level; its SAK, or None."""
    data = bytes((_SELECT[level], _SELECT_WHOLE)) + four + bytes((bcc(four),))
    answer = yield Frame(data + crc_a(data), answer_bits=24)
    if answer.damaged or answer.collision is not None or answer.bits != 24:
        return None
    content = checked(answer.data)
    return None if content is None else content[0]


def _resolve(level: int) -> Generator[Frame, Answer, bytes | None]:
    """Anticollision on one level: the four bytes of one card there, or None."""
    known, value = 0, 0
    while known < _NUMBER_BITS:
        answer = yield _anticollision_frame(level, known, value)
        place = _collision_place(answer, known)
        if answer.damaged or answer.silent or place == 0:
            return None
        received = int.from_bytes(answer.data, "little") >> known % 8
        if place is None:
            return _checked_level(answer, known, value | received << known)
        value |= (received & (1 << place) - 1) << known
        known += place
    return value.to_bytes(4, "little")


def _collision_place(answer: Answer, known: int) -> int | None:
    """How many received bits are surely right, the collision's included; 0 when that is unclear."""
    if answer.collision is None:
        return None
    readings = (answer.collision, answer.collision - known % 8, answer.collision - known)
    ahead = [reading for reading in readings if 0 < reading <= _NUMBER_BITS - known]
    return min(ahead, default=0)


def _checked_level(answer: Answer, known: int, value: int) -> bytes | None:
    if answer.bits != _LEVEL_BITS - known:
        return None
    five = (value & (1 << _LEVEL_BITS) - 1).to_bytes(5, "little")
    return five[:4] if bcc(five[:4]) == five[4] else None


def _anticollision_frame(level: int, known: int, value: int) -> Frame:
    """The known beginning of a number; NVB counts whole bytes and bits (clause 6.5.3.2)."""
    whole, rest = divmod(known, 8)
    nvb = (2 + whole) << 4 | rest
    data = bytes((_SELECT[level], nvb)) + value.to_bytes(5, "little")[: whole + (rest > 0)]
    return Frame(data, last_bits=rest, rx_align=rest, answer_bits=_LEVEL_BITS - known)
