"""Versions as they are signed: a delta that chains to the one before, or a whole policy. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire.codec import canonical, encode
from loquet_contract.wire.messages import MAX_DELTA, Manifest
from loquet_contract.wire.policy import changed, digest_after, whole_digest
from loquet_contract.wire.signing import Purpose, Signer
from loquet_server.policy.changes import NOTHING, Diff, delta
from loquet_server.policy.history import Newest, Shared, Version, compress

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Terms:
    """How long policies may be relied on; seconds after they were made."""

    stale: int
    expires: int


def terms(plans: Iterable[tuple[int, int]], horizon_days: int) -> Terms:
    """Return the terms for plans' (stale, expires) days.

    The whole is good as long as its most lasting rule; a warning comes with the first.
    """
    given = list(plans) or [(7, 30)]
    expires = min(max(expires for _, expires in given), horizon_days)
    return Terms(min(min(stale for stale, _ in given), expires) * DAY, expires * DAY)


class Changes:
    """One delta's changes, for many units: parsed and written once."""

    def __init__(self, diff: Diff) -> None:
        self._delta = delta(diff)
        self._head, self._tail = encode(self._delta).split('"manifest":""', 1)
        self._changed = changed(self._delta.upserts, self._delta.deletes)

    def digest(self, base: str) -> str:
        """Return the digest of the version after the one whose digest is ``base``."""
        return digest_after(base, self._changed)

    def text(self, manifest: str) -> str:
        """Return the delta as it travels, with its signed manifest."""
        return f'{self._head}"manifest":{canonical(manifest)}{self._tail}'


class Maker:
    """Makes and signs the versions of one moment."""

    def __init__(
        self, signer: Signer, pepper: PepperId, site: str, terms_: Terms, revision: int,
        now_ms: int,
    ) -> None:  # fmt: skip
        self._signer, self._site, self._terms = signer, site, terms_
        self._key_id, self._pepper_id = signer.key_id, pepper
        self._revision, self._now_ms = revision, now_ms
        self._last = (NOTHING, Changes(NOTHING))
        """Most units of a site change alike."""

    def delta(self, unit: str, before: Newest, diff: Diff) -> Version | None:
        """Return the version after ``before``; None if its delta is too large to travel."""
        if diff.size > MAX_DELTA:
            return None
        if self._last[0] is not diff:
            self._last = (diff, Changes(diff))
        coming = self._last[1]
        digest = coming.digest(before.digest)
        number, records = before.version + 1, before.records + diff.grown
        manifest = self._manifest(unit, number, before.version, digest, records)
        text = coming.text(manifest)
        if len(text.encode()) > MAX_DELTA:
            return None
        return Version(
            number, before.version, manifest, digest, compress(text), records, self._now_ms,
            self._revision, text=text,
        )  # fmt: skip

    def whole(self, unit: str, number: int, own: Sequence[str], shared: Shared) -> Version:
        """Return a whole policy as version ``number``; it keeps the unit's own lines only."""
        digest, count = whole_digest(shared.among(own)), len(own) + shared.count
        manifest = self._manifest(unit, number, None, digest, count)
        return Version(
            number, None, manifest, digest, compress("\n".join(own)), count, self._now_ms,
            self._revision,
        )  # fmt: skip

    def _manifest(
        self, unit: str, version: int, base: int | None, digest: str, records: int
    ) -> str:
        now = self._now_ms // 1000
        manifest = Manifest(
            site=SiteId(self._site),
            unit=UnitId(unit),
            version=version,
            base=base,
            created=now,
            stale_after=now + self._terms.stale,
            expires_at=now + self._terms.expires,
            digest=digest,
            key_id=self._key_id,
            pepper_id=self._pepper_id,
            records=records,
        )
        return self._signer.sign(Purpose.POLICY, encode(manifest))
