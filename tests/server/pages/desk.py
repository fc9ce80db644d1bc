"""A browser without a screen at an office's pages, on a house's database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from loquet_server.office import Office
from tests.server import standing


@asynccontextmanager
async def browser(office: Office, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser at this machine that shows pages in ``language``."""
    transport = httpx.ASGITransport(standing.lend(office), client=("127.0.0.1", 40000))
    headers = {"accept-language": language, "accept": "text/html"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8000", headers=headers
    ) as found:
        yield found
