"""How the tables came to be: Alembic revisions, and ``migrate`` that applies them.

A revision is safe against the version still running: expand first, contract later.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from loquet_server.database import Database

HEAD = "head"
BASE = "base"


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for a connection that is already open."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def revisions() -> tuple[str, ...]:
    """Return the names of all revisions, the oldest first."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(configuration()).walk_revisions()
    return tuple(each.revision for each in reversed(list(found)))


async def revision(database: Database) -> str | None:
    """Return the revision of the tables; None where there are none."""
    from alembic.runtime.migration import MigrationContext

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.engine.connect() as connection:
        return await connection.run_sync(read)


async def migrate(database: Database, to: str = HEAD) -> None:
    """Bring the tables to a revision, up or down; one transaction, all or nothing."""
    from alembic import command

    def run(connection: Connection) -> None:
        config = configuration(connection)
        if to == BASE:
            command.downgrade(config, BASE)
        else:
            command.upgrade(config, to)

    async with database.engine.connect() as connection:
        await _check_references(connection, database.sqlite, False)
        try:
            async with connection.begin():
                await connection.run_sync(run)
        finally:
            await _check_references(connection, database.sqlite, True)


async def _check_references(connection: AsyncConnection, sqlite: bool, to: bool) -> None:
    """SQLite changes a table by making it anew, which references to it would not let it."""
    if sqlite:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute(f"PRAGMA foreign_keys={'ON' if to else 'OFF'}")  # type: ignore[union-attr]
