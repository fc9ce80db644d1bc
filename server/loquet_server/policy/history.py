"""Versions of a policy: what changed between two, and what one of them was. Pure."""

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.wire.codec import canonical, decode_text, parse
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import key_of, record_of

SMALL = 4096
"""Bytes of text for which zlib needs to remember no more than these: its usual quarter of a
megabyte costs a change that goes to a hundred units more than the packing itself."""
_SMALL_BITS, _SMALL_MEMORY = 12, 5


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version; ``content`` is compressed lines (whole) or a compressed Delta.

    ``shared``: of a whole one, the compressed lines that all units of the site have, where
    ``content`` holds only the unit's own. ``text``: of a delta just made, what ``content`` holds.
    """

    version: int
    base: int | None
    manifest: str
    digest: str
    content: bytes
    records: int
    created_at: int
    revision: int | None = None
    shared: bytes = b""
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Newest:
    """What the next version of a unit must follow."""

    version: int
    digest: str
    records: int
    created_at: int


def compress(text: str) -> bytes:
    """Return text as it is stored."""
    plain = text.encode()
    if len(plain) >= SMALL:
        return zlib.compress(plain, 6)
    packer = zlib.compressobj(6, zlib.DEFLATED, _SMALL_BITS, _SMALL_MEMORY)
    return packer.compress(plain) + packer.flush()


def expand(content: bytes) -> str:
    """Return stored text."""
    return zlib.decompress(content).decode()


@dataclass(frozen=True, slots=True)
class Shared:
    """What all units of a site have: the lines of credentials, those of holders; and how many."""

    credentials: str
    holders: str
    count: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Shared":
        """Return sorted lines so; credentials come before holders."""
        split = bisect_left(lines, True, key=lambda line: _HOLDER in line)
        return cls("\n".join(lines[:split]), "\n".join(lines[split:]), len(lines))

    def among(self, own: Iterable[str]) -> list[str]:
        """Return a unit's whole policy, sorted by key: its own lines around the shared ones.

        Own ones are of other kinds, so that no two need be compared. What is not empty is
        lines, joined.
        """
        blocks: tuple[list[str], list[str], list[str]] = ([], [], [])
        for key, line in sorted((key_of(parse(line)), line) for line in own):
            blocks[(key > _CREDENTIALS) + (key > _HOLDERS)].append(line)
        first, between, last = map("\n".join, blocks)
        pieces = (first, self.credentials, between, self.holders, last)
        return [piece for piece in pieces if piece]


_CREDENTIALS, _HOLDERS = "credential/", "holder/"
_HOLDER = '"kind":"holder"'
"""In a string of a canonical line, quotes are escaped: so it is a holder's."""


def whole_text(version: Version) -> str:
    """Return the lines of a whole version, sorted by key and joined."""
    own = expand(version.content)
    if not version.shared:
        return own
    return "\n".join(Shared.of(_lines(expand(version.shared))).among(_lines(own)))


def _lines(text: str) -> list[str]:
    """Return the lines of joined ones: JSON lets through what else ends a line."""
    return text.split("\n") if text else []


def lines_at(versions: Iterable[Version]) -> dict[str, str]:
    """Return key to line after a whole version and the deltas that follow it, in order."""
    found: dict[str, str] = {}
    for each in versions:
        if each.base is None:
            found = {key_of(parse(line)): line for line in _lines(whole_text(each))}
            continue
        delta = decode_text(Delta, expand(each.content))
        for plain in delta.upserts:
            found[key_of(plain)] = canonical(plain)
        for key in delta.deletes:
            found.pop(key, None)
    return dict(sorted(found.items()))


def text_of(versions: Iterable[Version]) -> str:
    """Return a whole policy on the wire: its manifest, its lines, then a line for each delta."""
    parts: list[str] = []
    for each in versions:
        if each.base is None:
            parts = [each.manifest]
        text = whole_text(each) if each.base is None else expand(each.content)
        if text:
            parts.append(text)
    return "\n".join(parts) + "\n"


def policy_of(manifest: Manifest, lines: Mapping[str, str]) -> InMemoryPolicy:
    """Return a version as ``decide`` wants it."""
    terms = PolicyTerms(
        manifest.version, manifest.created, manifest.stale_after, manifest.expires_at
    )
    records = (record_of(parse(line)) for line in lines.values())
    return InMemoryPolicy.of(terms, [record for record in records if record is not None])
