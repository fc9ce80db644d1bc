"""The tables come and go on both databases, and are those that the models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from loquet_server.database import Database
from loquet_server.migrations import BASE, HEAD, migrate
from loquet_server.models import Base


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def _drift(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_down_and_up_again(database: Database) -> None:
    await migrate(database, BASE)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_tables) == set()
    await migrate(database, HEAD)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_tables) == set(Base.metadata.tables)


async def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_drift) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await migrate(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_drift) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_sqlite_survives_a_power_cut(database: Database) -> None:
    async with database.engine.connect() as connection:
        mode = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar_one()
        synchronous = (await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one()
    assert (mode, synchronous) == ("wal", 2)
