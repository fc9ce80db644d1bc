"""Streams end with the server, and give back what they hold."""

import asyncio
from collections.abc import AsyncGenerator

from loquet_server.web.streams import until

PATIENCE = 5.0


class Source:
    """Counts up to ``limit`` and then waits for ever; remembers whether it was closed."""

    def __init__(self, limit: int, ends: bool = False) -> None:
        self.closed = False
        self.waits = asyncio.Event()
        self._limit = limit
        self._ends = ends

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            for item in range(self._limit):
                yield item
            if not self._ends:
                self.waits.set()
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_a_stream_that_waits_ends_when_the_server_closes() -> None:
    closing, source, heard = asyncio.Event(), Source(2), []
    async with asyncio.timeout(PATIENCE):
        async for item in until(closing, source.items()):
            heard.append(item)
            if item == 1:
                asyncio.get_running_loop().call_soon(closing.set)
    assert heard == [0, 1]
    assert source.closed


async def test_a_stream_that_ends_by_itself_ends() -> None:
    source = Source(3, ends=True)
    async with asyncio.timeout(PATIENCE):
        heard = [item async for item in until(asyncio.Event(), source.items())]
    assert heard == [0, 1, 2]
    assert source.closed


async def test_a_viewer_that_goes_away_gives_back_its_place() -> None:
    source = Source(1)
    stream = until(asyncio.Event(), source.items())
    assert await anext(stream) == 0
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.wait_for(source.waits.wait(), PATIENCE)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=PATIENCE)
    assert source.closed


async def test_after_closing_nothing_begins() -> None:
    closing, source = asyncio.Event(), Source(1)
    closing.set()
    assert [item async for item in until(closing, source.items())] == []
