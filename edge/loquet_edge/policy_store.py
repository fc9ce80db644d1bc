"""The policy in force, as ``door`` reads it from the file that ``link`` writes.

The reader holds one read transaction from ``refresh`` to ``refresh``: every decision in
between sees one and the same policy, however long the next one takes to be written.
"""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any, TypeVar, cast

from loquet_contract.access.policy import (
    AccessPointRecord,
    AreaRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    PeriodRecord,
    PolicyTerms,
    Record,
    RuleRecord,
    ScheduleRecord,
    to_schedule,
)
from loquet_contract.access.schedule import Schedule
from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    CredentialDigest,
    DoorId,
    PepperId,
    PeriodId,
    RuleId,
    ScheduleId,
)
from loquet_contract.wire.codec import MalformedMessage, decode, parse
from loquet_edge import record_sums
from loquet_edge.damage import FAULTS

R = TypeVar("R", bound=Record)

_LOOK_UP = """
SELECT c.body, h.body FROM records AS c
LEFT JOIN records AS h ON h.key = 'holder/' || json_extract(c.body, '$.holder')
WHERE c.key = ?
"""
_CACHE = "PRAGMA cache_size = -8192"
"""KiB: the upper pages of the tree, not a copy of it."""


class StoredPolicy:
    """Implements the contract's ``Policy`` on the unit; never raises, whatever the file holds.

    What it cannot read is not there, and ``fault`` says why: then the unit has no policy,
    which opens no door. A record that is no longer what was written is not there either, by
    itself. All answers between two ``refresh`` come from one version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self.terms: PolicyTerms | None = None
        self.digest: str | None = None
        self.pepper_id: PepperId | None = None
        self.fault: str | None = None
        self._small: dict[str, Record | Schedule | None] = {}
        self.refresh()

    @property
    def version(self) -> int | None:
        """The version in force; None if there is none."""
        return None if self.terms is None else self.terms.version

    def refresh(self) -> None:
        """Look at the file anew: from here on the newest version that is committed counts."""
        self.close()
        try:
            try:
                self._open("mode=ro")
            except sqlite3.OperationalError:
                if not self._settled():
                    raise
                self.close()
                self._open("immutable=1")
        except (sqlite3.Error, KeyError, TypeError, ValueError) as error:
            self._forget(None if not self._path.exists() else f"policy.db: {error}")

    def close(self) -> None:
        """Let go of the file; there is no policy until ``refresh``."""
        self._forget(None)

    def credential(
        self, digest: CredentialDigest
    ) -> tuple[CredentialRecord, HolderRecord | None] | None:
        """Return the credential and its holder, by one statement."""
        if self._db is None:
            return None
        key = f"credential/{digest}"
        row = self._row(_LOOK_UP, key)
        found = None if row is None else _read(CredentialRecord, key, row[0])
        if row is None or found is None:
            return None
        return found, _read(HolderRecord, f"holder/{found.holder}", row[1])

    def access_point(self, access_point: AccessPointId) -> AccessPointRecord | None:
        return self._cached(AccessPointRecord, f"access_point/{access_point}")

    def door(self, door: DoorId) -> DoorRecord | None:
        return self._cached(DoorRecord, f"door/{door}")

    def rule(self, rule: RuleId) -> RuleRecord | None:
        return self._cached(RuleRecord, f"rule/{rule}")

    def schedule(self, schedule: ScheduleId) -> Schedule | None:
        key = f"bounds/{schedule}"
        if key not in self._small:
            record, found = self._cached(ScheduleRecord, f"schedule/{schedule}"), None
            with contextlib.suppress(ValueError):
                found = None if record is None else to_schedule(record)
            self._small[key] = found
        return cast(Schedule | None, self._small[key])

    def period(self, period: PeriodId) -> PeriodRecord | None:
        return self._cached(PeriodRecord, f"period/{period}")

    def area(self, area: AreaId) -> AreaRecord | None:
        return self._cached(AreaRecord, f"area/{area}")

    def _open(self, how: str) -> None:
        """Open the file and begin the read transaction that lasts until the next refresh."""
        address = f"{self._path.absolute().as_uri()}?{how}"
        self._db = sqlite3.connect(address, uri=True, isolation_level=None)
        self._db.text_factory = bytes
        self._db.execute(_CACHE)
        self._db.execute("BEGIN")
        rows = self._db.execute("SELECT name, value FROM meta").fetchall()
        self._read_terms(
            {
                _text(name): _text(value) if isinstance(value, bytes) else value
                for name, value in rows
            }
        )

    def _settled(self) -> bool:
        """True if all that was written is in the file itself: then a card that has become
        read-only, where SQLite cannot make its shared memory, still opens doors."""
        log = self._path.with_name(self._path.name + "-wal")
        return self._path.exists() and not (log.exists() and log.stat().st_size)

    def _read_terms(self, meta: dict[Any, Any]) -> None:
        if "version" not in meta:
            return
        names = ("version", "created", "stale_after", "expires_at")
        signed = parse(str(parse(str(meta["manifest"]))["payload"]))
        if other := [
            name for name in (*names, "digest", "pepper_id") if signed[name] != meta[name]
        ]:
            raise ValueError(f"{', '.join(other)}: not as the server has signed")
        self.terms = PolicyTerms(*(int(meta[name]) for name in names))
        self.digest = str(meta["digest"])
        self.pepper_id = PepperId(str(meta["pepper_id"]))

    def _forget(self, fault: str | None) -> None:
        if self._db is not None:
            self._db.close()
        self.terms = self.digest = self.pepper_id = self._db = None
        self.fault = fault
        self._small = {}

    def _cached(self, cls: type[R], key: str) -> R | None:
        if key not in self._small and self._db is not None:
            row = self._row("SELECT body FROM records WHERE key = ?", key)
            if self._db is None:
                return None
            self._small[key] = None if row is None else _read(cls, key, row[0])
        return cast(R | None, self._small.get(key))

    def _row(self, query: str, key: str) -> tuple[Any, ...] | None:
        """Return what the file has under a key; a file that cannot be read is let go of."""
        if self._db is None:
            return None
        try:
            found: tuple[Any, ...] | None = self._db.execute(query, (key,)).fetchone()
        except FAULTS as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:
                self._forget(f"policy.db: {error}")
            return None  # this one record is no JSON any more
        return found


def _read(cls: type[R], key: str, body: object) -> R | None:
    """Return the record that a stored body holds; None if it holds none, or another."""
    plain = record_sums.plain(body) if isinstance(body, bytes) else None
    if plain is None:
        return None
    try:
        found = decode(cls, json.loads(plain.decode()))
    except (MalformedMessage, ValueError, RecursionError):
        return None
    return found if found.key == key else None


def _text(value: object) -> object:
    return record_sums.readable(value) if isinstance(value, bytes) else value
