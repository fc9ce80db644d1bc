"""Databases that serve one test after the other.

Making one costs more than most tests do with it: PostgreSQL copies a thousand files, and an
engine compiles every statement that it has not met. So tables are emptied, and engines stay.
"""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Any, Self

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import event
from sqlalchemy.engine import make_url

from loquet_server.database import Database
from tests.server import postgres

TEMPLATE = "loquet_template"
_free: dict[str, list["Lasting"]] = defaultdict(list)
_lent: list["Lasting"] = []


class Lasting(Database):
    """A database whose engines connect to wherever ``url`` says when they do."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.closed = False
        engines = [self.engine.sync_engine]
        if self._blocking is not None:
            engines.append(self._blocking.kw["bind"])
        for engine in engines:
            event.listen(engine, "do_connect", self._connect)

    def _connect(
        self, _dialect: object, _record: object, given: list[Any], named: dict[str, Any]
    ) -> None:
        if self.sqlite:
            given[0] = make_url(self.url).database
        else:
            named["database"] = make_url(self.url).database

    async def close(self) -> None:
        """End all connections: to be lent again."""
        await super().close()
        self.closed = True


def lend(url: str) -> Database:
    """Return a database at this address, until the test ends; its engines have met others."""
    kind = make_url(url).drivername
    found = _free[kind].pop() if _free[kind] else Lasting(url)
    found.url, found.closed = url, False
    _lent.append(found)
    return found


def take_back() -> None:
    """Let the next test have the engines that this one was lent, if it has closed them."""
    while _lent:
        found = _lent.pop()
        if found.closed:
            _free[make_url(found.url).drivername].append(found)


EMPTY = """
DO $$
DECLARE found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR found IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', found.name);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""
"""No trigger asks what may go; rows that were never written need no look."""
ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
AND pid <> pg_backend_pid()
"""
SHAPE = """
SELECT (SELECT version_num FROM alembic_version), (SELECT max(oid) FROM pg_class),
(SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
(SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_index)
"""
WRITTEN = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND pg_relation_size(oid) > 0
"""


class Kept:
    """One database of a PostgreSQL: emptied after each test, made anew if its tables changed."""

    def __init__(self, socket: str) -> None:
        self._socket, self._number = socket, 0
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Self:
        self._loop.run_until_complete(self._make())
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _raised: BaseException | None,
        _where: TracebackType | None,
    ) -> None:  # fmt: skip
        self._loop.run_until_complete(self._drop())
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it is."""
        return postgres.url(self._socket, self._name)

    def empty(self) -> None:
        """Leave what the template has; whoever is still connected is cut off."""
        self._loop.run_until_complete(self._empty())

    async def _make(self) -> None:
        self._number += 1
        self._name = f"t{self._number}"
        await postgres.command(self._socket, f"CREATE DATABASE {self._name} TEMPLATE {TEMPLATE}")
        self._own = await asyncpg.connect(user="postgres", database=self._name, host=self._socket)
        self._shape = await self._own.fetchrow(SHAPE)
        written = [row["relname"] for row in await self._own.fetch(WRITTEN)]
        assert written == ["alembic_version"], "a template with rows is not had by emptying tables"

    async def _drop(self) -> None:
        await self._own.close()
        await postgres.command(self._socket, f"DROP DATABASE {self._name} WITH (FORCE)")

    async def _empty(self) -> None:
        await self._own.execute(ALONE)
        if await self._own.fetchrow(SHAPE) == self._shape:
            await self._own.execute(EMPTY)
        else:
            await self._drop()
            await self._make()
