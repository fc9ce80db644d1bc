"""A space in a database of its own, and its pages without a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from loquet_server.database import Database
from tests.server.pages import space
from tests.server.pages.house import OrdersTaken, lent


@pytest.fixture
async def database(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database with every table; furnished, if the test asks for that."""
    make = space.furnished if "furnished" in request.fixturenames else space.database
    found = await make(tmp_path)
    yield found
    await found.close()


@pytest.fixture
def orders() -> OrdersTaken:
    """Orders that are only remembered."""
    return OrdersTaken()


@pytest.fixture
async def client(database: Database, orders: OrdersTaken) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a screen, in French."""
    app = lent(database, lambda: space.NOW, orders)
    transport = httpx.ASGITransport(app)
    headers = {"accept-language": "fr-FR,fr;q=0.9,en;q=0.5"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers
    ) as found:
        yield found


@pytest.fixture
def furnished(database: Database) -> Database:
    """The space on a quiet Monday."""
    return database


@pytest.fixture
async def troubled(furnished: Database) -> Database:
    """The same with a door forced, another locked down, a unit offline and a reader gone."""
    await space.trouble(furnished)
    return furnished
