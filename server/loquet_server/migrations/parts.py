"""A revision that is made of parts: each names ``COLUMNS``, and ``TABLES`` in reference order."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import sqlalchemy as sa
from alembic import op


class Part(Protocol):
    """What one room adds: (table, column, type, value for old rows or None), and tables."""

    COLUMNS: tuple[tuple[str, str, Any, Any], ...]
    TABLES: tuple[Callable[[], None], ...]


def add(parts: Iterable[Part]) -> None:
    """Add columns and tables."""
    for part in parts:
        for table, name, kind, old in part.COLUMNS:
            op.add_column(table, _column(name, kind, old))
        for make in part.TABLES:
            make()


def drop(parts: Iterable[Part]) -> None:
    """Drop them again, the last first, and what they hold."""
    for part in reversed(tuple(parts)):
        for make in reversed(part.TABLES):
            op.drop_table(make.__name__)
        for table, name, _, _ in part.COLUMNS:
            op.drop_column(table, name)


def _column(name: str, kind: Any, old: Any) -> sa.Column[Any]:
    """Return a column; old rows get the value ``old``, or null where it is None."""
    return sa.Column(name, kind, nullable=old is None, server_default=old)
