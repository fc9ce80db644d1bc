"""The pages behind a real port, for a real browser: start, change, stop, start again."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from loquet_server.bench.schemas import BadgeChoice
from loquet_server.database import Database
from tests.server.pages import space
from tests.server.pages.house import OrdersTaken, application

T = TypeVar("T")
PATIENCE = 20.0


class LivePages:
    """One web process's worth of pages in a thread, over a database in ``folder``."""

    def __init__(
        self, folder: Path, *, clock: Callable[[], int] = lambda: space.NOW,
        boards: Path | None = None, badges: Sequence[BadgeChoice] = (),
    ) -> None:  # fmt: skip
        self._clock = clock
        self._boards = boards
        self._badges = badges
        self.orders = OrdersTaken()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pages")
        self._thread.start()
        self.database: Database = self.run(space.database(folder))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the server's own event loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def start(self) -> None:
        """Listen; returns once it answers."""
        app = self.application()
        self.broadcaster = app.state.broadcaster
        self._closing: asyncio.Event = app.state.closing
        config = uvicorn.Config(
            app, port=self.port, log_level="warning", timeout_graceful_shutdown=1, ws="none"
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve(), self._loop)
        self.run(self._started())

    def application(self) -> FastAPI:
        """Return what is to be served."""
        return application(self.database, self._clock, self.orders, self._boards, self._badges)

    def stop(self) -> None:
        """Stop listening; streams end."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._server.should_exit = True
        self._serving.result(PATIENCE)

    def close(self) -> None:
        """Stop, and leave no thread behind."""
        if not self._serving.done():
            self.stop()
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def change(self, *rows: object) -> None:
        """Commit rows as ingest would, and tell of it."""
        self.run(self._change(rows))

    async def _change(self, rows: tuple[object, ...]) -> None:
        async with self.database.with_transaction() as session:
            for row in rows:
                await session.merge(row)
        self.broadcaster.changed("test", "test", 1)

    async def _started(self) -> None:
        while not self._server.started:
            await asyncio.sleep(0.01)
