"""Many new rows into one table, as fast as its driver takes them, and which of them were new.

SQLAlchemy's own way, ``execute(insert(...).returning(...), rows)``, spends most of its time on
the parameters of each row. Rows that are tuples in the order of the columns need none of that:
SQLite's driver takes them as they are, PostgreSQL takes whole columns as arrays.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, JSON, Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

Row = tuple[Any, ...]


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
        self._documents = tuple(
            at for at, name in enumerate(columns) if isinstance(table.c[name].type, JSON)
        )
        names, marks = ", ".join(self._columns), ", ".join("?" * len(self._columns))
        self._sqlite = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
        self._postgresql = self._from_arrays()
        self._quiet = self._postgresql.on_conflict_do_nothing().execution_options(
            preserve_rowcount=True
        )

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert the rows; raise IntegrityError if one is there."""
        if rows and connection.dialect.name == "sqlite":
            connection.exec_driver_sql(self._sqlite, self._plain(rows))
        elif rows:
            connection.execute(self._postgresql, self._arrays(rows))

    def insert_new(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        """Insert the rows whose key is new; return the keys of exactly those that were there.

        The database counts what went in. Only when that is not all, which is rare, it is undone
        and done again, and the second statement says which.
        """
        if not rows:
            return set()
        savepoint = connection.begin_nested()
        if self._count_new(connection, rows) == len(rows):
            savepoint.commit()
            return set()
        savepoint.rollback()
        return self._tell_new(connection, rows)

    def _plain(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows as SQLite's driver takes them: documents as their text."""
        return [self._written(row) for row in rows] if self._documents else list(rows)

    def _written(self, row: Row) -> Row:
        found = list(row)
        for at in self._documents:
            found[at] = None if row[at] is None else json.dumps(row[at])
        return tuple(found)

    def _count_new(self, connection: Connection, rows: Sequence[Row]) -> int:
        if connection.dialect.name == "sqlite":
            quiet = f"{self._sqlite} ON CONFLICT DO NOTHING"
            return connection.exec_driver_sql(quiet, self._plain(rows)).rowcount
        return connection.execute(self._quiet, self._arrays(rows)).rowcount

    def _tell_new(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        if connection.dialect.name == "sqlite":
            statement = sqlite.insert(self._table).on_conflict_do_nothing().returning(*self._key)
            named = [dict(zip(self._columns, row, strict=True)) for row in rows]
            return self._others(rows, connection.execute(statement, named).all())
        telling = self._quiet.returning(*self._key)
        return self._others(rows, connection.execute(telling, self._arrays(rows)).all())

    def _others(self, rows: Sequence[Row], new: Sequence[Any]) -> set[Row]:
        return {tuple(row[at] for at in self._at) for row in rows} - {tuple(key) for key in new}

    def _arrays(self, rows: Sequence[Row]) -> dict[str, Any]:
        return dict(zip(self._columns, map(list, zip(*rows, strict=True)), strict=True))

    def _from_arrays(self) -> postgresql.Insert:
        arrays = [
            bindparam(name, type_=ARRAY(self._table.c[name].type, dimensions=1))
            for name in self._columns
        ]
        source = func.unnest(*arrays).table_valued(*self._columns).render_derived()
        return postgresql.insert(self._table).from_select(list(self._columns), select(*source.c))
