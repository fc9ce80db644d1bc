"""Virtual MIFARE Ultralight C and Ultralight AES cards: pages, locks, keys, and a real proof.

Written from the data sheets and apart from the driver's side. A card answers a refused command with
a nibble and leaves ACTIVE. A key that was written counts from the next wake on. `failed` counts
failed proofs; a good one clears it, as Ultralight EV1 does.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from .air import Burst
from .cards import Nibble, VirtualCard

_ACK, _NO_ARGUMENT, _NO_PROOF = Nibble(0xA), Nibble(0x0), Nibble(0x4)
_READ, _WRITE, _AUTHENTICATE, _GO_ON = 0x30, 0xA2, 0x1A, 0xAF
_ONE_TIME = (2, 3)
PLAIN = "plain"
"""A card that has a number and nothing else."""
UID_BYTES = 7


class UltralightCard(VirtualCard, ABC):
    """What both kinds share; `random` gives the card's own numbers."""

    pages = 0
    block = 0
    key_pages: tuple[int, ...] = ()

    def __init__(
        self, uid: bytes, *, random: Callable[[int], bytes] = os.urandom, delay: float = 0.0
    ) -> None:
        self.memory = bytearray(self.pages * 4)
        self.memory[0:3], self.memory[4:8] = uid[0:3], uid[3:7]
        self.failed = 0
        self.written: list[int] = []
        self._random = random
        self._keys: list[bytes] = []
        self._asked: tuple[int, bytes, bytes] | None = None
        self.proven = False
        self._factory()
        super().__init__(uid, delay=delay)

    def _factory(self) -> None:
        """Hook: what a blank card holds."""

    def reset(self) -> None:
        self._asked, self.proven = None, False

    def page(self, number: int) -> bytes:
        """Four bytes, as they are."""
        return bytes(self.memory[number * 4 : number * 4 + 4])

    def put(self, number: int, four: bytes) -> None:
        """Set a page whatever its locks say: the hand of whoever makes a card."""
        self.memory[number * 4 : number * 4 + 4] = four

    def _wake(self) -> Burst | None:
        self._keys = self._stored_keys()
        return super()._wake()

    def application(self, frame: bytes) -> bytes | Nibble | None:
        asked, self._asked = self._asked, None
        if frame[0] == _READ and len(frame) == 2:
            return self._read(frame[1])
        if frame[0] == _WRITE and len(frame) == 6:
            return self._write(frame[1], frame[2:])
        if frame[0] == _AUTHENTICATE and len(frame) == 2:
            return self._begin(frame[1])
        if frame[0] == _GO_ON and asked is not None and len(frame) == 1 + 2 * self.block:
            return self._end(asked, frame[1:])
        return self._refuse(_NO_ARGUMENT)

    def _refuse(self, nibble: Nibble) -> Nibble:
        self._fall_back()
        return nibble

    # ---- memory -----------------------------------------------------------------------------

    def _read(self, page: int) -> bytes | Nibble:
        if page >= self.key_pages[0] or (self._reads_protected() and self._protected(page)):
            return self._refuse(_NO_ARGUMENT)
        found = b""
        for each in range(page, page + 4):
            found += bytes(4) if each in self.key_pages else self.page(each % self.pages)
        return found

    def _write(self, page: int, four: bytes) -> Nibble:
        if not 2 <= page < self.pages or self._protected(page) or self._locked(page):
            return self._refuse(_NO_ARGUMENT)
        old = self.page(page)
        if page == 2:
            four = old[:2] + four[2:]
        if page in (*_ONE_TIME, *self._or_pages()):
            four = bytes(before | new for before, new in zip(old, four, strict=True))
        self.put(page, four)
        self.written.append(page)
        return _ACK

    def _protected(self, page: int) -> bool:
        return page >= self._first_protected() and not self.proven

    def _locked(self, page: int) -> bool:
        return 4 <= page <= 7 and bool(self.memory[10] & 1 << page)

    @abstractmethod
    def _first_protected(self) -> int: ...

    @abstractmethod
    def _reads_protected(self) -> bool: ...

    @abstractmethod
    def _or_pages(self) -> tuple[int, ...]: ...

    @abstractmethod
    def _stored_keys(self) -> list[bytes]: ...

    # ---- the proof --------------------------------------------------------------------------

    def _limit(self) -> int:
        return 0

    def _begin(self, number: int) -> bytes | Nibble:
        if number >= len(self._keys) or (self._limit() and self.failed >= self._limit()):
            return self._refuse(_NO_PROOF)
        self.proven = False
        own = self._random(self.block)
        sealed = self._seal(self._keys[number], bytes(self.block), own)
        self._asked = number, own, sealed
        return bytes([_GO_ON]) + sealed

    def _end(self, asked: tuple[int, bytes, bytes], said: bytes) -> bytes | Nibble:
        number, own, sealed = asked
        key = self._keys[number]
        plain = self._open(key, self._after(sealed), said)
        if plain[self.block :] != own[1:] + own[:1]:
            self.failed += 1
            return self._refuse(_NO_PROOF)
        self.failed, self.proven = 0, True
        theirs = plain[: self.block]
        return b"\x00" + self._seal(key, self._after(said), theirs[1:] + theirs[:1])

    @abstractmethod
    def _after(self, sealed: bytes) -> bytes: ...

    @abstractmethod
    def _cipher(self, key: bytes, vector: bytes) -> Cipher[modes.CBC]: ...

    def _seal(self, key: bytes, vector: bytes, data: bytes) -> bytes:
        return self._cipher(key, vector).encryptor().update(data)

    def _open(self, key: bytes, vector: bytes, data: bytes) -> bytes:
        return self._cipher(key, vector).decryptor().update(data)


