"""``moving.db``: facts by the hundred thousand that change a few at a time, kept over a restart.

What is put counts at once, from memory, and is written by a thread of its own: with the next
word that must not be lost, or after ``LAZY_SECONDS``, so that a card is not worn by other
people's taps. All that is written together is in one transaction. A disk that is full, slow or
gone holds nobody: meanwhile everything is kept in memory.

Rows lie in *generations*: 0 is the unit's own; a whole set of others is written beside the one
in force and takes its place by one word. A damaged file is set aside and counts as empty.
"""

import contextlib
import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loquet_edge.damage import FAULTS, damaged
from loquet_edge.moving import OWN

log = logging.getLogger(__name__)

LAZY_SECONDS = 10.0
RETRY_SECONDS = 1.0
MANY = 2_000
"""Rows that are worth writing at once."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
    generation INTEGER, key TEXT, value TEXT, PRIMARY KEY (generation, key)
) WITHOUT ROWID;
"""
_GET = "SELECT value FROM facts WHERE generation = ? AND key = ?"
_PUT = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?)"
_DELETE = "DELETE FROM facts WHERE generation = ? AND key = ?"
_FORGET = "DELETE FROM facts WHERE generation NOT IN (?, ?, ?)"
_WAIT_SECONDS = 5.0
_MAX_LOG = 4 << 20
_CACHE = "PRAGMA cache_size = -2048"

Row = tuple[int, str]


