"""Many rows at once: all of them, exactly once, and each value as it was given."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from loquet_server.database import Database
from loquet_server.ingest.bulk import AT_ONCE, Bulk, table_of
from loquet_server.ingest.reading import EntryRow
from loquet_server.models import Entry, Passage

ENTRIES = Bulk(table_of(Entry), EntryRow._fields)
MANY = 2 * AT_ONCE + 7
"""More than one statement, and some over."""


def entry(sequence: int, **changes: Any) -> EntryRow:
    """Return an entry whose texts are hard to write."""
    body = '{"say":"\u20ac \\"quoted\\", \\\\ and \\u0000"}'
    found = EntryRow(
        "j1", sequence, "hall", 2**52, 5, "b1", sequence % 2 == 0, "door_closed", "s\\\"{},",
        body, "c" * 64, 7,
    )  # fmt: skip
    return found._replace(**changes)


async def stored(database: Database) -> list[tuple[Any, ...]]:
    """Return all entries, in order."""
    columns = [table_of(Entry).c[name] for name in EntryRow._fields]
    async with database.reading() as session:
        rows = await session.execute(select(*columns).order_by(Entry.sequence))
        return [tuple(row) for row in rows]


async def write(database: Database, rows: list[EntryRow]) -> set[tuple[Any, ...]]:
    """Insert what is new; return the keys of the others."""
    return await database.run(lambda session: ENTRIES.insert_new(session.connection(), rows))


async def test_each_value_is_kept_as_it_was_given(database: Database) -> None:
    rows = [entry(number) for number in range(1, MANY)]
    assert await write(database, rows) == set()
    assert await stored(database) == rows


async def test_what_was_there_is_told_and_stays(database: Database) -> None:
    before = [entry(number, body_digest="d" * 64) for number in (3, MANY)]
    await write(database, before)
    rows = [entry(number, said=number) for number in range(1, MANY)]
    assert await write(database, rows) == {("j1", 3)}
    found = await stored(database)
    assert found == [before[0] if row.sequence == 3 else row for row in rows] + before[1:]


async def test_a_column_that_only_some_rows_fill_is_written(database: Database) -> None:
    rows = [entry(1), entry(2, said=4), entry(3, body_digest="d" * 64)]
    await write(database, rows)
    assert await stored(database) == rows


async def test_what_does_not_fit_is_refused_and_not_cut(
    database: Database, database_kind: str
) -> None:
    if database_kind == "sqlite":  # it has no bounds
        await write(database, [entry(1, chain="c" * 65)])
        assert (await stored(database))[0][10] == "c" * 65
        return
    with pytest.raises(DBAPIError):
        await write(database, [entry(1, chain="c" * 65)])


async def test_documents_and_truth_values_are_written_as_such(database: Database) -> None:
    names = ("journal", "sequence", "site", "unit", "door", "access_point", "assurance", "at",
             "trusted", "day", "outcome", "assumed", "billed", "remarks")  # fmt: skip
    rows = [
        ("j1", number, "s", "u", "d", "in", 1, 5, True, "2025-10-09", "granted", False, True, each)
        for number, each in enumerate((["late", "\u20ac"], None, []))
    ]
    bulk = Bulk(table_of(Passage), names)
    await database.run(lambda session: bulk.insert(session.connection(), rows))
    columns = [table_of(Passage).c[name] for name in names]
    async with database.reading() as session:
        found = (await session.execute(select(*columns).order_by(Passage.sequence))).all()
        empty = select(Passage.sequence).where(Passage.remarks.is_(None))
        assert [tuple(row) for row in found] == rows
        assert (await session.execute(empty)).scalars().all() == [1]
