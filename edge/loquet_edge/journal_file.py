"""The journal as a SQLite file: opening, proving, appending, salvaging. One thread owns it.

Any SQLite error but damage is the caller's to try again; ``Damaged`` is for ``salvage``.
"""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from loquet_edge.clock import Stamp
from loquet_edge.damage import damaged

PROVEN_TAIL = 500
"""Entries whose chain is verified again at start; all pages are checked by SQLite itself."""
KEEP_ACKNOWLEDGED_MS = 7 * 24 * 3600 * 1000
_HOUR_MS = 3600 * 1000
_TRIM_SLICE = 2000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries(
    sequence INTEGER PRIMARY KEY, utc INTEGER NOT NULL, monotonic INTEGER NOT NULL,
    boot TEXT NOT NULL, trusted INTEGER NOT NULL, kind TEXT NOT NULL, salt TEXT NOT NULL,
    body TEXT NOT NULL, chain TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS acks(sequence INTEGER PRIMARY KEY, utc INTEGER NOT NULL);
"""


class Damaged(Exception):
    """The file is not the journal that was written; the text says what was found."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry that has no place yet; ``body`` is canonical JSON."""

    stamp: Stamp
    boot: BootId
    kind: str
    body: str


class JournalFile:
    """An open journal; ``last`` and ``chain`` are of its last committed entry."""

    def __init__(self, connection: sqlite3.Connection, unit: UnitId) -> None:
        self._connection = connection
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        self.new = not meta
        if self.new and connection.execute("SELECT 1 FROM entries LIMIT 1").fetchone():
            raise Damaged("it has entries, but no word of whose they are")
        if self.new:
            meta = {"journal": "j" + secrets.token_hex(8), "unit": unit, "acked": 0}
            meta["acked_chain"] = first_chain(unit, JournalId(meta["journal"]))
            with _transaction(connection):
                connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        if meta.get("unit") != unit:
            raise Damaged(f"it is the journal of unit {meta.get('unit')!r}")
        self.journal = JournalId(str(meta["journal"]))
        self.acked, self.acked_chain = int(meta["acked"]), str(meta["acked_chain"])
        row = connection.execute(
            "SELECT sequence, chain FROM entries ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        self.last: int = self.acked if row is None else int(row[0])
        self.chain: str = self.acked_chain if row is None else str(row[1])
        if self.last < self.acked:
            raise Damaged(f"its last entry is {self.last}, but {self.acked} were acknowledged")
        if _kept_chain(connection, self.acked) not in (None, self.acked_chain):
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
        with _transaction(self._connection):
            self._connection.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", rows)
        self.last, self.chain = last, chain

    def chain_at(self, sequence: int) -> str | None:
        """Return the chain after an entry, or None if it is not kept."""
        return _chain_at(self._connection, sequence, self.acked, self.acked_chain)

    def acknowledge(self, sequence: int, chain: str, utc: int) -> None:
        """Note that the server has everything up to ``sequence``."""
        with _transaction(self._connection):
            self._connection.executemany(
                "UPDATE meta SET value = ? WHERE name = ?",
                ((sequence, "acked"), (chain, "acked_chain")),
            )
            (latest,) = self._connection.execute("SELECT max(utc) FROM acks").fetchone()
            if latest is None or utc - latest >= _HOUR_MS:
                self._connection.execute(
                    "INSERT OR REPLACE INTO acks VALUES (?, ?)", (sequence, utc)
                )
        self.acked, self.acked_chain = sequence, chain

    def trim(self, utc: int) -> int:
        """Erase a slice of what was acknowledged long before ``utc``; return how many."""
        old = self._connection.execute(
            "SELECT max(sequence) FROM acks WHERE utc <= ?", (utc - KEEP_ACKNOWLEDGED_MS,)
        ).fetchone()[0]
        if old is None:
            return 0
        with _transaction(self._connection):
            return self._connection.execute(
                "DELETE FROM entries WHERE sequence IN"
                " (SELECT sequence FROM entries WHERE sequence < ? ORDER BY sequence LIMIT ?)",
                (min(old, self.acked), _TRIM_SLICE),
            ).rowcount

    def close(self) -> None:
        self._connection.close()


def open_file(path: Path, unit: UnitId) -> JournalFile:
    """Return the journal at ``path``, new if there is none; raise Damaged or sqlite3.Error."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
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
        f"SELECT {_COLUMNS}, chain FROM entries WHERE sequence > ? ORDER BY sequence",
        (file.last - PROVEN_TAIL,),
    )
    previous: str | None = None
    for entry, chain in _entries(rows):
        if previous is not None and _chain(previous, entry) != chain:
            raise Damaged(f"entry {entry[0]} does not fit the chain")
        previous = chain


_COLUMNS = "sequence, utc, monotonic, boot, trusted, kind, salt, body"
_Row = tuple[int, int, int, str, int, str, str, str]


def _entries(rows: Iterable[Any]) -> Iterator[tuple[_Row, str]]:
    for *entry, chain in rows:
        yield (
            entry[0], entry[1], entry[2], entry[3], entry[4], entry[5], entry[6], entry[7],
        ), chain  # fmt: skip


def _chain(previous: str, row: _Row) -> str:
    sequence, utc, monotonic, boot, trusted, kind, salt, body = row
    header = f"{sequence}|{utc}|{monotonic}|{boot}|{trusted}|{kind}"
    return next_chain(previous, header, body_digest(salt, body))


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be saved of a damaged journal: facts that the server has not confirmed."""

    journal: JournalId | None
    facts: tuple[Fact, ...]
    aside: Path


def salvage(path: Path, unit: UnitId) -> Salvage:
    """Move a damaged journal aside and return what its chain still proves; raise OSError."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    journal: JournalId | None = None
    facts: list[Fact] = []
    with (
        contextlib.suppress(sqlite3.Error, ValueError, TypeError, KeyError),
        contextlib.closing(sqlite3.connect(aside, isolation_level=None)) as connection,
    ):
        meta = dict(connection.execute("SELECT name, value FROM meta"))
        if meta.get("unit") == unit:
            journal = JournalId(str(meta["journal"]))
            acked, chain = _confirmed(connection, meta, unit, journal)
            for fact in _proven(connection, acked, chain):
                facts.append(fact)
    return Salvage(journal, tuple(facts), aside)


def _confirmed(
    connection: sqlite3.Connection, meta: dict[str, Any], unit: UnitId, journal: JournalId
) -> tuple[int, str]:
    """Return what the server has confirmed, and its chain.

    Where the word itself is damaged, the last of the hourly notes counts: to send an hour of
    facts twice is better than to send none.
    """
    try:
        acked, chain = int(meta["acked"]), str(meta["acked_chain"])
    except (KeyError, ValueError, TypeError):
        acked = connection.execute("SELECT max(sequence) FROM acks").fetchone()[0] or 0
        chain = first_chain(unit, journal)
    return acked, _kept_chain(connection, acked) or chain


def _proven(connection: sqlite3.Connection, acked: int, chain: str) -> Iterator[Fact]:
    rows = connection.execute(
        f"SELECT {_COLUMNS}, chain FROM entries WHERE sequence > ? ORDER BY sequence", (acked,)
    )
    for at, (row, kept) in enumerate(_entries(rows), acked + 1):
        chain = _chain(chain, row)
        if row[0] != at or chain != kept:
            return
        stamp = Stamp(row[1], row[2], bool(row[4]))
        yield Fact(stamp, BootId(row[3]), row[5], row[7])


def _chain_at(
    connection: sqlite3.Connection, sequence: int, acked: int, acked_chain: str
) -> str | None:
    return acked_chain if sequence == acked else _kept_chain(connection, sequence)


def _kept_chain(connection: sqlite3.Connection, sequence: int) -> str | None:
    row = connection.execute("SELECT chain FROM entries WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else str(row[0])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


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
        found = _chain_at(self._connection, sequence, acked, acked_chain)
        if found is None and sequence == 0:
            found = first_chain(self.unit, self.journal)
        if found is None:
            raise LookupError(f"entry {sequence} is not kept")
        return found

    def after(self, sequence: int, limit_bytes: int) -> list[Entry]:
        """Return the entries after ``sequence``, about ``limit_bytes`` of them and at least one."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM entries WHERE sequence > ? ORDER BY sequence", (sequence,)
        )
        found: list[Entry] = []
        size = 0
        for row in rows:
            entry = Entry(
                row[0], row[1], row[2], BootId(row[3]), bool(row[4]), row[5], row[6],
                json.loads(row[7]),
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
        rows = self._connection.execute(f"SELECT {_COLUMNS}, chain FROM entries ORDER BY sequence")
        previous: str | None = None
        count = 0
        for row, chain in _entries(rows):
            if row[0] == 1:
                previous = first_chain(self.unit, self.journal)
            if previous is not None and _chain(previous, row) != chain:
                raise Damaged(f"entry {row[0]} does not fit the chain")
            if row[0] == acked and chain != acked_chain:
                raise Damaged(f"entry {acked} is not the one that the server confirmed")
            previous, count = chain, count + 1
        return count

    def close(self) -> None:
        self._connection.close()

    def _meta(self, name: str) -> object:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise LookupError("the journal has not begun yet")
        return row[0]


def body_of(plain: dict[str, Any]) -> str:
    """Return an event's body as it is kept: canonical JSON without its kind."""
    return canonical({name: value for name, value in plain.items() if name != "kind"})
