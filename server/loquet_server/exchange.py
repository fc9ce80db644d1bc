"""What a web process says and hears at the broker: changes, wishes, commands and their answers.

Nothing here is shared between processes: each web process has a session of its own, and
each hears every change and every reply.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import structlog

from loquet_contract.ids import CommandId, SiteId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.messages import Change
from loquet_server.mqtt import (
    EVERY_CHANGE,
    Address,
    BrokerAway,
    Incoming,
    MqttSession,
    every_site,
    session_name,
)

Listener = Callable[[str, Change], None]
"""Called with the site and the change, in the event loop; must not block."""
_TAKE_SECONDS = 3.0
_log = structlog.get_logger(__name__)


class Exchange:
    """The web process's session at the broker."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._session = MqttSession(address, session_name("web"), self._hear, persistent=False)
        self._session.subscribe(EVERY_CHANGE)
        self._session.subscribe(every_site(topics.Channel.REPLY))
        self._listeners: list[Listener] = []
        self._replies: dict[CommandId, tuple[str, asyncio.Queue[bytes]]] = {}

    @property
    def online(self) -> bool:
        """True while there is a session at the broker."""
        return self._session.online

    async def start(self) -> None:
        """Begin to connect."""
        await self._session.start()

    async def stop(self) -> None:
        """Leave the broker."""
        await self._session.stop()

    async def wait_online(self, seconds: float) -> None:
        """Wait for the session; raise BrokerAway."""
        await self._session.wait_online(seconds)

    @contextlib.contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Call ``listener`` with each change while the context lasts."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def end_session(self, client: str) -> None:
        """End whatever session a client has: of two with one name, brokers keep the later."""
        taken = MqttSession(self._address, client, lambda _message: None, persistent=False)
        await taken.start()
        with contextlib.suppress(BrokerAway):
            await taken.wait_online(_TAKE_SECONDS)
        await taken.stop()

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Send with QoS 1."""
        self._session.publish(topic, payload, retain=retain)

    def command(self, topic: str, payload: str) -> None:
        """Send with QoS 0, now or never; raise BrokerAway.

        A command that a queue kept would open a door minutes after its sender was told that
        nobody answered.
        """
        self._session.publish_once(topic, payload)

    def tell(self, site: str, change: Change) -> None:
        """Tell all web processes of a change that was committed."""
        self._session.publish(topics.changes(SiteId(site)), encode(change))

    @contextlib.contextmanager
    def expecting(self, topic: str, command: CommandId) -> Iterator[asyncio.Queue[bytes]]:
        """Yield a queue of what comes on ``topic`` and names ``command``; verify it yourself."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=64)
        self._replies[command] = (topic, queue)
        try:
            yield queue
        finally:
            del self._replies[command]

    def _hear(self, message: Incoming) -> None:
        self._session.done(message)
        if message.topic.endswith("/server/changes"):
            self._hear_change(message)
            return
        for command, (topic, queue) in self._replies.items():
            # only a hint of whose reply it is: the waiter verifies the signature
            wanted = topic == message.topic and command.encode() in message.payload
            if wanted and not queue.full():
                queue.put_nowait(message.payload)

    def _hear_change(self, message: Incoming) -> None:
        try:
            change = decode_text(Change, message.payload, 4096)
        except MalformedMessage as error:
            _log.warning("change_unreadable", detail=str(error))
            return
        site = message.topic.split("/")[2]
        for listener in tuple(self._listeners):
            listener(site, change)
