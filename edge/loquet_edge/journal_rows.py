"""Rows of a journal's file: what stands in them, and how one is chained to the next."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from loquet_contract.ids import BootId
from loquet_contract.wire.envelope import body_digest, next_chain
from loquet_edge.clock import Stamp


class Damaged(Exception):
    """The file is not the journal that was written; the text says what was found."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry that has no place yet; ``body`` is canonical JSON."""

    stamp: Stamp
    boot: BootId
    kind: str
    body: str


WRITTEN = "sequence, utc, monotonic, boot, trusted, kind, salt, body"
COLUMNS = f"{WRITTEN}, digest"
Row = tuple[int, int, int, str, int, str, str, str, str | None]


def entries_of(rows: Iterable[Any]) -> Iterator[tuple[Row, str]]:
    for *entry, chain in rows:
        yield (
            entry[0], entry[1], entry[2], entry[3], entry[4], entry[5], entry[6], entry[7],
            entry[8],
        ), chain  # fmt: skip


def chain_after(previous: str, row: Row) -> str:
    sequence, utc, monotonic, boot, trusted, kind, salt, body, erased = row
    header = f"{sequence}|{utc}|{monotonic}|{boot}|{trusted}|{kind}"
    digest = body_digest(salt, body) if erased is None else bytes.fromhex(erased)
    return next_chain(previous, header, digest)


def chain_kept(
    connection: sqlite3.Connection, sequence: int, acked: int, acked_chain: str
) -> str | None:
    return acked_chain if sequence == acked else chain_of_row(connection, sequence)


def chain_of_row(connection: sqlite3.Connection, sequence: int) -> str | None:
    row = connection.execute("SELECT chain FROM entries WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else str(row[0])