class MovingStore:
    """Values by generation and key; ``get`` and ``put`` are for one thread, and never wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dirty: dict[Row, Any] = {}
        self._writing: dict[Row, Any] = {}
        self._keep: tuple[int, int] | None = None
        self._soon = self._closing = False
        self._changed = threading.Condition()
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self.lost = False
        """The file was damaged and is gone: what was in it is no more. ``found`` ends that."""
        self.failing = ""
        self._prepare()
        self._thread = threading.Thread(target=self._run, name="moving-store", daemon=True)
        self._thread.start()

    def get(self, generation: int, key: str) -> Any:
        """Return what was put last, or None."""
        row = (generation, key)
        with self._changed:
            if row in self._dirty:
                return self._dirty[row]
            if row in self._writing:
                return self._writing[row]
        return self._read(row)

    def put(self, rows: Mapping[Row, Any], *, soon: bool = False) -> None:
        """Keep plain values by generation and key; None: no more. ``soon``: not to be lost."""
        with self._changed:
            self._dirty.update(rows)
            self._soon |= soon
            if self._soon or len(self._dirty) >= MANY:
                self._changed.notify()

    @property
    def waiting(self) -> int:
        """How many rows are to be written yet; 0 while they cannot be, which may last."""
        return 0 if self.failing else len(self._dirty) + len(self._writing)

    def keep_only(self, *generations: int) -> None:
        """Forget all generations but these (two at most) and our own, in time."""
        first, second = (*generations, OWN, OWN)[:2]
        with self._changed:
            self._keep = (first, second)

    def own(self) -> Iterator[tuple[str, Any]]:
        """Give all that is kept of our own; for the start, when nothing waits to be written."""
        reader = self._connected()
        query = "SELECT key, value FROM facts WHERE generation = ?"
        try:
            rows = [] if reader is None else reader.execute(query, (OWN,)).fetchall()
        except FAULTS as error:
            log.error("%s cannot be read: %s", self._path, error)
            return
        for key, value in rows:
            yield key, _plain(value)

    def newest(self) -> int:
        """Return the greatest generation that was ever written; for the start."""
        reader = self._connected()
        try:
            found = reader and reader.execute("SELECT max(generation) FROM facts").fetchone()[0]
        except FAULTS:
            found = None
        return found or OWN

    def found(self) -> None:
        """Begin again with what the file holds now."""
        self.lost = False
        self._let_go()

    def close(self, timeout: float = 2.0) -> None:
        """Let what is unwritten be written, for ``timeout`` seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        self._let_go()

    # ---- reading --------------------------------------------------------------------------

    def _read(self, row: Row) -> Any:
        reader = self._connected()
        if reader is None:
            return None
        try:
            found = reader.execute(_GET, row).fetchone()
        except FAULTS as error:
            log.error("%s cannot be read: %s", self._path, error)
            return None
        return None if found is None else _plain(found[0])

    def _connected(self) -> sqlite3.Connection | None:
        if self._reader is None:
            with contextlib.suppress(*FAULTS):  # the writer, which made it, says why
                self._reader = _open_to_read(self._path)
        return self._reader

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # ---- writing --------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make the file; without it, all is in memory."""
        try:
            self._write_or_begin_anew({}, None)
        except (*FAULTS, OSError) as error:
            self._failed(str(error))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._due, LAZY_SECONDS)
                batch, keep = self._dirty, self._keep
                self._writing, self._dirty = batch, {}
                self._keep, self._soon = None, False
                closing = self._closing
            try:
                if batch or keep:
                    self._write_or_begin_anew(batch, keep)
                self.failing = ""
            except (*FAULTS, OSError) as error:
                self._failed(str(error))
                self._take_back(batch, keep)
                if closing:
                    return self._close_writer()
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, RETRY_SECONDS)
                continue
            with self._changed:
                self._writing = {}
                ended = closing and not self._dirty
            if ended:
                return self._close_writer()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _due(self) -> bool:
        return self._soon or self._closing or len(self._dirty) >= MANY

    def _failed(self, detail: str) -> None:
        if not self.failing:
            log.error("%s cannot be written (%s): kept in memory until it can", self._path, detail)
        self.failing = detail

    def _take_back(self, batch: dict[Row, Any], keep: tuple[int, int] | None) -> None:
        with self._changed:
            batch.update(self._dirty)  # the few into the many: a tap may be waiting
            self._dirty, self._writing = batch, {}
            self._keep = self._keep or keep
            self._soon = True

    def _write_or_begin_anew(self, batch: Mapping[Row, Any], keep: tuple[int, int] | None) -> None:
        try:
            self._write(batch, keep)
        except FAULTS as error:
            if not damaged(error):
                raise
            self._set_aside()
            self._write({}, None)

    def _set_aside(self) -> None:
        path = self._path
        aside = path.with_name(path.name + ".damaged")
        path.replace(aside)
        self.lost = True
        log.error("%s is damaged: set aside as %s", path, aside.name)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def _write(self, batch: Mapping[Row, Any], keep: tuple[int, int] | None) -> None:
        """Write all in one transaction; the file is opened anew after an error."""
        # Row by row: SQLite lets the other threads run at each, so that no tap waits for a list.
        puts = ((*row, _text(value)) for row, value in batch.items() if value is not None)
        deletes = (row for row, value in batch.items() if value is None)
        if self._writer is None:
            self._writer = _open_to_write(self._path)
        try:
            with self._writer as writer:
                writer.executemany(_PUT, puts)
                writer.executemany(_DELETE, deletes)
            if keep is not None:
                with self._writer as writer:
                    writer.execute(_FORGET, (OWN, *keep))
        except FAULTS:
            self._writer.close()
            self._writer = None
            raise


def _open_to_write(path: Path) -> sqlite3.Connection:
    found = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
    try:
        found.execute("PRAGMA journal_mode = WAL")
        found.execute("PRAGMA synchronous = FULL")
        found.execute(f"PRAGMA journal_size_limit = {_MAX_LOG}")
        found.execute(_CACHE)
        with found:
            found.execute(_SCHEMA)
    except FAULTS:
        found.close()
        raise
    return found


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file; on a card that has become read-only as it stands."""
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError:
        return _opened(path, "immutable=1")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{how}"
    found = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        found.execute(_CACHE)
        found.execute("SELECT 1 FROM facts LIMIT 1")
    except FAULTS:
        found.close()
        raise
    return found


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _plain(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None
