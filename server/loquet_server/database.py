"""The database: one engine, one session factory, one transaction per request or message.

SQLite runs with a write-ahead log and ``synchronous=FULL``: what was committed survives a
power cut, since a unit frees its entries on our word. PostgreSQL does so by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

T = TypeVar("T")


class Database:
    """An engine and its sessions; ``close`` ends all connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: AsyncEngine = create_async_engine(
            url, pool_pre_ping=not self.sqlite, hide_parameters=True
        )
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._blocking: sessionmaker[Session] | None = None
        if self.sqlite:
            plain = create_engine(parsed.set(drivername="sqlite"), hide_parameters=True)
            self._blocking = sessionmaker(plain, expire_on_commit=False)
            for engine in (self.engine.sync_engine, plain):
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_immediate)

    @asynccontextmanager
    async def with_transaction(self) -> AsyncIterator[AsyncSession]:
        """Yield a session; commit at the end, roll back if anything raised."""
        async with self.sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads; on SQLite it never waits for a writer."""
        async with self.sessions() as session:
            await session.connection(execution_options={"reading": True})
            yield session

    async def run(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` makes of one transaction; for bulk work in plain, blocking code.

        SQLite does it in one thread from begin to commit: a hop between threads for each
        statement costs more than the statement.
        """
        if self._blocking is not None:
            return await asyncio.to_thread(self._run, self._blocking, work)
        async with self.with_transaction() as session:
            return await session.run_sync(work)

    async def read(self, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
        """Return what ``work`` reads in one transaction; it may wait for nothing but the session.

        On SQLite in one thread, for the reason that ``run`` gives.
        """
        if self._blocking is not None:
            return await asyncio.to_thread(self._read, self._blocking, work)
        async with self.reading() as session:
            return await work(session)

    def _read(
        self,
        sessions: sessionmaker[Session],
        work: Callable[[AsyncSession], Coroutine[Any, Any, T]],
    ) -> T:
        with sessions() as session:
            session.connection(execution_options={"reading": True})
            # An asynchronous session on a plain one: whatever it awaits is there at once.
            reading = AsyncSession()
            reading.sync_session = session
            steps = work(reading)
            try:
                steps.send(None)
            except StopIteration as end:
                found: T = end.value
                return found
            steps.close()
        raise RuntimeError("a reader waited for something else than its session")

    def _run(self, sessions: sessionmaker[Session], work: Callable[[Session], T]) -> T:
        with sessions.begin() as session:
            return work(session)

    async def answers(self) -> bool:
        """Return True if the database answers a question; raise what it raises if not."""
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(reading=True)
            return bool((await connection.execute(text("SELECT 1"))).scalar_one() == 1)

    async def close(self) -> None:
        """End all connections."""
        await self.engine.dispose()
        if self._blocking is not None:
            self._blocking.kw["bind"].dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are ours: see _begin_immediate
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-16000",
        # 16 MB of log before it is copied into the database: ingest writes the same pages again
        # and again, and the copying is what it waits for. What is committed is in the log.
        "wal_autocheckpoint=4000",
        # what was erased is overwritten, and not only forgotten
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    """Begin as a writer: a reader that upgrades late fails with 'database is locked' at once."""
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")
