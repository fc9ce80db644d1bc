"""Many new rows into one table, as fast as its driver takes them, and which of them were new.

SQLAlchemy's own way, ``execute(insert(...).returning(...), rows)``, spends most of its time on
the parameters of each row. Rows that are tuples in the order of the columns need none of that:
SQLite's driver takes them as they are, PostgreSQL takes whole columns as arrays.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, Connection, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

Row = tuple[Any, ...]


def table_of(model: type[DeclarativeBase]) -> Table:
    """Return the table of a model."""
    return cast(Table, model.__table__)


class Bulk:
    """Inserts rows, tuples in the order of ``columns``, where their primary key is new."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._key = tuple(table.c[name] for name in columns if table.c[name].primary_key)
        self._at = tuple(self._columns.index(column.name) for column in self._key)
        self._sqlite = self._for_sqlite()
        self._postgresql = self._for_postgresql()

    def insert(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        """Insert the rows whose key is new; return the keys of exactly those that were there."""
        if not rows:
            return set()
        if connection.dialect.name == "sqlite":
            return self._into_sqlite(connection, rows)
        return self._into_postgresql(connection, rows)

    def _into_sqlite(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        """Count what went in; only when that is not all, do it again and ask which.

        Nobody writes between the two: the transaction began as the database's one writer.
        """
        savepoint = connection.begin_nested()
        if connection.exec_driver_sql(self._sqlite, list(rows)).rowcount == len(rows):
            savepoint.commit()
            return set()
        savepoint.rollback()
        statement = sqlite.insert(self._table).on_conflict_do_nothing().returning(*self._key)
        named = [dict(zip(self._columns, row, strict=True)) for row in rows]
        return self._others(rows, connection.execute(statement, named).all())

    def _into_postgresql(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        arrays = map(list, zip(*rows, strict=True))
        named = dict(zip(self._columns, arrays, strict=True))
        return self._others(rows, connection.execute(self._postgresql, named).all())

    def _others(self, rows: Sequence[Row], new: Sequence[Any]) -> set[Row]:
        if len(new) == len(rows):
            return set()
        return {tuple(row[at] for at in self._at) for row in rows} - {tuple(key) for key in new}

    def _for_sqlite(self) -> str:
        names = ", ".join(self._columns)
        marks = ", ".join("?" * len(self._columns))
        into = f"INSERT INTO {self._table.name} ({names})"
        return f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING"

    def _for_postgresql(self) -> Any:
        arrays = [bindparam(name, type_=ARRAY(self._table.c[name].type)) for name in self._columns]
        source = func.unnest(*arrays).table_valued(*self._columns).render_derived()
        return (
            postgresql.insert(self._table)
            .from_select(list(self._columns), select(*source.c))
            .on_conflict_do_nothing()
            .returning(*self._key)
        )
