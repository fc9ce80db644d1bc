"""Many new rows into one table, as fast as its driver takes them, and which of them were new.

SQLAlchemy's own way, ``execute(insert(...).returning(...), rows)``, spends most of its time on
the parameters of each row. Rows that are tuples in the order of the columns need none of that:
PostgreSQL takes whole columns as lists in JSON (its driver looks three times as long at each
element of an array), SQLite some dozen rows with one statement. Columns that no row fills are
left out: to say so of each row costs as much as a value.
"""

import json
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

Row = tuple[Any, ...]
Columns = dict[str, Sequence[Any]]

AT_ONCE = 25
"""Rows of one statement on SQLite: with more of them, a row costs no less."""


def table_of(model: type[DeclarativeBase]) -> Table:
    """Return the table of a model."""
    return cast(Table, model.__table__)


class Bulk:
    """Inserts rows that are tuples in the order of ``columns``."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._key = tuple(table.c[name] for name in columns if table.c[name].primary_key)
        self._at = tuple(self._columns.index(column.name) for column in self._key)
        self._plain = {name: found for name in columns if (found := _plain(table.c[name]))}
        self._built: dict[tuple[tuple[str, ...], bool], postgresql.Insert] = {}

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert the rows; raise IntegrityError if one is there."""
        if rows:
            self._write(connection, rows, quiet=False)

    def insert_new(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        """Insert the rows whose key is new; return the keys of exactly those that were there.

        The database counts what went in. Only when that is not all, which is rare, it is undone
        and done again, and the second statement says which.
        """
        if not rows:
            return set()
        savepoint = connection.begin_nested()
        if self._write(connection, rows, quiet=True) == len(rows):
            savepoint.commit()
            return set()
        savepoint.rollback()
        return self._tell_new(connection, rows)

    def _write(self, connection: Connection, rows: Sequence[Row], *, quiet: bool) -> int:
        """Insert rows, or if ``quiet`` those whose key is new; return how many went in."""
        columns = self._filled(rows)
        if connection.dialect.name == "sqlite":
            ending = " ON CONFLICT DO NOTHING" if quiet else ""
            return self._write_plain(connection, columns, ending)
        return connection.execute(self._from_lists(columns, quiet=quiet), columns).rowcount

    def _tell_new(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        if connection.dialect.name == "sqlite":
            statement = sqlite.insert(self._table).on_conflict_do_nothing().returning(*self._key)
            named = [dict(zip(self._columns, row, strict=True)) for row in rows]
            return self._others(rows, connection.execute(statement, named).all())
        columns = self._filled(rows)
        telling = self._from_lists(columns, quiet=True).returning(*self._key)
        return self._others(rows, connection.execute(telling, columns).all())

    def _filled(self, rows: Sequence[Row]) -> Columns:
        """Return the columns in which any row has a value; no table has others by default."""
        columns = zip(self._columns, zip(*rows, strict=True), strict=True)
        return {
            name: column
            for name, column in columns
            if column[0] is not None or column.count(None) < len(column)
        }

    def _others(self, rows: Sequence[Row], new: Sequence[Any]) -> set[Row]:
        return {tuple(row[at] for at in self._at) for row in rows} - {tuple(key) for key in new}

    # ---- SQLite -------------------------------------------------------------------------

    def _write_plain(self, connection: Connection, columns: Columns, ending: str) -> int:
        values = (
            column if name not in self._plain else list(map(self._plain[name], column))
            for name, column in columns.items()
        )
        flat = list(chain.from_iterable(zip(*values, strict=True)))
        width = len(columns)
        whole = len(flat) - len(flat) % (AT_ONCE * width)
        into = f"INSERT INTO {self._table.name} ({', '.join(columns)}) VALUES "
        marks = f"({', '.join('?' * width)})"
        written = 0
        for count, part in ((AT_ONCE, range(whole)), (1, range(whole, len(flat)))):
            starts = part[:: count * width]
            parameters = [tuple(flat[at : at + count * width]) for at in starts]
            if parameters:
                statement = into + ", ".join([marks] * count) + ending
                written += connection.exec_driver_sql(statement, parameters).rowcount
        return written

    # ---- PostgreSQL ---------------------------------------------------------------------

    def _from_lists(self, columns: Columns, *, quiet: bool) -> postgresql.Insert:
        """Return the insert of these columns, each of them a list in JSON; it is built once."""
        names = tuple(columns)
        found = self._built.get((names, quiet))
        if found is None:
            values = [_elements(self._table.c[name]) for name in names]
            found = postgresql.insert(self._table).from_select(names, select(*values))
            found = found.on_conflict_do_nothing() if quiet else found
            found = found.execution_options(preserve_rowcount=True)
            self._built[names, quiet] = found
        return found


def _elements(column: Column[Any]) -> ColumnElement[Any]:
    """Return the elements of the list that is given for a column.

    Text stays text, so that what is too long for its column is refused and not cut. A document
    is a list or an object: a bare text would come without its quotes.
    """
    texts = func.json_array_elements_text(bindparam(column.name, type_=JSON()))
    return texts if isinstance(column.type, String) else sql_cast(texts, column.type)


def _plain(column: Column[Any]) -> Callable[[Any], Any] | None:
    """Return what turns a column's values into such as SQLite's driver takes at once."""
    if isinstance(column.type, JSON):
        return lambda value: None if value is None else json.dumps(value)
    if isinstance(column.type, Boolean):
        return lambda value: None if value is None else int(value)
    return None
