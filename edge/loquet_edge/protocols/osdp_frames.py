"""What may pass between the unit and an OSDP reader: whole, expected, and never in clear.

How it thinks. The library that speaks OSDP decides what to say; this gate stands between it and
the wire and lets a frame through only if the protocol's present step allows it. Outward, in clear
text only the questions that set a secure channel up (who are you, what can you do, challenge,
proof); everything else must be sealed. Inward, one answer to one question, from the address that
was asked, with a right CRC, of a length that the library can hold, and sealed if the question
was. Two answers in clear are always understood, since a reader gives them when it has lost its
side: NAK, which ends the channel, and BUSY, which asks for patience.

That matters beyond tidiness: libosdp 3.2.9 keeps a card number that was sent in clear while the
channel was being set up and reports it once the channel stands, as if the reader had sealed it.

Frames are those of SIA OSDP v2.2, chapter 5 and annex D (IEC 60839-11-5): a mark, address,
length, control, an optional security block, code, data, an optional MAC, CRC-16.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

MARK, START = 0xFF, 0x53
FROM_READER = 0x80
WITH_CRC, WITH_SECURITY = 0x04, 0x08
LEAST = 8
"""Bytes of the shortest frame: five of header, a code, two of CRC."""
MOST_PLAIN = 64
"""Bytes of the longest answer in clear that is expected: sixteen capabilities."""
MOST_SEALED = 95
"""Bytes of the longest sealed one, and of any: a card of 64 bytes, its header, padded to 80."""


class Command(IntEnum):
    """Questions of the unit that the gate knows by name."""

    POLL = 0x60
    IDENTIFY = 0x61
    CAPABILITIES = 0x62
    CHALLENGE = 0x76
    PROVE = 0x77


class Reply(IntEnum):
    """Answers of a reader that the gate knows by name."""

    ACK = 0x40
    NAK = 0x41
    IDENTITY = 0x45
    CAPABILITIES = 0x46
    CARD = 0x50
    CHALLENGE = 0x76
    PROOF = 0x78
    BUSY = 0x79


class Security(IntEnum):
    """Types of the security block: two pairs set a channel up, two pairs are sealed."""

    CHALLENGE = 0x11
    CHALLENGED = 0x12
    PROVE = 0x13
    PROVEN = 0x14
    ASKS = 0x15
    ANSWERS = 0x16
    ASKS_SEALED = 0x17
    ANSWERS_SEALED = 0x18


_PLAIN_ANSWER: dict[int, int] = {
    Command.IDENTIFY: Reply.IDENTITY,
    Command.CAPABILITIES: Reply.CAPABILITIES,
}
_SET_UP: dict[int, int] = {
    Security.CHALLENGE: Command.CHALLENGE,
    Security.PROVE: Command.PROVE,
}
_SET_UP_ANSWER: dict[int, tuple[int, int]] = {
    Command.CHALLENGE: (Security.CHALLENGED, Reply.CHALLENGE),
    Command.PROVE: (Security.PROVEN, Reply.PROOF),
}
_SEALED_QUESTIONS = (Security.ASKS, Security.ASKS_SEALED)
_SEALED_ANSWERS = (Security.ANSWERS, Security.ANSWERS_SEALED)
_ALWAYS = (Reply.NAK, Reply.BUSY)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it is on the wire; ``security`` is None in clear."""

    address: int
    from_reader: bool
    code: int
    security: int | None = None
    default_key: bool = False
    """It sets a channel up with the key that all readers are delivered with."""
    size: int = 0


def crc16(data: bytes) -> int:
    """Return the CRC-16 of a frame: polynomial 0x1021, first value 0x1D0F (AUG-CCITT)."""
    found = 0x1D0F
    for byte in data:
        found = (found << 8 & 0xFF00) ^ _CRC[(found >> 8) ^ byte]
    return found


def _crc_row(byte: int) -> int:
    found = byte << 8
    for _ in range(8):
        found = (found << 1 ^ 0x1021 if found & 0x8000 else found << 1) & 0xFFFF
    return found


_CRC = tuple(_crc_row(each) for each in range(256))


