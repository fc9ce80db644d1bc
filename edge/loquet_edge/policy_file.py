"""The file of the policy as ``link`` writes it: opened and proven, filled, set aside.

``door`` reads it for as long as it runs. So the log is never put into the file by a commit, where
somebody waits for it, but by ``settled``, after ``door`` has looked; and as long as ``door`` reads
from the log, that cannot begin anew.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from loquet_edge.record_sums import prove, readable

_MAX_LOG = 8 << 20
"""Bytes of the write-ahead log beyond which it is put into the file, and to which it shrinks."""
_MOST_PAGES = 16 << 10
"""Of the log, 4 KiB each: a commit puts them into the file if nobody has done so before."""
_WIDE, _NARROW = 32_000, 2_000
"""KiB of pages in memory: while a whole policy is written, and afterwards (SQLite's default)."""
_PATIENCE_MS = 10_000
_ROWS = 100
"""Records in one statement: so SQLite goes on where it stands, and need not search each place."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
"""


class _Rotten(sqlite3.DatabaseError):
    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


@dataclass(frozen=True, slots=True)
class Held:
    """Which policy the store holds."""

    version: int
    created: int
    digest: str
    records: int


def opened(path: Path) -> tuple[sqlite3.Connection, str, Held | None, int]:
    """Return the open file, the signed manifest of what it holds, what that is, and its rot."""
    db = _open_to_write(path)
    try:
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise _Rotten(str(found))
        return db, *_held(db), prove(db)
    except (KeyError, ValueError) as error:
        db.close()
        raise _Rotten(f"its notes make no sense: {error}") from error
    except sqlite3.Error:
        db.close()
        raise


def insert(db: sqlite3.Connection, keys: Sequence[str], bodies: Sequence[str]) -> None:
    """Write new records, sorted by key, within a transaction that a failure must end."""
    values = list(chain.from_iterable(zip(keys, bodies, strict=True)))
    for at in range(0, len(values), 2 * _ROWS):
        some = values[at : at + 2 * _ROWS]
        places = ", ".join(["(?, ?)"] * (len(some) // 2))
        db.execute(f"INSERT OR FAIL INTO records VALUES {places}", some)


@contextlib.contextmanager
def wide(db: sqlite3.Connection) -> Iterator[None]:
    """Give SQLite room in memory for a whole policy."""
    db.execute(f"PRAGMA cache_size = -{_WIDE}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA cache_size = -{_NARROW}")
        db.execute("PRAGMA shrink_memory")


def settled(db: sqlite3.Connection, path: Path) -> bool:
    """Put a log beyond its limit into the file; True if only a reader keeps it from ending.

    Waits for nobody.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size <= _MAX_LOG:
        return False
    db.execute("PRAGMA busy_timeout = 0")
    try:
        busy, pages, done = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    return bool(busy) and pages == done


def set_aside(path: Path) -> None:
    """Keep a damaged file under another name, out of the way."""
    path.replace(path.with_name(path.name + ".damaged"))
    remove(path)


def remove(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _open_to_write(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_MS / 1000
    )
    try:
        db.text_factory = readable
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {_MAX_LOG}")
        db.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES}")
        db.executescript(_SCHEMA)
    except UnicodeDecodeError as error:
        db.close()
        raise _Rotten(f"its schema makes no sense: {error}") from error
    except sqlite3.Error:
        db.close()
        raise
    return db


def _held(db: sqlite3.Connection) -> tuple[str, Held | None]:
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    if "version" not in meta:
        return "", None
    held = Held(meta["version"], meta["created"], meta["digest"], meta["records"])
    return str(meta["manifest"]), held
