"""A policy on the wire: record lines, and the digests that bind them to a signed manifest.

    whole_digest = SHA-256("loquet/v1/whole\\n"  { line "\\n" })           lines sorted by key
    delta_digest = SHA-256("loquet/v1/delta\\n" base_digest "\\n"
                           { "+" line "\\n" } { "-" key "\\n" })           both sorted by key

A record's line is its canonical JSON; its key is ``kind/name``. The text of a whole policy is
its signed whole manifest, then the record lines, then one line for each delta since.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, get_args

from loquet_contract.access.policy import Record
from loquet_contract.wire.codec import MalformedMessage, decode, encode, written

RECORDS: dict[str, type[Record]] = {cls.kind: cls for cls in get_args(Record)}

_NAME = {
    "access_point": "access_point",
    "area": "area",
    "door": "door",
    "schedule": "schedule",
    "period": "period",
    "rule": "rule",
    "holder": "holder",
    "credential": "digest",
}


def line(record: Record) -> str:
    """Return a record's canonical line."""
    return encode(record)


def key_of(plain: object) -> str:
    """Return the key of a record in its plain form, of a known kind or not."""
    if not isinstance(plain, dict) or not isinstance(plain.get("kind"), str):
        raise MalformedMessage("a policy record is an object with a kind")
    kind = plain["kind"]
    name = plain.get(_NAME.get(kind, "id"))
    if not isinstance(name, str) or not name:
        raise MalformedMessage(f"a policy record of kind {kind!r} has no name")
    return f"{kind}/{name}"


def record_of(plain: dict[str, Any]) -> Record | None:
    """Return a record from its plain form; None for a kind of the future."""
    cls = RECORDS.get(plain["kind"])
    return None if cls is None else decode(cls, plain)


class WholeDigest:
    """The digest of a whole policy, taken while its lines (sorted by key) come in."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"loquet/v1/whole\n")

    def update(self, lines: Sequence[str]) -> None:
        """Take the next lines."""
        if lines:
            self._hash.update(("\n".join(lines) + "\n").encode())

    def text(self) -> str:
        """Return the digest of the lines so far, in hexadecimal."""
        return self._hash.hexdigest()


def whole_digest(sorted_lines: Iterable[str]) -> str:
    """Return the digest of a whole policy whose lines are sorted by key, in hexadecimal."""
    found = WholeDigest()
    lines = iter(sorted_lines)
    while chunk := list(islice(lines, 1000)):
        found.update(chunk)
    return found.text()


def delta_digest(base_digest: str, upserts: Iterable[Any], deletes: Iterable[str]) -> str:
    """Return the digest after a delta; ``upserts`` in plain form, both sorted by key."""
    return digest_after(base_digest, changed(upserts, deletes))


def changed(upserts: Iterable[Any], deletes: Iterable[str]) -> bytes:
    """Return what a delta's digest says of its changes: the same whatever they are based on."""
    lines = [f"+{written(each)}\n" for each in upserts] + [f"-{key}\n" for key in deletes]
    return "".join(lines).encode()


def digest_after(base_digest: str, changes: bytes) -> str:
    """Return the digest after a delta whose ``changes`` are as ``changed`` writes them."""
    return hashlib.sha256(f"loquet/v1/delta\n{base_digest}\n".encode() + changes).hexdigest()
