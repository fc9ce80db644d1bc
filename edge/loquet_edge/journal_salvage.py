"""A damaged journal is set aside; what its chain still proves, and nobody has yet, is saved."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loquet_contract.ids import BootId, JournalId, UnitId
from loquet_contract.wire.envelope import first_chain
from loquet_edge.clock import Stamp
from loquet_edge.journal_room import copies, drop_copies
from loquet_edge.journal_rows import WRITTEN, Fact, chain_after, chain_of_row, entries_of

COPIES = 3
"""Damaged journals that are kept aside; the oldest go."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be saved of a damaged journal: facts that the server has not confirmed.

    They were its entries ``first`` to ``proven``; ``reached`` is the last number seen in it, or
    None.
    """

    journal: JournalId | None
    facts: tuple[Fact, ...]
    aside: Path
    first: int = 1
    reached: int | None = None

    @property
    def proven(self) -> int:
        return self.first + len(self.facts) - 1


def salvage(path: Path, unit: UnitId) -> Salvage:
    """Move a damaged journal aside and return what its chain still proves; raise OSError."""
    known = copies(path)
    number = int(known[-1].name.rpartition("-")[2]) + 1 if known else 1
    aside = path.with_name(f"{path.name}.damaged-{number}")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    drop_copies(path, COPIES)
    journal: JournalId | None = None
    facts: list[Fact] = []
    acked, reached = 0, None
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
            (reached,) = connection.execute("SELECT max(sequence) FROM entries").fetchone()
    seen = reached if isinstance(reached, int) else None
    return Salvage(journal, tuple(facts), aside, acked + 1, seen)


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
    return acked, chain_of_row(connection, acked) or chain


def _proven(connection: sqlite3.Connection, acked: int, chain: str) -> Iterator[Fact]:
    rows = connection.execute(
        f"SELECT {WRITTEN}, NULL, chain FROM entries WHERE sequence > ? ORDER BY sequence",
        (acked,),
    )
    for at, (row, kept) in enumerate(entries_of(rows), acked + 1):
        chain = chain_after(chain, row)
        if row[0] != at or chain != kept:
            return
        stamp = Stamp(row[1], row[2], bool(row[4]))
        yield Fact(stamp, BootId(row[3]), row[5], row[7])
