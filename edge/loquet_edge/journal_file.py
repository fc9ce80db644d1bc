"""The journal as a SQLite file: opening, proving, appending, salvaging. One thread owns it.

Any SQLite error but damage is the caller's to try again; ``Damaged`` is for ``salvage``.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loquet_contract.ids import BootId, JournalId, UnitId
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.envelope import (
    SALT_BYTES,
    Entry,
    body_digest,
    first_chain,
    make_salt,
    next_chain,
)
from loquet_edge.config import KEEP_DAYS
from loquet_edge.damage import damaged
from loquet_edge.journal_retention import (
    SLICE,
    forget,
    leave_no_trace,
    prepare,
    retire,
    transaction,
)
from loquet_edge.journal_rows import (
    COLUMNS,
    WRITTEN,
    Damaged,
    Fact,
    chain_after,
    chain_kept,
    chain_of_row,
    entries_of,
)
from loquet_edge.journal_salvage import Salvage, salvage

__all__ = [
    "Damaged", "Fact", "JournalFile", "JournalReader", "Salvage", "body_of", "open_file", "salvage",
]  # fmt: skip

PROVEN_TAIL = 500
"""Entries whose chain is verified again at start; all pages are checked by SQLite itself."""
_HOUR_MS = 3600 * 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries(
    sequence INTEGER PRIMARY KEY, utc INTEGER NOT NULL, monotonic INTEGER NOT NULL,
    boot TEXT NOT NULL, trusted INTEGER NOT NULL, kind TEXT NOT NULL, salt TEXT NOT NULL,
    body TEXT NOT NULL, chain TEXT NOT NULL, digest TEXT);
CREATE TABLE IF NOT EXISTS acks(sequence INTEGER PRIMARY KEY, utc INTEGER NOT NULL);
"""


class JournalFile:
    """An open journal; ``last`` and ``chain`` are of its last committed entry."""

    def __init__(self, connection: sqlite3.Connection, unit: UnitId) -> None:
        self._connection, self._unit = connection, unit
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        self.new = not meta
        if self.new and connection.execute("SELECT 1 FROM entries LIMIT 1").fetchone():
            raise Damaged("it has entries, but no word of whose they are")
        if self.new:
            meta = {"journal": "j" + secrets.token_hex(8), "unit": unit, "acked": 0}
            meta["acked_chain"] = first_chain(unit, JournalId(meta["journal"]))
            with transaction(connection):
                connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        if meta.get("unit") != unit:
            raise Damaged(f"it is the journal of unit {meta.get('unit')!r}")
        self.journal = JournalId(str(meta["journal"]))
        self.acked, self.acked_chain = int(meta["acked"]), str(meta["acked_chain"])
        self.said_at = int(meta.get("said_at", 0))
        """When the server said so, by its own clock; UTC milliseconds."""
        row = connection.execute(
            "SELECT sequence, chain FROM entries ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        self.last: int = self.acked if row is None else int(row[0])
        self.chain: str = self.acked_chain if row is None else str(row[1])
        if self.last < self.acked:
            raise Damaged(f"its last entry is {self.last}, but {self.acked} were acknowledged")
        if chain_of_row(connection, self.acked) not in (None, self.acked_chain):
            raise Damaged(f"entry {self.acked} is not the one that was acknowledged")

    def append(self, facts: Sequence[Fact]) -> None:
        """Commit facts in order; on an error nothing of them is there."""
        last, chain = self.last, self.chain
        rows: list[tuple[object, ...]] = []
        random = os.urandom(SALT_BYTES * len(facts))
        for at, fact in enumerate(facts):
            last += 1
            salt = make_salt(random[at * SALT_BYTES : (at + 1) * SALT_BYTES])
            stamp = fact.stamp
            header = (
                f"{last}|{stamp.utc}|{stamp.monotonic}|{fact.boot}|{int(stamp.trusted)}|{fact.kind}"
            )
            chain = next_chain(chain, header, body_digest(salt, fact.body))
            rows.append(
                (last, stamp.utc, stamp.monotonic, fact.boot, int(stamp.trusted), fact.kind, salt,
                 fact.body, chain)
            )  # fmt: skip
        with transaction(self._connection):
            self._connection.executemany(
                f"INSERT INTO entries({WRITTEN}, chain) VALUES (?,?,?,?,?,?,?,?,?)", rows
            )
        self.last, self.chain = last, chain

    def chain_at(self, sequence: int) -> str | None:
        """Return the chain after an entry, or None if it is not kept."""
        found = chain_kept(self._connection, sequence, self.acked, self.acked_chain)
        return found or (first_chain(self._unit, self.journal) if sequence == 0 else None)

    def acknowledge(self, sequence: int, chain: str, utc: int, said_at: int = 0) -> None:
        """Note that the server has everything up to ``sequence``, and nothing after it.

        ``utc``: the moment by our clock; ``said_at``: by the server's.
        """
        said_at = max(said_at, self.said_at)
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO meta(value, name) VALUES (?, ?)",
                ((sequence, "acked"), (chain, "acked_chain"), (said_at, "said_at")),
            )
            self._connection.execute("DELETE FROM acks WHERE sequence > ?", (sequence,))
            (latest,) = self._connection.execute("SELECT max(utc) FROM acks").fetchone()
            if latest is None or utc - latest >= _HOUR_MS:
                self._connection.execute(
                    "INSERT OR REPLACE INTO acks VALUES (?, ?)", (sequence, utc)
                )
        self.acked, self.acked_chain, self.said_at = sequence, chain, said_at

    def retire(self, utc: int, keep_days: int = KEEP_DAYS) -> int:
        """Erase a slice of the bodies that have had their days at ``utc``; return how many."""
        done = retire(self._connection, self.acked, utc, keep_days)
        if 0 < done < SLICE:  # the last of them for now
            leave_no_trace(self._connection)
        return done

    def forget(self) -> int:
        """Delete a slice of what is confirmed, before its days; return how many entries."""
        return forget(self._connection, self.acked)

    def close(self) -> None:
        self._connection.close()


