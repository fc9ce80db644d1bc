"""The policy as ``link`` verifies and writes it; ``door`` reads it by ``policy_store``.

A policy is believed only when a key of the server signed its manifest, the manifest is for
this site and unit, it is newer than what is held, and the digest in the manifest fits the
records that came. All of that happens inside one transaction, so that after any crash, cut or
refusal the file holds exactly the old policy or exactly the new one.

*Newer* is (version, created): a greater version, or the same version issued again with a later
``created`` and the same digest, by which the server renews how long an unchanged policy may be
relied on. Such a renewal needs no records: the manifest alone, an empty delta or the whole
policy will do.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NoReturn

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text, written
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import WholeDigest, delta_digest
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_edge.damage import damaged
from loquet_edge.policy_file import (
    Held,
    insert,
    opened,
    remove,
    set_aside,
    settled,
    wide,
)
from loquet_edge.policy_lines import bounded, checked_key, keys_of
from loquet_edge.record_sums import all_marked, marked

MAX_RECORDS = 4_000_000
"""More than ten times the largest policy that a unit is meant for."""
FRAME, PER_RECORD = 16 << 20, 1 << 10
"""Characters of a whole policy: at most the one, and the other for each record announced."""
_CHUNK = 1000
_UPSERT = "INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"
_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class PolicyRefusal(ValueError):
    """A policy was not applied; ``version`` is what it called itself, where that is known."""

    def __init__(self, detail: str, version: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.version = version


class PolicyGap(PolicyRefusal):
    """A genuine change of a version that is not held: the whole policy is needed."""


class PolicyLost(PolicyRefusal):
    """The file was damaged and is set aside: nothing is held, and the whole policy is needed."""


class PepperMissing(PolicyRefusal):
    """Genuine, and under a pepper that is not here yet: to be fetched once it is."""


class PolicyOlder(PolicyRefusal):
    """Genuine, but older than what is in force."""


class PolicyWriter:
    """Verifies policies and writes them; the only writer of the file.

    While the disk does not let it write, nothing is held and every policy is refused; it tries
    anew with each. A damaged file is set aside as ``<name>.damaged``, and the unit fetches its
    policy anew. So it does if the file holds the policy of another server, site or unit: that of
    an earlier enrolment. ``pepper_id``: under which the unit can know a badge; None for any.
    """

    def __init__(
        self,
        path: Path,
        verifier: Verifier,
        site: SiteId,
        unit: UnitId,
        pepper_id: PepperId | None = None,
    ) -> None:
        self._verifier, self._site, self._unit = verifier, site, unit
        self.peppers = None if pepper_id is None else frozenset({pepper_id})
        """Under which of them the unit can know a badge; None: under any."""
        self.offered = 0
        """The greatest version that a genuine manifest has spoken of."""
        self._path = path
        self._open: sqlite3.Connection | None = None
        self.held: Held | None = None
        self.rotten = 0
        """Records that are not what was written: ``door`` passes over them until the whole came."""
        with contextlib.suppress(sqlite3.OperationalError, OSError):
            self._connect()

    @property
    def version(self) -> int | None:
        """The version held; None if there is none yet."""
        return None if self.held is None else self.held.version

    @property
    def digest(self) -> str | None:
        """The digest held; None if there is none yet."""
        return None if self.held is None else self.held.digest

    @property
    def _db(self) -> sqlite3.Connection:
        if self._open is None:
            raise sqlite3.OperationalError("the file is not open")
        return self._open

    def _connect(self) -> None:
        """Open the file; raise sqlite3.OperationalError while the disk does not let us."""
        if self._open is not None:
            return
        try:
            db, manifest, held, rotten = opened(self._path)
        except sqlite3.DatabaseError as error:
            if not damaged(error):
                raise
            set_aside(self._path)
            db, manifest, held, rotten = opened(self._path)
        if held is not None and not self._ours(manifest, held):
            db.close()
            remove(self._path)
            db, _, held, rotten = opened(self._path)
        self._open, self.held, self.rotten = db, held, rotten

    def _ours(self, document: str, held: Held) -> bool:
        try:
            manifest = self._genuine(document)
        except PolicyRefusal:
            return False
        signed = (manifest.version, manifest.created, manifest.digest)
        return signed == (held.version, held.created, held.digest)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def settle(self) -> bool:
        """Put a long log into the file, once ``door`` reads what was written last.

        True if the log can begin anew as soon as ``door`` has looked at the file again.
        """
        if self._open is None or self._open.in_transaction:
            return False
        try:
            return settled(self._open, self._path)
        except sqlite3.Error:
            return False  # who writes next will say what is wrong

    def offer(self, document: str) -> bool:
        """Take a signed manifest by itself; return True if its records are still needed.

        A manifest that only renews what is held is applied. Raises PolicyRefusal.
        """
        manifest = self.verified(document)
        self.offered = max(self.offered, manifest.version)
        if self.held is None or manifest.version > self.held.version:
            return True
        with self._transaction(manifest.version):
            if self._newer(manifest, manifest.digest):
                self._keep(manifest, document, self.held.records)
        return False

    def apply_whole(self, lines: Iterable[str]) -> Held:
        """Replace the policy by the one in ``lines`` (``contract.wire.policy``); PolicyRefusal.

        Lines come without their line ends. Returns what is held afterwards; the policy that is
        held already is no error and changes nothing.
        """
        coming = iter(lines)
        document = next(coming, "")
        manifest = self.verified(document)
        if manifest.base is not None:
            raise PolicyRefusal("a whole policy begins with a whole manifest", manifest.version)
        if not 0 <= manifest.records <= MAX_RECORDS:
            raise PolicyRefusal(f"{manifest.records} records are too many", manifest.version)
        coming = bounded(coming, FRAME + PER_RECORD * manifest.records)
        with self._transaction(manifest.version) as before, wide(self._db):
            self._replace(coming, manifest)
            self.held = None
            self._keep(manifest, document, manifest.records)
            for text in coming:
                self._change(text)
            if before is not None and self.held is not None:
                _refuse_older(self.held, before)
        self.rotten = 0
        assert self.held is not None
        return self.held

    def apply_delta(self, text: str) -> Held:
        """Apply one delta, as the text that came; PolicyRefusal. Returns what is held then."""
        with self._transaction(None):
            self._change(text)
        assert self.held is not None
        return self.held

    def verified(self, document: str) -> Manifest:
        """Return the manifest of a signed document if this unit can use it; PolicyRefusal."""
        manifest = self._genuine(document)
        if self.peppers is not None and manifest.pepper_id not in self.peppers:
            if self.held is not None:
                _refuse_older(Held(manifest.version, manifest.created, "", 0), self.held)
            raise PepperMissing(
                f"its badges are under pepper {manifest.pepper_id[:16]!r}, this unit has"
                f" {', '.join(sorted(self.peppers))!r}: it asks for the other one",
                manifest.version,
            )
        return manifest

    def _genuine(self, document: str) -> Manifest:
        try:
            manifest = decode_text(Manifest, self._verifier.payload(Purpose.POLICY, document))
        except (WrongSignature, MalformedMessage) as error:
            raise PolicyRefusal(f"manifest: {error}") from error
        if (manifest.site, manifest.unit) != (self._site, self._unit):
            raise PolicyRefusal("the policy is for another unit", manifest.version)
        return manifest

    @contextlib.contextmanager
    def _transaction(self, version: int | None) -> Iterator[Held | None]:
        """One transaction: all or nothing, in the file and in ``held``."""
        before = self.held
        try:
            self._connect()
            before = self.held
            self._db.execute("BEGIN IMMEDIATE")
            yield before
            self._db.execute("COMMIT")
        except BaseException as error:
            self.held = before
            if self._open is not None and self._open.in_transaction:
                self._open.execute("ROLLBACK")
            if isinstance(error, ValueError):
                _refuse(error, version)
            if isinstance(error, RecursionError):
                raise PolicyRefusal("nested too deeply", version) from error
            if isinstance(error, sqlite3.Error) and damaged(error):
                self._lose(error, version)
            if isinstance(error, (sqlite3.Error, OSError)):
                raise PolicyRefusal(f"the policy could not be stored: {error}", version) from error
            raise

    def _lose(self, error: sqlite3.Error, version: int | None) -> NoReturn:
        """Set the file aside and begin an empty one, whose policy is to be fetched."""
        self.close()
        self.held = None
        with contextlib.suppress(sqlite3.OperationalError, OSError):
            set_aside(self._path)
            self._connect()
        raise PolicyLost(f"the policy's file is damaged ({error}): set aside", version) from error

    def _replace(self, coming: Iterator[str], manifest: Manifest) -> None:
        """Read the records of a whole policy in place of all that are there."""
        self._db.execute("DELETE FROM records")
        digest, last, left = WholeDigest(), "", manifest.records
        while chunk := list(islice(coming, min(_CHUNK, left))):
            digest.update(chunk)
            keys = keys_of(chunk, last)
            insert(self._db, keys, all_marked(chunk))
            last, left = keys[-1], left - len(chunk)
        if left:
            raise PolicyRefusal(
                f"the policy ends {left} records before its {manifest.records}", manifest.version
            )
        if digest.text() != manifest.digest:
            raise PolicyRefusal("the records do not fit the manifest's digest", manifest.version)

    def _change(self, text: str) -> None:
        """Apply one delta within the transaction."""
        delta = decode_text(Delta, text)
        manifest = self.verified(delta.manifest)
        held, version = self.held, manifest.version
        if held is None or (manifest.base != held.version and version > held.version):
            raise PolicyGap(f"the delta changes version {manifest.base}", version)
        if version == held.version and not delta.upserts and not delta.deletes:
            if self._newer(manifest, manifest.digest):
                self._keep(manifest, delta.manifest, held.records)
            return
        if version <= held.version:
            if (version, manifest.digest) == (held.version, held.digest):
                return
            raise PolicyOlder(f"older than the version {held.version} in force", version)
        if delta_digest(held.digest, delta.upserts, delta.deletes) != manifest.digest:
            raise PolicyRefusal("the changes do not fit the manifest's digest", version)
        records = held.records + self._write_changes(delta)
        if records != manifest.records:
            raise PolicyRefusal(f"{records} records instead of {manifest.records}", version)
        self._keep(manifest, delta.manifest, records)

    def _write_changes(self, delta: Delta) -> int:
        """Write a delta's records; return by how many the policy has grown."""
        some = [(checked_key(each), marked(written(each))) for each in delta.upserts]
        there = "SELECT count(*) FROM records WHERE key = ?"
        grown: int = len(some) - sum(self._db.execute(there, row[:1]).fetchone()[0] for row in some)
        self._db.executemany(_UPSERT, some)
        for key in delta.deletes:
            grown -= self._db.execute("DELETE FROM records WHERE key = ?", (key,)).rowcount
        return grown

    def _newer(self, manifest: Manifest, digest: str) -> bool:
        """True if ``manifest`` renews what is held; False if it is that; else PolicyRefusal."""
        held = self.held
        assert held is not None
        coming = Held(manifest.version, manifest.created, digest, manifest.records)
        _refuse_older(coming, held)
        return coming.created > held.created

    def _keep(self, manifest: Manifest, document: str, records: int) -> None:
        names = ("version", "digest", "created", "stale_after", "expires_at", "pepper_id", "key_id")
        found = {name: getattr(manifest, name) for name in names}
        kept = {**found, "manifest": document, "records": records}
        self._db.executemany(_META, kept.items())
        self.held = Held(manifest.version, manifest.created, manifest.digest, records)


def _refuse(error: Exception, version: int | None) -> NoReturn:
    if isinstance(error, PolicyRefusal):
        raise error
    raise PolicyRefusal(str(error), version) from error


def _refuse_older(coming: Held, held: Held) -> None:
    """Raise PolicyRefusal unless ``coming`` is ``held`` or newer."""
    if (coming.version, coming.created) < (held.version, held.created):
        raise PolicyOlder(f"older than the version {held.version} in force", coming.version)
    if coming.version == held.version and coming.digest != held.digest:
        raise PolicyRefusal("the version in force, with other content", coming.version)