def parse(data: bytes) -> Frame | None:
    """Return the frame that ``data`` is, from its start byte; None if it is no sound frame."""
    if len(data) < LEAST or data[0] != START or data[2] | data[3] << 8 != len(data):
        return None
    control = data[4]
    if not control & WITH_CRC or crc16(data[:-2]) != data[-2] | data[-1] << 8:
        return None
    at, security, default_key = 5, None, False
    if control & WITH_SECURITY:
        at += data[5]
        if data[5] < 2 or at > len(data) - 3:
            return None
        security = data[6]
        default_key = security <= Security.PROVE and data[5] > 2 and data[7] == 0
    return Frame(
        data[1] & 0x7F, bool(data[1] & FROM_READER), data[at], security, default_key, len(data)
    )


class Splitter:
    """Takes bytes as they come off a line, and gives those runs that have a frame's outline."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return what is now complete, each from its start byte; noise between is dropped."""
        self._pending += data
        found: list[bytes] = []
        while (at := self._pending.find(START)) >= 0:
            del self._pending[:at]
            if len(self._pending) < 4:
                return found
            size = self._pending[2] | self._pending[3] << 8
            if not LEAST <= size <= MOST_SEALED:
                del self._pending[0]
            elif len(self._pending) < size:
                return found
            else:
                run = bytes(self._pending[:size])
                # a start byte in noise may hide a frame: only a sound one takes its bytes away
                del self._pending[: size if parse(run) else 1]
                found.append(run)
        self._pending.clear()
        return found

    def clear(self) -> None:
        """Forget what is not complete."""
        self._pending.clear()


class Gate:
    """Between the library and one RS-485 line; see above."""

    def __init__(self) -> None:
        self.default_key_allowed: set[int] = set()
        """Addresses whose install window is open."""
        self.refused_out = 0
        """Frames of the library that were not sent."""
        self.refused_in = 0
        """Whole frames of readers, or runs of noise that looked so, that were not let in."""
        self.clear_text_wanted: set[int] = set()
        """Addresses to which the library wanted to talk in clear."""
        self.sealed_already: set[int] = set()
        """Addresses that answered within a channel when one was to be set up."""
        self._asked: Frame | None = None
        self._splitter = Splitter()

    @property
    def waiting(self) -> bool:
        """A question is out and its answer has not come."""
        return self._asked is not None

    def sends(self, data: bytes) -> Frame | None:
        """Return the frame if it may go out; None if it must not."""
        self._asked = None
        self._splitter.clear()
        frame = parse(bytes(data[data.find(START) :]))
        if frame is None or frame.from_reader or not self._may_ask(frame):
            self.refused_out += 1
            if frame is not None:
                self.clear_text_wanted.add(frame.address)
            return None
        self._asked = frame
        return frame

    def hears(self, data: bytes) -> list[tuple[Frame, bytes]]:
        """Return the frames among what came off the line that may reach the library."""
        found = []
        for run in self._splitter.take(data):
            frame = parse(run)
            if frame is not None and not frame.from_reader:
                continue  # the line's own echo of a question
            if frame is None or not self._may_answer(frame):
                self.refused_in += 1
                continue
            self._asked = None
            found.append((frame, run))
        return found

    def _may_ask(self, frame: Frame) -> bool:
        if frame.security is None:
            return frame.code in _PLAIN_ANSWER
        if frame.security in _SET_UP:
            if frame.default_key and frame.address not in self.default_key_allowed:
                return False
            return frame.code == _SET_UP[frame.security]
        return frame.security in _SEALED_QUESTIONS

    def _may_answer(self, frame: Frame) -> bool:
        asked = self._asked
        if asked is None or frame.address != asked.address:
            return False
        if frame.security is None:
            in_clear = asked.security is None and frame.code == _PLAIN_ANSWER[asked.code]
            return frame.size <= MOST_PLAIN and (in_clear or frame.code in _ALWAYS)
        if asked.security is None:
            return False
        if asked.security in _SET_UP:
            if frame.security in _SEALED_ANSWERS:
                self.sealed_already.add(frame.address)
            return (frame.security, frame.code) == _SET_UP_ANSWER[asked.code]
        return frame.security in _SEALED_ANSWERS
