"""``loquet-server``: exit status 0 only when well, 2 for wrong usage or configuration.

What a command needs is imported within it: see ``shell``.
"""

from __future__ import annotations

from pathlib import Path

import click

from loquet_server import (
    backup_commands,
    clock_commands,
    data_commands,
    link_commands,
    operator_commands,
    release_commands,
    theft_commands,
)
from loquet_server.migrations import BASE, HEAD
from loquet_server.processes import Role
from loquet_server.shell import data_option, now_ms, run, served, settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="loquet")
def main() -> None:
    """The office of Loquet: pages, record, policies.

    Settings come from LOQUET_* in the environment, such as LOQUET_DATA=/srv/loquet.
    """


def _serve(role: Role, data: Path | None, port: int | None = None) -> None:
    chosen = settings(data=data, port=port)  # said before everything is loaded, if wrong
    from loquet_server import logs, serving

    logs.configure(chosen.log_level)
    run(lambda: serving.serve(chosen, role))


@main.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
def serve(data: Path | None, port: int | None) -> None:
    """Run pages, ingest and the embedded broker in one process.

    Example: LOQUET_DATA=/srv/loquet loquet-server serve --port 8000
    """
    _serve(Role.BOTH, data, port)


@main.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
def web(data: Path | None, port: int | None) -> None:
    """Run the pages and the API alone; the broker runs elsewhere.

    Example: loquet-server web --port 8001
    """
    _serve(Role.WEB, data, port)


@main.command()
@data_option
def ingest(data: Path | None) -> None:
    """Run ingest, and the embedded broker if there is one, without pages.

    Example: loquet-server ingest
    """
    _serve(Role.INGEST, data)


@main.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the pages.")
@click.option("--speed", type=click.FloatRange(min=0), default=None, help="How fast members live.")
def demo(data: Path | None, port: int | None, speed: float | None) -> None:
    """Run a whole village space with simulated units and members on this machine.

    Example: loquet-server demo --port 8080
    """
    chosen = settings(data=data, port=port)
    from loquet_server import logs
    from loquet_server.demo import run_demo

    logs.configure("WARNING")
    more = {} if speed is None else {"speed": speed}
    run(lambda: run_demo(chosen, **more))


@main.command(name="migrate")
@data_option
@click.option("--to", default=HEAD, show_default=True, help="A revision; 'base' removes all.")
@click.option("--yes", is_flag=True, help="Do remove all tables, with --to base.")
def migrate_command(data: Path | None, to: str, yes: bool) -> None:
    """Bring the database's tables to a revision; 'serve' does so by itself.

    Example: loquet-server migrate
    """
    if to == BASE and not yes:
        raise click.UsageError("--to base removes every table and all that is in it; add --yes")

    async def work() -> None:
        from loquet_server.database import Database
        from loquet_server.migrations import migrate, revision, revisions

        if to not in (BASE, HEAD, *revisions()):
            raise click.UsageError(f"--to {to}: no such revision; known: {', '.join(revisions())}")
        database = Database(settings(data=data).database)
        try:
            await migrate(database, to)
            now = await revision(database) or BASE
        finally:
            await database.close()
        if to not in (HEAD, now):
            raise click.UsageError(
                f"--to {to}: the database is at revision {now} already; nothing has changed"
            )
        click.echo(f"the database is at revision {now!r}")

    run(work)


@main.command()
@data_option
@click.argument("unit")
@click.option("--site", help="The unit's site; needed only where there are several.")
@click.option("--door", "doors", multiple=True, help="A door of the unit; may be repeated.")
def add_unit(data: Path | None, unit: str, site: str | None, doors: tuple[str, ...]) -> None:
    """Print a one-time code that lets a unit in; it counts for 15 minutes, once.

    Example: loquet-server add-unit hall --door front
    """
    from loquet_server.database import Database
    from loquet_server.enrolment.service import EnrolmentService
    from loquet_server.identity.preferences import with_preferences
    from loquet_server.keys import load
    from loquet_server.migrations import migrate

    async def work() -> None:
        chosen = served(data=data)
        database = Database(chosen.database)
        try:
            await migrate(database)
            chosen = await with_preferences(chosen, database)
            async with database.with_transaction() as session:
                keys, now = load(chosen.keys_folder), now_ms()
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


for each in (
    *data_commands.COMMANDS,
    *backup_commands.COMMANDS,
    *link_commands.COMMANDS,
    *clock_commands.COMMANDS,
    *release_commands.COMMANDS,
    *theft_commands.COMMANDS,
):
    main.add_command(each)
main.add_command(operator_commands.operator)


if __name__ == "__main__":
    main()
