"""A plain MQTT client for tests: what it hears is in a queue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loquet_server.mqtt import Address, Incoming, MqttSession

SECONDS = 10.0


class Client:
    """One session; ``heard`` holds what came, acknowledged at once."""

    def __init__(self, address: Address, name: str, persistent: bool) -> None:
        self.heard: asyncio.Queue[Incoming] = asyncio.Queue()
        self.session = MqttSession(address, name, self._hear, persistent=persistent)

    @property
    def generation(self) -> int:
        """How often the broker has greeted us."""
        return self.session.greetings

    def _hear(self, message: Incoming) -> None:
        self.session.done(message)
        self.heard.put_nowait(message)

    async def next(self, ending: str = "", seconds: float = SECONDS) -> Incoming:
        """Return the next message whose topic ends so; TimeoutError after ``seconds``."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.heard.get()
                if message.topic.endswith(ending):
                    return message


@asynccontextmanager
async def connected(
    address: Address, name: str, *filters: str, persistent: bool = False
) -> AsyncIterator[Client]:
    """Yield a client that has a session and has asked for these filters."""
    client = Client(address, name, persistent)
    for each in filters:
        client.session.subscribe(each)
    await client.session.start()
    try:
        await client.session.wait_online(SECONDS)
        yield client
    finally:
        await client.session.stop()
