"""A unit finds the server on its own network, and nobody finds one that does not want to be."""

import asyncio
from pathlib import Path

from loquet_edge.adoption.finding import find_servers
from loquet_server.adoption.beacon import advertising
from loquet_server.settings import Settings

HERE = ["127.0.0.1"]


async def test_a_server_is_found_only_while_it_wants_to_be(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, address="http://127.0.0.1:8123", discovery=True)
    async with advertising(settings, HERE):
        found = await asyncio.to_thread(find_servers, 10.0, HERE)
    assert "http://127.0.0.1:8123" in found
    hidden = settings.model_copy(update={"discovery": False, "address": "http://127.0.0.1:8124"})
    async with advertising(hidden, HERE):
        found = await asyncio.to_thread(find_servers, 0.5, HERE)
    assert "http://127.0.0.1:8124" not in found
