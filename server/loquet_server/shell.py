"""What the commands share: settings, exit status, one line for what is wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from loquet_contract.ids import InvalidId
from loquet_server.broker import BrokerUnusable
from loquet_server.errors import Problem
from loquet_server.keys import KeysUnusable
from loquet_server.mqtt import BrokerAway
from loquet_server.serving import CannotServe
from loquet_server.settings import Settings

WRONG = 2
_OURS = (BrokerAway, BrokerUnusable, CannotServe, InvalidId, KeysUnusable, Problem)


def settings(**given: Any) -> Settings:
    """Return the settings of the environment, with what was given on the command line."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise click.UsageError("settings (LOQUET_*): " + "; ".join(lines)) from error


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work``; say in one line what is wrong, and exit with 2, if it cannot be done."""

    async def whole() -> None:
        await work()

    try:
        asyncio.run(whole())
    except _OURS as error:
        click.echo(f"loquet-server: {error}", err=True)
        sys.exit(WRONG)
    except (OSError, SQLAlchemyError) as error:
        click.echo(f"loquet-server: the database cannot be used: {error}", err=True)
        sys.exit(WRONG)
    except KeyboardInterrupt:
        sys.exit(130)


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
