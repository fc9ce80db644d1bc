"""Databases of both kinds, and an office on each."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loquet_server.database import Database
from loquet_server.migrations import migrate
from tests.server import lasting, postgres, standing
from tests.server.house import House


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


@pytest.fixture(autouse=True)
def applications() -> Iterator[None]:
    """What a test was lent goes to the next one."""
    yield
    standing.take_back()
    lasting.take_back()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def kept_postgres() -> Iterator[lasting.Kept]:
    """A migrated, empty database of a PostgreSQL, to be emptied after each test."""
    with postgres.running() as socket:
        asyncio.run(postgres.command(socket, f"CREATE DATABASE {lasting.TEMPLATE}"))
        asyncio.run(_migrated(postgres.url(socket, lasting.TEMPLATE)))
        with lasting.Kept(socket) as kept:
            yield kept


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """The URL of a migrated, empty database."""
    if database_kind == "sqlite":
        path = tmp_path / "loquet.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    kept: lasting.Kept = request.getfixturevalue("kept_postgres")
    yield kept.url
    kept.empty()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    found = lasting.lend(database_url)
    yield found
    await found.close()


@pytest.fixture
async def house(database: Database) -> House:
    """A database with one small house: a site, two areas, a unit, a door, two desks, a member."""
    found = House(database)
    await found.build()
    return found
