"""Commands about who may connect: ``revoke``, ``broker-files``."""

from pathlib import Path

import click

from loquet_server.shell import data_option, now_ms, run, served


@click.command()
@data_option
@click.argument("unit")
@click.option("--reason", required=True, help="Why; kept in the record of changes.")
def revoke(data: Path | None, unit: str, reason: str) -> None:
    """Shut a unit out at once: its session ends, and nothing that it signs counts.

    It keeps opening its own doors by what it knows; to come back it needs a new code.
    Exit status 1 if a running server could not be told.

    Example: loquet-server revoke hall --reason "stolen on Sunday night"
    """
    from loquet_contract.ids import check_id
    from loquet_server.certificates.revoking import revoke as shut_out
    from loquet_server.certificates.revoking import told
    from loquet_server.office import committed
    from loquet_server.shell_office import telling_office
    from loquet_server.who import SHELL

    async def work() -> None:
        chosen = served(data=data)
        check_id(unit, "unit")
        async with telling_office(chosen) as office:
            async with committed(office) as transaction:
                now = office.now_ms()
                row = await shut_out(transaction.session, unit, SHELL.name, reason, now)
                told(transaction, office, row, now)
            click.echo(f"unit {unit!r} is shut out")

    run(work)


@click.command(name="broker-files")
@data_option
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def broker_files(data: Path | None, folder: Path) -> None:
    """Write what an external mosquitto needs: authority, certificate, revoked ones, rights.

    With LOQUET_BROKER_FILES the running server keeps the folder up to date by itself.

    Example: loquet-server broker-files /etc/mosquitto/loquet
    """
    from loquet_server.certificates.keeping import write_files
    from loquet_server.database import Database
    from loquet_server.keys import load
    from loquet_server.migrations import migrate

    async def work() -> None:
        chosen = served(data=data)
        database = Database(chosen.database)
        try:
            await migrate(database)
            keys = load(chosen.keys_folder)
            fresh = await write_files(folder, chosen, keys, database, now_ms())
        finally:
            await database.close()
        click.echo(f"{folder}: {'written' if fresh else 'nothing has changed'}")
        if fresh:
            click.echo("Have mosquitto read it:  systemctl reload mosquitto", err=True)

    run(work)


COMMANDS = (revoke, broker_files)