class UltralightC(UltralightCard):
    """MF0ICU2: 48 pages, 3DES with two keys, no limit of failed proofs."""

    pages, block, key_pages = 48, 8, (0x2C, 0x2D, 0x2E, 0x2F)

    def _factory(self) -> None:
        self.put(0x2A, b"\x30\x00\x00\x00")
        for at, page in enumerate(self.key_pages):
            self.put(page, b"BREAKMEIFYOUCAN!"[at * 4 : at * 4 + 4])

    def _first_protected(self) -> int:
        return self.page(0x2A)[0]

    def _reads_protected(self) -> bool:
        return not self.page(0x2B)[0] & 1

    def _or_pages(self) -> tuple[int, ...]:
        return (0x28,)

    def _locked(self, page: int) -> bool:
        bits, bit = self.page(0x28)[1], {0x29: 0x10, 0x2A: 0x20, 0x2B: 0x40}
        if page in self.key_pages:
            return bool(bits & 0x80)
        return bool(bits & bit.get(page, 0)) or super()._locked(page)

    def _stored_keys(self) -> list[bytes]:
        stored = b"".join(map(self.page, self.key_pages))
        return [stored[7::-1] + stored[15:7:-1]]

    def _after(self, sealed: bytes) -> bytes:
        return sealed[-8:]

    def _cipher(self, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
        return Cipher(TripleDES(key + key[:8]), modes.CBC(vector))


class UltralightAes(UltralightCard):
    """MF0AES20: 60 pages, AES-128, two keys, a limit of failed proofs."""

    pages, block, key_pages = 60, 16, tuple(range(0x30, 0x3C))

    def _factory(self) -> None:
        self.put(0x29, b"\x00\x00\x00\x3c")
        self.put(0x2A, b"\x8c\x05\x00\x00")

    def _first_protected(self) -> int:
        return self.page(0x29)[3]

    def _reads_protected(self) -> bool:
        return bool(self.page(0x2A)[0] & 0x80)

    def _or_pages(self) -> tuple[int, ...]:
        return (0x28, 0x2D)

    def _locked(self, page: int) -> bool:
        locks = self.page(0x2D)[0]
        if page in (0x29, 0x2A):
            return bool(self.page(0x2A)[0] & 0x40)
        if page == 0x2D:
            return bool(locks & 0x20)
        for first, bit in ((0x30, 0x40), (0x34, 0x80)):
            if first <= page < first + 4:
                return bool(locks & bit)
        return page >= 0x38 or super()._locked(page)

    def _stored_keys(self) -> list[bytes]:
        return [b"".join(map(self.page, range(first, first + 4)))[::-1] for first in (0x30, 0x34)]

    def _limit(self) -> int:
        return int.from_bytes(self.page(0x2A)[2:4], "little") & 0x3FF

    def _after(self, sealed: bytes) -> bytes:
        return bytes(16)

    def _cipher(self, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
        return Cipher(AES(key), modes.CBC(vector))


KINDS: dict[str, Callable[[bytes], UltralightCard]] = {
    "ultralight_c": UltralightC,
    "ultralight_aes": UltralightAes,
}
"""The cards with a memory that a simulated board can hold to its readers."""


class Wallet:
    """The cards of everybody at a board: each keeps what was written into it."""

    def __init__(self) -> None:
        self._cards: dict[tuple[str, bytes], UltralightCard] = {}

    def card(self, kind: str, uid: bytes) -> UltralightCard:
        """Return the one card of a kind with this number; raise ValueError."""
        if kind not in KINDS:
            raise ValueError(f"no card {kind!r}; cards: {', '.join((PLAIN, *KINDS))}")
        if len(uid) != UID_BYTES:
            raise ValueError(f"a card {kind!r} has a UID of {UID_BYTES} bytes")
        if (kind, uid) not in self._cards:
            self._cards[kind, uid] = KINDS[kind](uid)
        return self._cards[kind, uid]
