"""Databases of both kinds, and an office on each."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loquet_server.database import Database
from loquet_server.migrations import migrate
from tests.server import postgres
from tests.server.house import House

_names = itertools.count()
TEMPLATE = "loquet_template"


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """The socket folder of a PostgreSQL that has a migrated template."""
    with postgres.running() as socket:
        asyncio.run(postgres.command(socket, f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(_migrated(postgres.url(socket, TEMPLATE)))
        yield socket


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs on both."""
    return str(request.param)


@pytest.fixture
def database_source(database_kind: str, request: pytest.FixtureRequest) -> str:
    """A template's path, or a PostgreSQL's socket folder; made outside any event loop."""
    name = "sqlite_template" if database_kind == "sqlite" else "postgres_socket"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def database_url(
    database_kind: str, database_source: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a migrated, empty database."""
    if database_kind == "sqlite":
        path = tmp_path / "loquet.db"
        shutil.copy(database_source, path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    socket = database_source
    name = f"t{next(_names)}"
    await postgres.command(socket, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres.url(socket, name)
    await postgres.command(socket, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    found = Database(database_url)
    yield found
    await found.close()


@pytest.fixture
async def house(database: Database) -> House:
    """A database with one small house: a site, two areas, a unit, a door, two desks, a member."""
    found = House(database)
    await found.build()
    return found
