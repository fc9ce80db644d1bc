"""Bad lines: one TCP proxy for many units, each with a cable of its own that can be hurt.

A proxy sees bytes, not packets. What the kernel makes of a lost packet, a pause and at last a
broken connection, is done here outright: ``delay`` holds each piece back, ``tear`` breaks the
connection in the middle of one, with the rest of it gone. True loss of packets is ``packets``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

_PIECE = 16 * 1024


@dataclass
class Cable:
    """One unit's way to the broker. ``port``: where the unit dials."""

    port: int = 0
    cut: bool = False
    """Connections are reset, new ones too."""
    stalled: bool = False
    """Connections stay, and nothing comes through."""
    delay: float = 0.0
    """Seconds that each piece is held back."""
    tear: float = 0.0
    """Odds that a piece is the last of its connection."""
    torn: int = 0
    ends: set[asyncio.StreamWriter] = field(default_factory=set)


class Cables:
    """All cables to one broker, served by one thread."""

    def __init__(self, target: int, seed: int) -> None:
        self._target, self._draw = target, random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self.of: dict[str, Cable] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="cables", daemon=True)
        self._thread.start()

    def lay(self, unit: str) -> Cable:
        """Give a unit a cable that is whole."""
        cable = self.of[unit] = Cable()
        self._do(self._serve(cable))
        return cable

    def turn(self, unit: str, **state: bool | float) -> None:
        """Hurt a cable, or heal it."""
        self._do(self._turn(self.of[unit], state))

    def heal(self) -> None:
        """Make all of them whole."""
        for unit in self.of:
            self.turn(unit, cut=False, stalled=False, delay=0.0, tear=0.0)

    @property
    def torn(self) -> int:
        """How many connections broke in the middle of a piece."""
        return sum(each.torn for each in self.of.values())

    def close(self) -> None:
        """End the thread, and every connection."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _serve(self, cable: Cable) -> None:
        async def join(near: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            await self._join(cable, near, sink)

        server = await asyncio.start_server(join, "127.0.0.1", 0)
        cable.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)

    async def _turn(self, cable: Cable, state: dict[str, bool | float]) -> None:
        for name, value in state.items():
            setattr(cable, name, value)
        if cable.cut:
            for end in list(cable.ends):
                end.transport.abort()

    async def _join(
        self, cable: Cable, near: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            if not cable.cut:
                far, source = await asyncio.open_connection("127.0.0.1", self._target)
                ends = {sink, source}
                cable.ends |= ends
                await asyncio.gather(self._pump(cable, near, source), self._pump(cable, far, sink))
                cable.ends -= ends
        sink.transport.abort()

    async def _pump(
        self, cable: Cable, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(_PIECE):
                await self._hold(cable)
                if self._draw.random() < cable.tear:
                    cable.torn += 1
                    sink.write(piece[: self._draw.randrange(len(piece))])
                    break
                sink.write(piece)
                await sink.drain()
        sink.close()

    async def _hold(self, cable: Cable) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + cable.delay
        while (early := due - loop.time()) > 0 or (cable.stalled and not cable.cut):
            await asyncio.sleep(max(0.05, early))

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for cable in self.of.values():
            cable.cut = True
            for end in list(cable.ends):
                end.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=10)