def open_file(path: Path, unit: UnitId) -> JournalFile:
    """Return the journal at ``path``, new if there is none; raise Damaged or sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # counts in a file that is new
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        prepare(connection)
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != ("ok",):
            raise Damaged(str(found[0]) if found else "no answer to a check")
        file = JournalFile(connection, unit)
        _prove_tail(connection, file)
    except sqlite3.DatabaseError as error:
        connection.close()
        if damaged(error):
            raise Damaged(str(error)) from error
        raise
    except (ValueError, TypeError, KeyError) as error:
        connection.close()
        raise Damaged(f"its notes make no sense: {type(error).__name__}: {error}") from error
    except Damaged:
        connection.close()
        raise
    return file


def _prove_tail(connection: sqlite3.Connection, file: JournalFile) -> None:
    rows = connection.execute(
        f"SELECT {COLUMNS}, chain FROM entries WHERE sequence > ? ORDER BY sequence",
        (file.last - PROVEN_TAIL,),
    )
    previous: str | None = None
    for entry, chain in entries_of(rows):
        if previous is not None and chain_after(previous, entry) != chain:
            raise Damaged(f"entry {entry[0]} does not fit the chain")
        previous = chain


class JournalReader:
    """Reads a journal that another process writes; raises LookupError while there is none."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise LookupError(f"{path}: no journal yet")
        try:
            self._connection = sqlite3.connect(
                f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise LookupError(f"{path}: cannot be opened: {error}") from error
        try:
            self._meta("journal")
        except (sqlite3.Error, LookupError) as error:
            self._connection.close()
            raise LookupError(f"{path}: the journal has not begun yet") from error

    @property
    def journal(self) -> JournalId:
        """The journal's id."""
        return JournalId(str(self._meta("journal")))

    @property
    def unit(self) -> UnitId:
        """Whose journal it is."""
        return UnitId(str(self._meta("unit")))

    @property
    def last(self) -> int:
        """The last entry's sequence; that of the acknowledged ones if none is kept."""
        row = self._connection.execute("SELECT max(sequence) FROM entries").fetchone()
        return int(row[0]) if row[0] is not None else self.acked()[0]

    def acked(self) -> tuple[int, str]:
        """Return the sequence that the server has confirmed, and its chain."""
        return int(str(self._meta("acked"))), str(self._meta("acked_chain"))

    def chain_at(self, sequence: int) -> str:
        """Return the chain after an entry; raise LookupError if it is not kept."""
        acked, acked_chain = self.acked()
        found = chain_kept(self._connection, sequence, acked, acked_chain)
        if found is None and sequence == 0:
            found = first_chain(self.unit, self.journal)
        if found is None:
            raise LookupError(f"entry {sequence} is not kept")
        return found

    def after(self, sequence: int, limit_bytes: int) -> list[Entry]:
        """Return the entries after ``sequence``, about ``limit_bytes`` of them and at least one.

        Of those whose body is erased there is the digest. The first may come later than the one
        after ``sequence``: what is between is kept no more.
        """
        rows = self._connection.execute(
            f"SELECT {self._columns()} FROM entries WHERE sequence > ? ORDER BY sequence",
            (sequence,),
        )
        found: list[Entry] = []
        size = 0
        for row in rows:
            entry = Entry(
                row[0], row[1], row[2], BootId(row[3]), bool(row[4]), row[5], row[6],
                {} if row[8] is not None else json.loads(row[7]), row[8],
            )  # fmt: skip
            # The wire adds quotes to the body's: it travels inside a signed text.
            size += 200 + len(row[5]) + 2 * len(row[7])
            if found and size > limit_bytes:
                break
            found.append(entry)
        return found

    def verify(self) -> int:
        """Return how many entries were proven; raise Damaged at the first that does not fit."""
        acked, acked_chain = self.acked()
        rows = self._connection.execute(
            f"SELECT {self._columns()}, chain FROM entries ORDER BY sequence"
        )
        previous: str | None = None
        count = 0
        for row, chain in entries_of(rows):
            if row[0] == 1:
                previous = first_chain(self.unit, self.journal)
            if previous is not None and chain_after(previous, row) != chain:
                raise Damaged(f"entry {row[0]} does not fit the chain")
            if row[0] == acked and chain != acked_chain:
                raise Damaged(f"entry {acked} is not the one that the server confirmed")
            previous, count = chain, count + 1
        return count

    def close(self) -> None:
        self._connection.close()

    def _columns(self) -> str:
        """Return the columns; a file that an older version wrote has no digests."""
        known = {row[1] for row in self._connection.execute("PRAGMA table_info(entries)")}
        return COLUMNS if "digest" in known else f"{WRITTEN}, NULL"

    def _meta(self, name: str) -> object:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise LookupError("the journal has not begun yet")
        return row[0]


def body_of(plain: dict[str, Any]) -> str:
    """Return an event's body as it is kept: canonical JSON without its kind."""
    return canonical({name: value for name, value in plain.items() if name != "kind"})
