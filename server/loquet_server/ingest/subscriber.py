"""From the broker to the database and back: group, commit, acknowledge, publish.

PUBACK goes out after the commit, so what we have not kept the broker keeps. A group is
2,000 entries or 20 ms. A database that is away is waited for; a message that the database
refuses is put aside alone, so that it stops nobody else.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from loquet_contract.wire.topics import Channel
from loquet_server.ingest.service import IngestService, Message, Result
from loquet_server.mqtt import Address, Incoming, MqttSession, every_site

GROUP_ENTRIES = 2000
GROUP_SECONDS = 0.020
_GROUP_BYTES = GROUP_ENTRIES * 300
"""About what so many entries weigh: the group is closed before it is read."""
CHANNELS = (Channel.EVENTS, Channel.STATE, Channel.ONLINE)
_log = structlog.get_logger(__name__)


class Subscriber:
    """The ingest process's session and its one worker."""

    def __init__(
        self,
        service: IngestService,
        address: Address,
        name: str = "loquet-ingest",
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._service = service
        self._queue: asyncio.Queue[tuple[float, Incoming]] = asyncio.Queue()
        self._session = MqttSession(address, name, self._hear, persistent=True)
        for channel in CHANNELS:
            self._session.subscribe(every_site(channel))
        self._worker: asyncio.Task[None] | None = None
        self._waiting_since: float | None = None
        self._wait = wait
        self.entries = 0
        self.refused = 0

    @property
    def online(self) -> bool:
        """True while there is a session at the broker."""
        return self._session.online

    @property
    def lag(self) -> float:
        """Return how many seconds the oldest message has waited."""
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    async def start(self) -> None:
        """Begin to listen."""
        self._worker = asyncio.create_task(self._work())
        await self._session.start()

    async def wait_online(self, seconds: float) -> None:
        """Wait for the session; raise BrokerAway."""
        await self._session.wait_online(seconds)

    async def stop(self) -> None:
        """Leave the broker; what was not committed comes again next time."""
        await self._session.stop()
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker

    def _hear(self, message: Incoming) -> None:
        self._queue.put_nowait((time.monotonic(), message))

    async def _work(self) -> None:
        while True:
            group = await self._group()
            await self._take(group)
            self._waiting_since = None

    async def _group(self) -> list[Incoming]:
        """Wait for a message, then gather for up to GROUP_SECONDS."""
        self._waiting_since, first = await self._queue.get()
        group, size = [first], len(first.payload)
        end = time.monotonic() + GROUP_SECONDS
        while size < _GROUP_BYTES:
            try:
                left = end - time.monotonic()
                _, message = (
                    self._queue.get_nowait()
                    if not self._queue.empty()
                    else await asyncio.wait_for(self._queue.get(), max(left, 0))
                )
            except TimeoutError:
                break
            group.append(message)
            size += len(message.payload)
        return group

    async def _take(self, group: list[Incoming]) -> None:
        messages = [Message(each.topic, each.payload, each.retained) for each in group]
        try:
            result = await self._persist(messages)
        # The outermost loop of ingest: whatever one message can make fail must not stop the
        # messages of all other units; it is put aside where people see it.
        except Exception:  # noqa: BLE001
            _log.exception("group_failed", messages=len(messages))
            result = await self._one_by_one(messages)
        for each in group:
            self._session.done(each)
        self.entries += result.entries
        self.refused += result.refused
        for publication in result.publications:
            self._session.publish(publication.topic, publication.payload, retain=publication.retain)

    async def _persist(self, messages: list[Message]) -> Result:
        """Take messages; while the database is away, wait and try again."""
        pause = 0.1
        while True:
            try:
                return await self._service.handle(messages)
            except (OSError, DBAPIError) as error:
                if not _away(error):
                    raise
                _log.error("database_away", detail=str(error)[:300], again_in=pause)
            await self._wait(pause)
            pause = min(pause * 2, 10.0)

    async def _one_by_one(self, messages: list[Message]) -> Result:
        whole = Result()
        for message in messages:
            try:
                found = await self._persist([message])
            # As above: this one message is the culprit.
            except Exception as error:  # noqa: BLE001
                _log.exception("message_unstorable", topic=message.topic)
                found = await self._service.put_aside(message, type(error).__name__)
            whole.publications += found.publications
            whole.entries += found.entries
            whole.refused += found.refused
        return whole


def _away(error: Exception) -> bool:
    """True if the database is not there or full; False if it refuses what it was given."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return True
