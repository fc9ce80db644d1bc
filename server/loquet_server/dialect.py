"""``INSERT ... ON CONFLICT`` for the database at hand: SQLite and PostgreSQL say it alike."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Upsert = sqlite.Insert | postgresql.Insert


def insert(session: Session, model: type[DeclarativeBase]) -> Upsert:
    """Return an insert into a model's table that knows ``on_conflict_do_...``."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model.__table__)  # type: ignore[arg-type]
    return postgresql.insert(model.__table__)  # type: ignore[arg-type]


def upsert(
    session: Session, model: type[DeclarativeBase], key: list[str], rows: list[dict[str, Any]]
) -> None:
    """Write whole rows, replacing those with the same key; in bulk."""
    if not rows:
        return
    statement = insert(session, model)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)
