"""An office for a command that changes what units may do, beside a server that runs or not."""

import contextlib
import sys
from collections.abc import AsyncIterator

import click

from loquet_server.assembly import open_office
from loquet_server.database import Database
from loquet_server.migrations import migrate
from loquet_server.mqtt import BrokerAway
from loquet_server.office import Office
from loquet_server.reckoning.keeping import followed
from loquet_server.settings import Settings

TELL_SECONDS = 5.0


@contextlib.asynccontextmanager
async def telling_office(settings: Settings) -> AsyncIterator[Office]:
    """Yield an office on an up-to-date database; exit with 1 after it if nobody could be told."""
    database = Database(settings.database)
    try:
        await migrate(database)
    finally:
        await database.close()
    heard = False
    async with open_office(settings) as office:
        await followed(office)
        with contextlib.suppress(BrokerAway):
            await office.exchange.wait_online(TELL_SECONDS)
            heard = True
        yield office
    if not heard:
        click.echo(
            "The server or its broker does not answer, so nobody was told. A server that"
            " starts reads it by itself; one that runs has to be started again.",
            err=True,
        )
        sys.exit(1)
