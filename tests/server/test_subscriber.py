"""The worker of ingest: waits for a database that is away, steps over what it refuses."""

from collections.abc import Sequence

import pytest
from sqlalchemy.exc import DataError, OperationalError

from loquet_server.ingest.service import IngestService, Message, Result
from loquet_server.ingest.subscriber import GROUP_SECONDS, MOST_PASSING, Subscriber
from loquet_server.ingest.troubles import Trouble
from loquet_server.models import DeadLetter
from loquet_server.mqtt import Address, Incoming
from tests.server.house import House
from tests.server.test_ingest import tap

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class Failing(IngestService):
    """An ingest that fails first, or at what it cannot stand."""

    def __init__(self, house: House, failures: int = 0, poison: bytes = b"\0never") -> None:
        super().__init__(house.database, house.keys.signer, lambda: house.now)
        self.failures, self.poison = failures, poison
        self.groups: list[int] = []

    async def handle(self, messages: Sequence[Message]) -> Result:
        if self.failures:
            self.failures -= 1
            raise OperationalError("INSERT", {}, OSError("disk full"))
        if any(self.poison in message.payload for message in messages):
            raise DataError("INSERT", {}, ValueError("cannot be stored"))
        self.groups.append(len(messages))
        return await super().handle(messages)


class Worker(Subscriber):
    """A subscriber that is given its messages by hand."""

    def __init__(self, service: IngestService) -> None:
        self.pauses: list[float] = []

        async def wait(seconds: float) -> None:
            self.pauses.append(seconds)

        super().__init__(service, Address("127.0.0.1", 1), wait=wait)

    async def take(self, *messages: Message) -> None:
        """Let one group of these through."""
        for number, message in enumerate(messages):
            self._hear(Incoming(message.topic, message.payload, message.retained, 1, number, 0))
        await self._take(await self._group())


async def test_a_database_that_is_away_is_waited_for(house: House) -> None:
    tap(house.journal)
    worker = Worker(Failing(house, failures=3))
    await worker.take(house.journal.message())
    assert worker.entries == 6
    assert worker.pauses == [0.1, 0.2, 0.4]


async def test_what_the_database_refuses_is_put_aside_alone(house: House) -> None:
    tap(house.journal, "poison")
    tap(house.journal, "fine", at=1_760_000_100_000)
    service = Failing(house, poison=b"poison")
    worker = Worker(service)
    await worker.take(house.journal.state(), house.journal.message(1, 6), house.journal.message(7))
    assert (await house.kinds()) == [Trouble.JOURNAL_GAP, Trouble.UNSTORABLE_MESSAGE]
    assert len(await house.all(DeadLetter)) == 2
    assert service.groups == [1, 1]


async def test_who_waits_for_no_acknowledgement_fills_no_memory(house: House) -> None:
    service = Failing(house)
    worker, state = Worker(service), house.journal.state()
    for _ in range(10 * MOST_PASSING):
        worker._hear(Incoming(state.topic, state.payload, False, 0, 0, 0))
    await worker.take(state)
    assert service.groups == [MOST_PASSING + 1], "and what the broker keeps is taken all the same"


async def test_messages_that_come_together_are_one_group(house: House) -> None:
    tap(house.journal)
    service = Failing(house)
    worker = Worker(service)
    await worker.take(*(house.journal.message(at, at) for at in range(1, 7)))
    assert service.groups == [6]
    assert (worker.entries, worker.refused) == (6, 0)
    assert worker.lag < 10 + GROUP_SECONDS
