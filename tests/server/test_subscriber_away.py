"""A database that fails and comes back, a broker that sends again, and a worker that ends."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loquet_server.ingest.service import IngestService, Message, Result
from loquet_server.ingest.subscriber import Subscriber
from loquet_server.ingest.troubles import Trouble
from loquet_server.mqtt import Address, Incoming
from loquet_server.processes import CannotServe
from loquet_server.serving import until_stopped
from tests.server.house import House
from tests.server.test_ingest import tap


class Wrong(Exception):
    """What a driver raises; ``sqlstate`` as PostgreSQL gives it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


class Failing(IngestService):
    """An ingest that fails with these states first, and at what it cannot stand for ever."""

    def __init__(self, house: House, *states: str, asides: tuple[str, ...] = ()) -> None:
        super().__init__(house.database, house.keys.signer, lambda: house.now)
        self.states, self.asides = list(states), list(asides)

    async def handle(self, messages: Sequence[Message]) -> Result:
        if self.states:
            raise DBAPIError("INSERT", {}, Wrong(self.states.pop(0)))
        return await super().handle(messages)

    async def put_aside(self, message: Message, why: str) -> Result:
        if self.asides:
            raise DBAPIError("INSERT", {}, Wrong(self.asides.pop(0)))
        return await super().put_aside(message, why)


class Worker(Subscriber):
    """A subscriber that is given its messages by hand."""

    def __init__(self, service: IngestService) -> None:
        self.pauses: list[float] = []

        async def wait(seconds: float) -> None:
            self.pauses.append(seconds)

        super().__init__(service, Address("127.0.0.1", 1), wait=wait)

    def hear(self, message: Message, mid: int, session: int = 1) -> None:
        self._hear(Incoming(message.topic, message.payload, message.retained, 1, mid, session))

    def begin(self) -> None:
        """Have the worker work, without a broker."""
        self._worker = asyncio.create_task(self._work())

    async def take(self) -> int:
        """Let what was heard through as one group; return how many messages it has."""
        group = await self._group()
        await self._take(group)
        return len(group)


@pytest.mark.parametrize("state", ["08006", "40001", "53100", "57P03", "58030"])
async def test_what_will_pass_is_waited_for(house: House, state: str) -> None:
    tap(house.journal)
    worker = Worker(Failing(house, state, state))
    worker.hear(house.journal.message(), 1)
    await worker.take()
    assert (worker.entries, worker.pauses) == (6, [0.1, 0.2])
    assert await house.kinds() == []


async def test_what_cannot_be_stored_is_put_aside_even_if_the_database_goes_away_then(
    house: House,
) -> None:
    tap(house.journal)
    service = Failing(house, "22003", "22003", asides=("57P01", "53300"))
    worker = Worker(service)
    worker.hear(house.journal.message(), 1)
    await worker.take()
    assert (worker.entries, worker.refused, worker.pauses) == (0, 1, [0.1, 0.2])
    assert await house.kinds() == [Trouble.UNSTORABLE_MESSAGE]


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_a_connection_that_postgresql_ends_is_made_anew(house: House) -> None:
    class Cut(IngestService):
        cut = False

        def _handle(self, session: Session, messages: Sequence[Message]) -> Result:
            if not self.cut:
                self.cut = True
                session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return super()._handle(session, messages)

    tap(house.journal)
    worker = Worker(Cut(house.database, house.keys.signer, lambda: house.now))
    worker.hear(house.journal.message(), 1)
    await worker.take()
    assert (worker.entries, worker.pauses) == (6, [0.1])


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_broker_that_sends_again_what_we_hold_is_not_heard_twice(house: House) -> None:
    tap(house.journal)
    worker = Worker(Failing(house))
    for _ in range(3):
        worker.hear(house.journal.message(1, 3), 1)
        worker.hear(house.journal.message(4, 6), 2)
    assert await worker.take() == 2
    worker.hear(house.journal.message(), 1)  # a new message: the number is free again
    assert await worker.take() == 1
    assert worker.entries == 6


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_waits_from_an_earlier_session_is_dropped_as_it_comes_again(
    house: House,
) -> None:
    tap(house.journal)
    worker = Worker(Failing(house))
    for session in (1, 2, 3):
        worker.hear(house.journal.message(1, 3), 1, session)
        worker.hear(house.journal.message(4, 6), 2, session)
    assert await worker.take() == 2
    assert worker.entries == 6


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_server_whose_ingest_ends_does_not_go_on_without_it(house: House) -> None:
    worker = Worker(Failing(house, "22003", "22003", asides=("22003",)))
    worker.hear(house.journal.state(), 1)
    worker.begin()
    with pytest.raises(CannotServe, match="ingest has ended"):
        async with asyncio.timeout(10):
            await until_stopped(asyncio.Event(), worker)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_server_that_is_told_to_stop_stops(house: House) -> None:
    worker, stop = Worker(Failing(house)), asyncio.Event()
    worker.begin()
    stop.set()
    async with asyncio.timeout(10):
        await until_stopped(stop, worker)
        await worker.stop()
