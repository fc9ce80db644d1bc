"""Whole tables, out and in."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import MetaData, Table, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

SOME = 500


class BackupRepository:
    """Queries of one transaction over every table."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def revision(self) -> str:
        """Return the revision of the tables; nothing where there are none."""
        if not await self._connection.run_sync(_has_revision):
            return ""
        found = await self._connection.execute(text("SELECT version_num FROM alembic_version"))
        return str(found.scalar_one_or_none() or "")

    async def rows(self, table: Table) -> AsyncIterator[Sequence[Any]]:
        """Yield the rows of a table."""
        query = select(table).order_by(*table.primary_key.columns)
        rows = await self._connection.stream(query.execution_options(yield_per=SOME))
        async for row in rows:
            yield row

    async def reflected(self) -> dict[str, Table]:
        """Return the tables that are there."""
        metadata = MetaData()
        await self._connection.run_sync(metadata.reflect)
        return dict(metadata.tables)

    async def add(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Store rows as they were."""
        if rows:
            await self._connection.execute(table.insert(), rows)

    async def count_on(self, table: Table) -> None:
        """Let PostgreSQL number what comes after what was stored."""
        keys = list(table.primary_key.columns)
        if self._connection.dialect.name != "postgresql" or len(keys) != 1:
            return
        name = await self._connection.scalar(
            select(func.pg_get_serial_sequence(table.name, keys[0].name))
        )
        last = await self._connection.scalar(select(func.max(keys[0]))) if name else None
        if last is not None:
            await self._connection.execute(select(func.setval(name, last)))

    async def is_empty(self) -> bool:
        """Return True if there is no space in the database, or no table at all."""
        if not await self._connection.run_sync(_has_sites):
            return True
        found = await self._connection.execute(text("SELECT count(*) FROM sites"))
        return int(found.scalar_one()) == 0


def _has_revision(connection: Any) -> bool:
    return bool(inspect(connection).has_table("alembic_version"))


def _has_sites(connection: Any) -> bool:
    return bool(inspect(connection).has_table("sites"))
