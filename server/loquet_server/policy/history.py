"""Versions of a policy: what changed between two, and what one of them was. Pure."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.wire.codec import canonical, decode_text, parse
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import key_of, record_of


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version; ``content`` is compressed lines (whole) or a compressed Delta."""

    version: int
    base: int | None
    manifest: str
    digest: str
    content: bytes
    records: int
    created_at: int


def compress(text: str) -> bytes:
    """Return text as it is stored."""
    return zlib.compress(text.encode(), 6)


def expand(content: bytes) -> str:
    """Return stored text."""
    return zlib.decompress(content).decode()


def difference(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Return upserts in plain form and deleted keys, both sorted by key."""
    changed = sorted(key for key, line in after.items() if before.get(key) != line)
    gone = sorted(key for key in before if key not in after)
    return tuple(parse(after[key]) for key in changed), tuple(gone)


def lines_at(versions: Iterable[Version]) -> dict[str, str]:
    """Return key to line after a whole version and the deltas that follow it, in order."""
    found: dict[str, str] = {}
    for each in versions:
        text = expand(each.content)
        if each.base is None:
            found = {key_of(parse(line)): line for line in text.splitlines()}
            continue
        delta = decode_text(Delta, text)
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
        text = expand(each.content)
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
