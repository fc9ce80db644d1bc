"""Names the concrete parts of an office and joins them: database, keys, session, publisher.

The web application stands on such an office (``app``); so does a command that needs one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loquet_server.broker import SERVER_USER
from loquet_server.certificates.context import office_context, reachable
from loquet_server.database import Database
from loquet_server.exchange import Exchange
from loquet_server.keys import Keys
from loquet_server.keys import load as load_keys
from loquet_server.mqtt import Address
from loquet_server.office import Office
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.settings import BrokerKind, Settings


def broker_address(settings: Settings, keys: Keys) -> Address:
    """Return where the broker is, and as whom this server comes."""
    tls = office_context(keys) if settings.broker_secure else None
    host, port = reachable(settings.broker_host), settings.broker_port
    if settings.broker is BrokerKind.EMBEDDED:
        return Address(host, port, SERVER_USER, keys.broker_password, tls)
    password = settings.broker_password.get_secret_value()
    return Address(host, port, settings.broker_user, password, tls)


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """Yield an office whose session at the broker is on its way; close all at the end."""
    keys = load_keys(settings.keys_folder)
    office = Office(
        settings,
        Database(settings.database),
        keys,
        Exchange(broker_address(settings, keys)),
        PolicyPublisher(keys, settings.policy_horizon_days),
    )
    await office.exchange.start()
    try:
        yield office
    finally:
        await office.exchange.stop()
        await office.database.close()
