"""An office on a test's database, without a broker: what it would publish is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from loquet_contract.wire.messages import Change
from loquet_server.app import no_pages
from loquet_server.exchange import Exchange
from loquet_server.mqtt import Address
from loquet_server.office import Office
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.settings import Accounts, Settings
from tests.server import standing
from tests.server.house import House


class Recorder(Exchange):
    """An exchange that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(Address("127.0.0.1", 1))
        self.published: list[tuple[str, str, bool]] = []
        self.told: list[Change] = []

    @property
    def online(self) -> bool:
        return True

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self.published.append((topic, payload, retain))

    def command(self, topic: str, payload: str) -> None:
        self.publish(topic, payload)

    def tell(self, site: str, change: Change) -> None:
        self.told.append(change)


def make_office(
    house: House, folder: Path, accounts: Accounts = Accounts.LOCAL
) -> tuple[Office, Recorder]:
    """Return an office on a house's database, with the house's keys and clock."""
    recorder = Recorder()
    settings = Settings(
        data=folder, address="http://localhost:8000", command_timeout=0.2, accounts=accounts
    )
    office = Office(
        settings,
        house.database,
        house.keys,
        recorder,
        PolicyPublisher(house.keys, settings.policy_horizon_days),
        clock=lambda: house.now,
    )
    return office, recorder


@asynccontextmanager
async def client(
    office: Office, address: str = "127.0.0.1", host: str = "localhost:8000"
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the office's API that comes from ``address`` and asks for ``host``."""
    transport = httpx.ASGITransport(standing.lend(office, no_pages), client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as found:
        yield found
