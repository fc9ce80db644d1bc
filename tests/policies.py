"""Policies of any size for tests and benchmarks, signed as the server signs them."""

import hashlib
from collections.abc import Sequence
from typing import Any

from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire.codec import encode, to_plain
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import delta_digest, line, whole_digest
from loquet_contract.wire.signing import Purpose, Signer, SigningKey

SITE, UNIT = SiteId("village"), UnitId("unit-1")
SERVER_KEY = SigningKey(bytes(range(32)))
SIGNER = Signer(SERVER_KEY)
CREATED = 1_790_000_000
DAY = 86_400


def records(holders: int) -> list[Record]:
    """Return one door, one rule, one schedule of 400 days, and so many holders with one badge."""
    bounds = tuple(CREATED + day * DAY + hour for day in range(400) for hour in (0, 9 * 3600))
    found: list[Record] = [
        AccessPointRecord("main-in", "main", "street", "hall"),  # type: ignore[arg-type]
        DoorRecord("main"),  # type: ignore[arg-type]
        ScheduleRecord("hours", bounds),  # type: ignore[arg-type]
        RuleRecord("members", ("main-in",), "hours"),  # type: ignore[arg-type]
    ]
    for number in range(holders):
        holder = f"h{number:021d}"
        found.append(HolderRecord(holder, ("members",)))  # type: ignore[arg-type]
        found.append(CredentialRecord(badge(number), holder))  # type: ignore[arg-type]
    return found


def badge(number: int) -> Any:
    """Return the digest of a holder's badge; 43 characters, as if drawn at random."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:43]


def lines_of(some: Sequence[Record]) -> list[str]:
    """Return the lines of records, sorted by key."""
    return [text for _, text in sorted((record.key, line(record)) for record in some)]


def manifest(version: int, digest: str, count: int, **changed: Any) -> str:
    """Return a signed manifest; ``changed`` replaces any of its fields, ``signer`` who signs."""
    signer = changed.pop("signer", SIGNER)
    created = changed.pop("created", CREATED + version)
    fields: dict[str, Any] = {
        "site": SITE,
        "unit": UNIT,
        "version": version,
        "base": None,
        "created": created,
        "stale_after": created + 30 * DAY,
        "expires_at": created + 60 * DAY,
        "digest": digest,
        "key_id": signer.key_id,
        "pepper_id": PepperId("pepper-1"),
        "records": count,
    }
    text: str = signer.sign(Purpose.POLICY, encode(Manifest(**{**fields, **changed})))
    return text


def whole(version: int, some: Sequence[Record], **changed: Any) -> list[str]:
    """Return the text lines of a whole policy: its manifest, then its records."""
    lines = lines_of(some)
    return [manifest(version, whole_digest(lines), len(lines), **changed), *lines]


def delta(
    version: int,
    base_digest: str,
    count: int,
    upserts: Sequence[Record] = (),
    deletes: Sequence[str] = (),
    **changed: Any,
) -> tuple[str, str]:
    """Return a delta's text and its digest; ``count`` is how many records there are after it."""
    plains = [to_plain(record) for record in sorted(upserts, key=lambda record: record.key)]
    digest = delta_digest(base_digest, plains, sorted(deletes))
    changed.setdefault("base", version - 1)
    signed = manifest(version, digest, count, **changed)
    return encode(Delta(signed, tuple(plains), tuple(sorted(deletes)))), digest
