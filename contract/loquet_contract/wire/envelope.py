"""The journal's entries, how they are chained, and how they travel.

An entry is a header and a body. The chain covers the header and a *salted digest* of the
body: a body may be erased after its retention (with its salt, so that it cannot be guessed
from the digest) and every chain still verifies.

    body_digest = SHA-256(salt "\\n" canonical JSON of the body)               32 bytes
    header      = sequence "|" utc "|" monotonic "|" boot "|" trusted "|" kind   trusted: 0 or 1
    chain[0]    = SHA-256("loquet/v1/journal\\n" unit "\\n" journal)            in hexadecimal
    chain[n]    = SHA-256(chain[n-1] "|" header "\\n" body_digest)              in hexadecimal

Times are whole milliseconds: ``utc`` since the epoch, ``monotonic`` since the unit's boot.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from loquet_contract.ids import BootId, JournalId, SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.codec import written

MAX_BATCH = 64 * 1024
"""Bytes of a signed batch on the wire."""
SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact as the journal keeps it. ``body`` is the event's plain form without its kind."""

    sequence: int
    utc: int
    monotonic: int
    boot: BootId
    trusted: bool
    kind: str
    salt: str
    body: Any
    digest: str | None = None
    """Of a body that the unit has erased, in hexadecimal; ``body`` and ``salt`` are empty then."""

    @property
    def header(self) -> str:
        return (
            f"{self.sequence}|{self.utc}|{self.monotonic}|{self.boot}|"
            f"{int(self.trusted)}|{self.kind}"
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries in order without a gap; ``previous`` is the chain before the first of them.

    ``missing``: so many entries before the first are kept on the unit no more, not even as
    digests. Whoever lacks them goes on after them, and says that they are lost.
    """

    kind: ClassVar[str] = "batch"
    site: SiteId
    unit: UnitId
    journal: JournalId
    previous: str
    chain: str
    entries: tuple[Entry, ...]
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything up to ``sequence`` is in the server's database, and hashes to ``chain``."""

    kind: ClassVar[str] = "ack"
    site: SiteId
    unit: UnitId
    journal: JournalId
    sequence: int
    chain: str
    utc: int


def first_chain(unit: UnitId, journal: JournalId) -> str:
    """Return the chain of an empty journal, in hexadecimal."""
    return hashlib.sha256(f"loquet/v1/journal\n{unit}\n{journal}".encode()).hexdigest()


def body_digest(salt: str, body_text: str) -> bytes:
    """Return the salted digest of a body's canonical JSON; 32 bytes."""
    return hashlib.sha256(f"{salt}\n{body_text}".encode()).digest()


def next_chain(previous: str, header: str, digest: bytes) -> str:
    """Return the chain after an entry, in hexadecimal."""
    return hashlib.sha256(f"{previous}|{header}\n".encode() + digest).hexdigest()


Parts = tuple[int, int, int, str, bool, str, str, str]
"""Of an entry, in its order; the body as its canonical JSON."""


def links(previous: str, entries: Iterable[Parts], erased: Mapping[int, str]) -> list[str]:
    """Return the chain after each of many entries: the above in one.

    ``erased``: the digests of bodies that are no more, by sequence; ValueError if one is none.
    """
    found: list[str] = []
    sha256 = hashlib.sha256
    for sequence, utc, monotonic, boot, trusted, kind, salt, body_text in entries:
        if erased and sequence in erased:
            digest = bytes.fromhex(erased[sequence])
        else:
            digest = sha256(f"{salt}\n{body_text}".encode()).digest()
        head = f"{previous}|{sequence}|{utc}|{monotonic}|{boot}|{trusted:d}|{kind}\n"
        previous = sha256(head.encode() + digest).hexdigest()
        found.append(previous)
    return found


def chain_of(previous: str, entry: Entry) -> str:
    """Return the chain after ``entry``; raise ValueError if its digest is no hexadecimal."""
    if entry.digest is not None:
        return next_chain(previous, entry.header, bytes.fromhex(entry.digest))
    return next_chain(previous, entry.header, body_digest(entry.salt, written(entry.body)))


def make_salt(random: bytes) -> str:
    """Return ``SALT_BYTES`` random bytes as a salt's text."""
    return base64url.to_text(random)
