"""What every endpoint may use, and how it gets it.

``TransactionDep``: one transaction per request, committed before the answer goes out.
``After``: what is to be done once the commit is through, such as publishing.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.messages import Change
from loquet_server.database import Database
from loquet_server.errors import TooLarge
from loquet_server.exchange import Exchange
from loquet_server.identity.passwords import Passwords
from loquet_server.identity.space_names import SpaceNames
from loquet_server.keys import Keys
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.mqtt import BrokerAway
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.publication import Publication
from loquet_server.rate import Rate
from loquet_server.reckoning.clock import ServerClock
from loquet_server.settings import Settings


class IngestHealth(Protocol):
    """How ingest fares, where it runs in this process."""

    @property
    def lag(self) -> float:
        """Seconds that the oldest message has waited."""

    @property
    def online(self) -> bool:
        """True while it has a session at the broker."""


class HomeHealth(Protocol):
    """How Home Assistant's bridge fares, where it runs in this process."""

    @property
    def online(self) -> bool | None:
        """True while it has a session at that broker; None where it is switched off."""


async def _nothing() -> None:
    return None


def _quietly() -> None:
    return None


@dataclass(slots=True)
class Office:
    """The concrete parts that ``app`` joined."""

    settings: Settings
    database: Database
    keys: Keys
    exchange: Exchange
    policies: PolicyPublisher
    clock: Callable[[], float] = field(default_factory=ServerClock)
    """UTC seconds."""
    ingest: IngestHealth | None = None
    home: HomeHealth | None = None
    units_changed: Callable[[], Awaitable[None]] = _nothing
    """Called after a unit was enrolled: the broker must know its password."""
    waiting_shown: Callable[[], None] = _quietly
    """Called as somebody looks at the units that wait: a demo has one come then."""
    enrolments: Rate = field(default_factory=Rate)
    announcements: Rate = field(
        default_factory=lambda: Rate(
            most=120, words="too many units announce themselves from this address; wait a minute"
        )
    )
    """Of units that nobody knows: one that waits asks thirty times a minute."""
    unsigned: Rate = field(
        default_factory=lambda: Rate(
            most=120,
            words="too many requests from this address were signed by no unit; wait a minute",
        )
    )
    """Requests in the name of a unit that did not count."""
    requests: Rate = field(
        default_factory=lambda: Rate(most=240, words="this unit asks too often; wait a minute")
    )
    """Of each unit: one that comes back after an outage asks a few times, and then waits."""
    passwords: Passwords = field(default_factory=Passwords)
    space_names: SpaceNames = field(default_factory=SpaceNames)
    moving: MovingPublisher = field(init=False)
    """Tells units what changes with every tap."""

    def __post_init__(self) -> None:
        self.moving = MovingPublisher(self.keys.signer)

    @property
    def machine_clock(self) -> ServerClock | None:
        """The machine's clock, with what is thought of it; None where another is given."""
        return self.clock if isinstance(self.clock, ServerClock) else None

    @property
    def doubts_clock(self) -> bool:
        """True while the machine's clock is not believed: nothing goes for its age meanwhile."""
        return self.machine_clock is not None and self.machine_clock.doubted

    def publish(self, publications: Iterable[Publication]) -> None:
        """Publish what was committed; what is prompt first."""
        found = tuple(publications)
        with contextlib.suppress(BrokerAway):  # said again below, once there is a session
            for each in found:
                if each.prompt:
                    self.exchange.command(each.topic, each.payload)
        for each in found:
            self.exchange.publish(each.topic, each.payload, retain=each.retain)

    def now_ms(self) -> int:
        """Return the time, UTC milliseconds."""
        return int(self.clock() * 1000)


def office_of(request: Request) -> Office:
    """Return the office of the application that serves this request."""
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


@dataclass(slots=True)
class After:
    """Things to do after the commit, in order."""

    steps: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def publish(self, office: Office, publications: Iterable[Publication]) -> None:
        """Publish these once the commit is through."""
        found = tuple(publications)

        async def step() -> None:
            office.publish(found)

        self.do(step)

    def tell(self, office: Office, site: str, noun: str, subject: str, revision: int) -> None:
        """Tell pages of a change once the commit is through."""

        async def step() -> None:
            office.exchange.tell(site, Change(noun, subject, revision))

        self.do(step)

    def do(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do ``step`` once the commit is through; never, if it is not."""
        self.steps.append(step)


@dataclass(slots=True)
class Transaction:
    """One request's session, and what follows its commit."""

    session: AsyncSession
    after: After


@contextlib.asynccontextmanager
async def committed(office: Office) -> AsyncIterator[Transaction]:
    """Yield a transaction, commit it, and do what follows: for work of more than one."""
    after = After()
    async with office.database.with_transaction() as session:
        yield Transaction(session, after)
    for step in after.steps:
        await step()


async def _transaction(request: Request) -> AsyncIterator[Transaction]:
    async with committed(office_of(request)) as transaction:
        yield transaction


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    async with office_of(request).database.reading() as session:
        yield session


OfficeDep = Annotated[Office, Depends(office_of)]
TransactionDep = Annotated[Transaction, Depends(_transaction, scope="function")]
"""For endpoints that change something."""
ReadingDep = Annotated[AsyncSession, Depends(_reading, scope="function")]
"""For endpoints that only read."""


async def limited_body(request: Request, limit: int) -> bytes:
    """Return the body of a request; raise TooLarge beyond ``limit`` bytes without reading on."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            raise TooLarge(f"the body is larger than the {limit} bytes allowed")
    return bytes(found)
