"""What the commands share: settings, exit status, one line for what is wrong.

Commands load what they need when they run, so that help and wrong usage come at once on a
small machine too.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from loquet_server.settings import Settings

WRONG = 2


def settings(**given: Any) -> Settings:
    """Return the settings of the environment, with what was given on the command line."""
    from pydantic import ValidationError

    from loquet_server.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise click.UsageError("settings (LOQUET_*): " + "; ".join(lines)) from error


def served(**given: Any) -> Settings:
    """Return the settings of a server that is there already; exit with 2 if there is none.

    A command in the wrong folder would else make a second, empty server there, and answer of it.
    """
    from loquet_server.settings import DATABASE_FILE

    chosen = settings(**given)
    try:
        if chosen.database_url or (chosen.data / DATABASE_FILE).exists():
            return chosen
        wrong = (
            "no server has its data here; name its folder with --data or LOQUET_DATA, or make"
            " a new one with 'loquet-server migrate'"
        )
    except PermissionError:
        wrong = "not yours to read; be the user of the server, or say sudo loquet-server"
    click.echo(f"loquet-server: {chosen.data.absolute()}: {wrong}", err=True)
    sys.exit(WRONG)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work``; say in one line what is wrong, and exit with 2, if it cannot be done."""

    async def whole() -> None:
        await work()

    try:
        asyncio.run(whole())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read has read enough: 'export journal | head'
        raise
    except _ours() as error:  # asked for once something is raised, and not before
        click.echo(f"loquet-server: {error}", err=True)
        sys.exit(WRONG)
    except _of_the_database() as error:
        click.echo(f"loquet-server: {_unusable(error)}", err=True)
        sys.exit(WRONG)


def _unusable(error: Exception) -> str:
    """Return what the database or the disk says, without the query that met it."""
    said = f"the database cannot be used: {getattr(error, 'orig', None) or error}"
    if "no such" in said:
        said += "; 'loquet-server migrate' brings older tables up to date"
    return said


def _ours() -> tuple[type[Exception], ...]:
    """Return what says by itself what is wrong and what to do."""
    from loquet_contract.ids import InvalidId
    from loquet_server.broker import BrokerUnusable
    from loquet_server.errors import Problem
    from loquet_server.keys import KeysUnusable
    from loquet_server.mqtt import BrokerAway
    from loquet_server.processes import CannotServe

    return BrokerAway, BrokerUnusable, CannotServe, InvalidId, KeysUnusable, Problem


def _of_the_database() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    return OSError, SQLAlchemyError


def data_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--data`` to a command."""
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Folder of database, broker and keys."
    )(command)


def now_ms() -> int:
    """Return the time, UTC milliseconds."""
    return int(datetime.now().timestamp() * 1000)


def ms_of(at: datetime | None) -> int | None:
    """Return a local time as UTC milliseconds."""
    return None if at is None else int(at.timestamp() * 1000)
