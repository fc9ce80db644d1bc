"""``loquet-edge journal``: what the unit remembers, for a person."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from loquet_contract.wire.codec import canonical
from loquet_contract.wire.envelope import Entry
from loquet_edge.config import UnitConfig
from loquet_edge.errors import EdgeError
from loquet_edge.journal_file import Damaged, JournalReader

_PAGE_BYTES = 256 * 1024


_UNREADABLE = (Damaged, LookupError, sqlite3.Error, ValueError, TypeError)
"""All that a file may do that is not the journal that was written."""


class JournalUnreadable(EdgeError, LookupError):
    """There is no journal yet, or it is damaged."""


def entries(config: UnitConfig, last: int) -> Iterator[str]:
    """Give the newest entries as lines, oldest first; all of them for 0."""
    reader = _open(config)
    try:
        start = max(0, reader.last - last) if last else 0
        for entry in _after(reader, start):
            yield _line(entry)
    except _UNREADABLE as error:
        raise _unreadable(config, error) from error
    finally:
        reader.close()


def prove(config: UnitConfig) -> str:
    """Verify the whole chain; return what was proven, raise JournalUnreadable."""
    reader = _open(config)
    try:
        count = reader.verify()
        acked, _ = reader.acked()
        return f"journal {reader.journal}: {count} entries proven, {acked} confirmed by the server"
    except _UNREADABLE as error:
        raise _unreadable(config, error) from error
    finally:
        reader.close()


def _after(reader: JournalReader, sequence: int) -> Iterator[Entry]:
    while True:
        page = reader.after(sequence, _PAGE_BYTES)
        if not page:
            return
        yield from page
        sequence = page[-1].sequence


def _unreadable(config: UnitConfig, error: Exception) -> JournalUnreadable:
    return JournalUnreadable(
        f"{config.data / 'journal.db'}: the journal is damaged: {error}; when the unit starts, it"
        " sets the file aside and keeps what it can prove"
    )


def _open(config: UnitConfig) -> JournalReader:
    try:
        return JournalReader(config.data / "journal.db")
    except LookupError as error:
        raise JournalUnreadable(f"{error}: has the unit run once?") from error


def _line(entry: Entry) -> str:
    when = datetime.fromtimestamp(entry.utc / 1000, UTC).isoformat(" ", "milliseconds")
    doubt = "" if entry.trusted else " (clock not trusted)"
    body = canonical(entry.body) if entry.digest is None else "(erased after its days)"
    return f"{entry.sequence:>7} {when}{doubt} {entry.kind} {body}"
