"""``loquet-server``: exit status 0 only when well, 2 for wrong usage or configuration."""

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
from loquet_server import logs, serving
from loquet_server.broker import BrokerUnusable
from loquet_server.database import Database
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.errors import Problem
from loquet_server.explain.service import ExplainService
from loquet_server.journal.repository import Wanted
from loquet_server.journal.service import export as exported
from loquet_server.keys import KeysUnusable
from loquet_server.keys import load as load_keys
from loquet_server.ledger import record
from loquet_server.migrations import BASE, HEAD, migrate
from loquet_server.models import Action
from loquet_server.mqtt import BrokerAway
from loquet_server.serving import CannotServe, Role
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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="loquet")
def main() -> None:
    """The office of Loquet: pages, record, policies.

    Settings come from LOQUET_* in the environment, such as LOQUET_DATA=/var/lib/loquet.
    """


def _data(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Folder of database, broker and keys."
    )(command)


def _serve(role: Role, data: Path | None, port: int | None = None) -> None:
    chosen = settings(data=data, port=port)
    logs.configure(chosen.log_level)
    run(lambda: serving.serve(chosen, role))


@main.command()
@_data
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
def serve(data: Path | None, port: int | None) -> None:
    """Run pages, ingest and the embedded broker in one process.

    Example: LOQUET_DATA=/var/lib/loquet loquet-server serve --port 8000
    """
    _serve(Role.BOTH, data, port)


@main.command()
@_data
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
def web(data: Path | None, port: int | None) -> None:
    """Run the pages and the API alone; the broker runs elsewhere.

    Example: loquet-server web --port 8001
    """
    _serve(Role.WEB, data, port)


@main.command()
@_data
def ingest(data: Path | None) -> None:
    """Run ingest, and the embedded broker if there is one, without pages.

    Example: loquet-server ingest
    """
    _serve(Role.INGEST, data)


@main.command()
@_data
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
@click.option("--speed", type=click.FloatRange(min=0), default=None, help="How fast members live.")
def demo(data: Path | None, port: int | None, speed: float | None) -> None:
    """Run a whole village space with simulated units and members on this machine.

    Example: loquet-server demo --port 8080
    """
    from loquet_server.demo import run_demo  # only the demo needs simulated hardware

    chosen = settings(data=data, port=port)
    logs.configure("WARNING")
    more = {} if speed is None else {"speed": speed}
    run(lambda: run_demo(chosen, **more))


@main.command(name="migrate")
@_data
@click.option("--to", default=HEAD, show_default=True, help="A revision; 'base' removes all.")
@click.option("--yes", is_flag=True, help="Do remove all tables, with --to base.")
def migrate_command(data: Path | None, to: str, yes: bool) -> None:
    """Bring the database's tables to a revision; 'serve' does so by itself.

    Example: loquet-server migrate
    """
    if to == BASE and not yes:
        raise click.UsageError("--to base removes every table and all that is in it; add --yes")

    async def work() -> None:
        database = Database(settings(data=data).database)
        try:
            await migrate(database, to)
        finally:
            await database.close()
        click.echo(f"the database is at revision {to!r}")

    run(work)


@main.command()
@_data
@click.argument("unit")
@click.option("--site", help="The unit's site; needed only where there are several.")
@click.option("--door", "doors", multiple=True, help="A door of the unit; may be repeated.")
def add_unit(data: Path | None, unit: str, site: str | None, doors: tuple[str, ...]) -> None:
    """Print a one-time code that lets a unit in; it counts for 15 minutes, once.

    Example: loquet-server add-unit hall --door front
    """

    async def work() -> None:
        chosen = settings(data=data)
        database = Database(chosen.database)
        try:
            await migrate(database)
            async with database.with_transaction() as session:
                keys, now = load_keys(chosen.keys_folder), _now_ms()
                service = EnrolmentService(session, chosen, keys, now)
                code = await service.add_unit(unit, site, doors)
        finally:
            await database.close()
        click.echo(code.text)
        if code.warning is not None:
            click.echo(f"Note: {code.warning}.", err=True)
        click.echo(
            f"On unit {unit!r}, within 15 minutes:  loquet-edge enrol CODE"
            f"   (the server answers at {chosen.own_address})",
            err=True,
        )

    run(work)


@main.command()
@_data
@click.option("--passage", type=int, help="Explain this passage.")
@click.option("--holder", help="Explain whether this holder could pass ...")
@click.option("--access-point", help="... here ...")
@click.option("--at", type=click.DateTime(), help="... then (local time; default now).")
@click.option("--lang", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def explain(
    data: Path | None,
    passage: int | None,
    holder: str | None,
    access_point: str | None,
    at: datetime | None,
    lang: str,
) -> None:
    """Say why somebody was let in or refused, by the policy of that moment.

    Example: loquet-server explain --holder h1 --access-point front-in --at 2025-10-12T09:00:00
    """
    if (passage is None) == (holder is None or access_point is None):
        raise click.UsageError("give --passage, or --holder and --access-point")
    at_ms = _now_ms() if at is None else int(at.timestamp() * 1000)

    async def work() -> None:
        chosen = settings(data=data)
        database = Database(chosen.database)
        try:
            async with database.with_transaction() as session:
                key = load_keys(chosen.keys_folder).signing.public
                service = ExplainService(session, key)
                if passage is not None:
                    found = await service.passage(passage, lang)
                else:
                    found = await service.holder(holder or "", access_point or "", at_ms, lang)
                subject = str(passage) if passage is not None else holder or ""
                record(session, Action.PASSAGE_EXPLAINED, subject, _now_ms())
        finally:
            await database.close()
        click.echo(found.model_dump_json(indent=2))

    run(work)


@main.command()
@_data
@click.option("--unit", help="Only this unit.")
@click.option("--kind", help="Only this kind of fact.")
@click.option("--since", type=click.DateTime(), help="From here on (local time).")
@click.option("--until", type=click.DateTime(), help="Before this (local time).")
def export(
    data: Path | None,
    unit: str | None,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write the record to standard output as JSON lines, oldest first.

    Example: loquet-server export --kind access_denied --since 2025-10-01 > refusals.jsonl
    """
    wanted = Wanted(unit, kind, _ms(since), _ms(until))

    async def work() -> None:
        database = Database(settings(data=data).database)
        try:
            async with database.reading() as session:
                async for line in exported(session, wanted):
                    click.echo(line)
            async with database.with_transaction() as session:
                record(session, Action.JOURNAL_EXPORTED, unit or "all", _now_ms())
        finally:
            await database.close()

    run(work)


def _later(name: str, what: str) -> None:
    text = f"{what} (not there yet).\n\nExample: loquet-server {name} FILE"

    @main.command(name=name, help=text)
    @click.argument("file", required=False)
    def later(file: str | None) -> None:
        raise click.UsageError(f"'{name}' is not there yet: it comes with a later version")


_later("import", "Read members and badges from a file")
_later("backup", "Write database and keys into one sealed file")
_later("restore", "Read such a file back")


def _now_ms() -> int:
    return int(datetime.now().timestamp() * 1000)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


if __name__ == "__main__":
    main()
