"""What a journal no longer needs to say: bodies are erased after their days, digests stay.

Only what the server has confirmed counts, and by when it did. An erased entry keeps its header
and the digest of its body, so that the chain goes through it as before; a good while later the
entry goes as a whole. Each call does one slice, in transactions of its own: killed in between, the
journal is as it was before the slice, or as after it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator

from loquet_contract.wire.envelope import body_digest

DAY_MS = 24 * 3600 * 1000
CHAIN_DAYS = 180
"""Days after which the digests go too: a card must not fill up with them."""
SLICE = 500
FORGOTTEN = 2000
"""Entries that go at once where the disk is short: some 1.5 MB of them."""


def prepare(connection: sqlite3.Connection) -> None:
    """Give an older file the column for digests, and have what is erased overwritten."""
    connection.execute("PRAGMA secure_delete=ON")
    columns = {row[1] for row in connection.execute("PRAGMA table_info(entries)")}
    if "digest" not in columns:
        with contextlib.suppress(sqlite3.OperationalError):  # a reader may be in the way
            connection.execute("ALTER TABLE entries ADD COLUMN digest TEXT")


def retire(connection: sqlite3.Connection, acked: int, utc: int, keep_days: int) -> int:
    """Erase a slice of what was confirmed so many days before ``utc`` (ms); return how many."""
    done = _erase(connection, min(acked, _confirmed(connection, utc - keep_days * DAY_MS)))
    gone = min(acked, _confirmed(connection, utc - CHAIN_DAYS * DAY_MS))
    if gone:
        with transaction(connection):
            connection.execute(
                "DELETE FROM entries WHERE sequence IN (SELECT sequence FROM entries"
                " WHERE sequence < ? AND digest IS NOT NULL ORDER BY sequence LIMIT ?)",
                (gone, SLICE),
            )
            connection.execute(
                "DELETE FROM acks WHERE sequence < (SELECT min(sequence) FROM entries)"
            )
    return done


def forget(connection: sqlite3.Connection, acked: int) -> int:
    """Delete a slice of the oldest entries before the last confirmed one; return how many.

    That one stays: the chain goes on from it.
    """
    with transaction(connection):
        done = connection.execute(
            "DELETE FROM entries WHERE sequence IN (SELECT sequence FROM entries"
            " WHERE sequence < ? ORDER BY sequence LIMIT ?)",
            (acked, FORGOTTEN),
        ).rowcount
        connection.execute("DELETE FROM acks WHERE sequence < (SELECT min(sequence) FROM entries)")
    if done:
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        leave_no_trace(connection)
    return done


def leave_no_trace(connection: sqlite3.Connection) -> None:
    """Empty the write-ahead log, where erased bodies still stand; not if a reader is busy."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _confirmed(connection: sqlite3.Connection, utc: int) -> int:
    """Return the last entry that had been confirmed by then; 0 for none."""
    row = connection.execute("SELECT max(sequence) FROM acks WHERE utc <= ?", (utc,)).fetchone()
    return int(row[0] or 0)


def _erase(connection: sqlite3.Connection, last: int) -> int:
    rows = connection.execute(
        "SELECT sequence, salt, body FROM entries WHERE sequence < ? AND digest IS NULL"
        " ORDER BY sequence LIMIT ?",
        (last, SLICE),
    ).fetchall()
    if not rows:
        return 0
    erased = [(body_digest(salt, body).hex(), sequence) for sequence, salt, body in rows]
    with transaction(connection):
        connection.executemany(
            "UPDATE entries SET body = '', salt = '', digest = ? WHERE sequence = ?", erased
        )
    return len(erased)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # an interrupt, too, must not leave half of it; nothing is swallowed
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
