"""From the broker to the database and back: group, commit, acknowledge, publish.

PUBACK goes out after the commit, so what we have not kept the broker keeps. A group is
4,000 entries or 20 ms: on SQLite, which has one writer, others wait a tenth of a second for
it. A database that is away is waited for; a message that the database refuses is put aside
alone, so that it stops nobody else. A broker that has waited long for PUBACK sends again what
we still hold: that is dropped, so the queue stays as short as what the broker lets be in flight.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from loquet_contract.wire.topics import Channel
from loquet_server.ingest.service import IngestService, Message, Result
from loquet_server.mqtt import Address, Incoming, MqttSession, every_site

GROUP_ENTRIES = 4000
GROUP_SECONDS = 0.020
_GROUP_BYTES = GROUP_ENTRIES * 300
"""About what so many entries weigh: the group is closed before it is read."""
MOST_PASSING = 100
"""Messages that wait, beyond which one that no broker holds back (QoS 0) is dropped: no unit of
ours sends any, and whoever does could fill our memory."""
CHANNELS = (Channel.EVENTS, Channel.STATE, Channel.ONLINE, Channel.SEEN)
_PASSING = frozenset({"08", "40", "53", "57", "58"})
"""Classes of SQLSTATE (PostgreSQL, appendix A) that say nothing against what was asked:
connection, rollback, resources, operator, system."""
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
        self._held: set[tuple[int, int]] = set()
        """``session`` and ``mid`` of all that waits in the queue or is in hand."""
        self._heard_by = 0
        """The newest session that brought anything."""
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
    def contested(self) -> bool:
        """True while another server seems to take our session at the broker."""
        return self._session.contested

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
            await asyncio.wait([self._worker])

    async def ended(self) -> None:
        """Wait until the worker ends, which it should not, and log why."""
        if self._worker is not None:
            await asyncio.wait([self._worker])
            if not self._worker.cancelled():
                _log.critical("ingest_ended", exc_info=self._worker.exception())

    def _hear(self, message: Incoming) -> None:
        if message.session > self._heard_by:
            self._heard_by = message.session
            self._drop_waiting()
        if message.qos:
            held = (message.session, message.mid)
            if held in self._held:
                return
            self._held.add(held)
        elif self._queue.qsize() >= MOST_PASSING:
            return
        self._queue.put_nowait((time.monotonic(), message))

    def _drop_waiting(self) -> None:
        """Drop what waits from earlier sessions: the broker brings again what it keeps."""
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        self._held.clear()
        for at, message in waiting:
            if not message.qos:
                self._queue.put_nowait((at, message))

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
            result = await self._persist(partial(self._service.handle, messages))
        # The outermost loop of ingest: whatever one message can make fail must not stop the
        # messages of all other units; it is put aside where people see it.
        except Exception:  # noqa: BLE001
            _log.exception("group_failed", messages=len(messages))
            result = await self._one_by_one(messages)
        for each in group:
            self._held.discard((each.session, each.mid))
            self._session.done(each)
        self.entries += result.entries
        self.refused += result.refused
        for publication in result.publications:
            self._session.publish(publication.topic, publication.payload, retain=publication.retain)

    async def _persist(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do a transaction; while the database is away, wait and try again."""
        pause = 0.1
        while True:
            try:
                return await work()
            except (OSError, DBAPIError, PoolTimeout) as error:
                if not _away(error):
                    raise
                _log.error("database_away", detail=str(error)[:300], again_in=pause)
            await self._wait(pause)
            pause = min(pause * 2, 10.0)

    async def _one_by_one(self, messages: list[Message]) -> Result:
        whole = Result()
        for message in messages:
            try:
                found = await self._persist(partial(self._service.handle, [message]))
            # As above: this one message is the culprit.
            except Exception as error:  # noqa: BLE001
                _log.exception("message_unstorable", topic=message.topic)
                why = type(error).__name__
                found = await self._persist(partial(self._service.put_aside, message, why))
            whole.publications += found.publications
            whole.entries += found.entries
            whole.refused += found.refused
        return whole


def _away(error: Exception) -> bool:
    """True if the database is not there or full; False if it refuses what it was given."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if isinstance(state, str):
            return state[:2] in _PASSING
        if isinstance(getattr(error.orig, "__cause__", None), (ValueError, OverflowError)):
            return False  # asyncpg's own "does not fit", which SQLAlchemy calls an InterfaceError
        return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    return True
