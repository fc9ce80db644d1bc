"""``loquet-server operator``: accounts, for whoever has a shell on the server.

Whoever lost the last owner's password gets in again here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loquet_server.roles import Role
from loquet_server.shell import data_option, now_ms, run, served

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from loquet_server.models import Operator
    from loquet_server.settings import Settings


@click.group()
def operator() -> None:
    """Add operators, reset their passwords, list them; links are printed, never passwords.

    Example: loquet-server operator list
    """


@operator.command(name="add")
@data_option
@click.argument("mail")
@click.option("--name", required=True, help="What the record calls them.")
@click.option(
    "--role", type=click.Choice([each.value for each in Role]), default="owner", show_default=True
)
@click.option("--site", help="Their only space; default: all of this server.")
def add(data: Path | None, mail: str, name: str, role: str, site: str | None) -> None:
    """Add an operator, and print the link by which they choose a password.

    Example: loquet-server operator add zoe@moulin.example --name Zoé --role owner
    """
    from loquet_server.operators import command

    async def work() -> None:
        async with _open(data) as (chosen, session):
            _say(chosen, *await command.add(session, now_ms(), name, mail, role, site))

    run(work)


@operator.command(name="reset")
@data_option
@click.argument("mail")
def reset(data: Path | None, mail: str) -> None:
    """Print a link by which an operator chooses a new password; lets a disabled one in again.

    Example: loquet-server operator reset zoe@moulin.example
    """
    from loquet_server.operators import command

    async def work() -> None:
        async with _open(data) as (chosen, session):
            _say(chosen, *await command.reset(session, now_ms(), mail))

    run(work)


@operator.command(name="list")
@data_option
def list_all(data: Path | None) -> None:
    """List operators: mail, role, space, name, and what is particular.

    Example: loquet-server operator list
    """
    from loquet_server.identity.repository import IdentityRepository
    from loquet_server.operators import command

    async def work() -> None:
        async with _open(data) as (_, session):
            for row in await IdentityRepository(session).operators():
                click.echo(command.line(row))

    run(work)


@asynccontextmanager
async def _open(data: Path | None) -> AsyncIterator[tuple[Settings, AsyncSession]]:
    from loquet_server.database import Database
    from loquet_server.identity.preferences import with_preferences
    from loquet_server.migrations import migrate

    chosen = served(data=data)
    database = Database(chosen.database)
    try:
        await migrate(database)
        chosen = await with_preferences(chosen, database)
        async with database.with_transaction() as session:
            yield chosen, session
    finally:
        await database.close()


def _say(chosen: Settings, row: Operator, secret: str) -> None:
    base = (chosen.public_url or chosen.own_address).rstrip("/")
    click.echo(f"{base}/link/{secret}")
    click.echo(f"{row.name} ({row.mail}) chooses a password there, once, within 72 h.", err=True)
