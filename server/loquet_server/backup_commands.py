"""Commands about all that is kept: ``backup``, ``restore``, ``purge``, ``verify``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from loquet_server.shell import data_option, now_ms, run, served, settings

if TYPE_CHECKING:
    from loquet_server.backup.restore import Restored
    from loquet_server.settings import Settings

FAILED = 1
BARRED = {
    "stolen": "stolen, shut out: unit",
    "unit": "shut out: unit",
    "renewed": "let in with another key since, so enrol it again: unit",
    "badge": "lost, returned or blocked: badge",
    "suspended": "suspended: member",
    "archived": "archived: member",
    "lifted": "lifted: lockdown",
    "locked_down": "locked down: door",
    "blocked": "blocked for badges: door",
    "operator": "disabled: operator",
    "token": "revoked: API token",
    "screen": "revoked: screen",
    "link": "revoked: personal link of member",
    "feed": "revoked: calendar feed",
}
"""What was done again, for whoever restores; names of people are on the pages alone."""
_passphrase = click.option(
    "--passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Its first line; without it LOQUET_BACKUP_PASSPHRASE, or a question.",
)  # fmt: skip


def _phrase(chosen: Settings, file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        lines = file.read_text("utf-8").splitlines()
        found = lines[0].strip() if lines else ""
    else:
        found = chosen.backup_passphrase.get_secret_value()
    if not found and sys.stdin.isatty():
        found = str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
    if len(found) < 8:
        raise click.UsageError(
            "a passphrase of 8 characters or more is needed: LOQUET_BACKUP_PASSPHRASE, or"
            " --passphrase-file"
        )
    return found


@click.command()
@data_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_passphrase
@click.option("--without-keys", is_flag=True, help="Leave the server's keys out.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--make-folder", is_flag=True, help="Make the file's folder if it is not there.")
def backup(
    data: Path | None, file: Path, passphrase_file: Path | None, without_keys: bool, force: bool,
    make_folder: bool,
) -> None:  # fmt: skip
    """Write database and keys into one sealed file; the server may run meanwhile.

    Its folder must be there: one that is missing may be a stick that is not mounted. Exit status 1
    if it cannot be written, 2 for wrong usage.

    Example: loquet-server backup /srv/backups/monday.backup
    """
    chosen = served(data=data)
    _refuse_place(file, force=force, make_folder=make_folder)
    phrase = _phrase(chosen, passphrase_file, confirm=True)
    if not without_keys and not (chosen.keys_folder / "signing").exists():
        raise click.UsageError(f"{chosen.keys_folder}: there are no keys; has the server run once?")

    async def work() -> None:
        from loquet_server.backup.dump import write
        from loquet_server.database import Database
        from loquet_server.ledger import record
        from loquet_server.models import Action
        from loquet_server.who import SHELL

        now = now_ms()
        try:
            if make_folder:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = await write(chosen, file, phrase, now, keys=not without_keys)
        except OSError as error:
            _fail(f"{file} was not written: {error.strerror or error}")
        database = Database(chosen.database)
        try:
            async with database.with_transaction() as session:
                record(session, Action.BACKUP_WRITTEN, file.name[:64], now, actor=SHELL.name,
                       detail={"rows": found.rows, "bytes": found.size})  # fmt: skip
        finally:
            await database.close()
        click.echo(f"{file}: {found.rows} rows, {found.size} bytes")
        if found.keys:
            click.echo("It holds the server's keys: whoever has file and passphrase has all doors."
                       " Keep the two apart.", err=True)  # fmt: skip
        else:
            click.echo("It holds no keys: without the keys folder, badges and units must be"
                       " enrolled anew.", err=True)  # fmt: skip

    run(work)


def _refuse_place(file: Path, *, force: bool, make_folder: bool) -> None:
    """Say what is wrong with where a backup is to go, before anybody types a passphrase."""
    try:
        there, folder = file.exists(), file.parent.is_dir()
    except OSError as error:  # a folder that the server's user may not enter
        _fail(
            f"{file} was not written: {error.strerror}; choose a folder that the server's user"
            " may enter and write"
        )
    if there and not force:
        raise click.UsageError(f"{file} is there already; choose another name, or say --force")
    if not folder and not make_folder:
        raise click.UsageError(
            f"{file.parent.absolute()}: there is no such folder; if it is on a stick or another"
            " disk, mount that; else make the folder, or say --make-folder"
        )


@click.command()
@data_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_passphrase
@click.option("--force", is_flag=True, help="Replace what the data folder and database hold.")
def restore(data: Path | None, file: Path, passphrase_file: Path | None, force: bool) -> None:
    """Read a backup into an empty data folder; the server must not run.

    The whole file is proven first. Who was erased after it was made is erased again, and what
    has had its time goes. With --force, who was barred since then is barred again. Exit status 1
    if the file is of no use, 2 for wrong usage.

    Example: LOQUET_DATA=/srv/loquet loquet-server restore monday.backup
    """
    chosen = settings(data=data)
    phrase = _phrase(chosen, passphrase_file, confirm=False)

    async def work() -> None:
        from loquet_server.backup.restore import restore as read_back
        from loquet_server.backup.sealed import BackupUnusable
        from loquet_server.processes import alone

        chosen.data.mkdir(parents=True, exist_ok=True)
        try:
            with alone(chosen):
                _tell(await read_back(chosen, file, phrase, force=force))
        except BackupUnusable as error:
            _fail(str(error))

    run(work)


@click.command()
@data_option
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
def purge(data: Path | None, dry_run: bool) -> None:
    """Erase what has had its time, as the server does each hour.

    Example: loquet-server purge --dry-run
    """
    from loquet_server.assembly import open_office
    from loquet_server.migrations import migrate
    from loquet_server.privacy.purging import Purge
    from loquet_server.reckoning.keeping import followed

    async def work() -> None:
        async with open_office(served(data=data)) as office:
            await migrate(office.database)
            await followed(office)
            found = Purge(office, dry_run)
            await found.run()
        for kind, rows in sorted(found.counts.items()):
            click.echo(f"{rows:8} {kind}")
        click.echo("nothing was erased: this was a dry run" if dry_run else "done")

    run(work)


@click.command()
@data_option
def verify(data: Path | None) -> None:
    """Prove the chains of all journals that the server keeps, with or without their bodies.

    Exit status 1 if an entry does not fit.

    Example: loquet-server verify
    """
    from loquet_server.database import Database
    from loquet_server.privacy import journals

    async def work() -> None:
        database = Database(served(data=data).database)
        try:
            async with database.reading() as session:
                found = await journals.verify(session)
        finally:
            await database.close()
        for line in journals.words(found):
            click.echo(line)
        if any(each.broken is not None for each in found):
            sys.exit(FAILED)

    run(work)


def _tell(found: Restored) -> None:
    made = datetime.fromtimestamp(found.head.made_at / 1000, UTC)
    click.echo(f"restored {found.head.rows} rows as of {made:%Y-%m-%d %H:%M} UTC")
    click.echo(
        f"{found.units} units go on as they are: units send again what came after it, as far"
        " as they still have it"
    )
    _tell_barred(found)
    if found.erased:
        click.echo(f"{found.erased} persons were erased since then, and are again")
    for kind, rows in sorted(found.purged.items()):
        click.echo(f"  had its time: {kind}: {rows}")
    if not found.head.keys:
        click.echo("The backup holds no keys: copy the keys folder back before units connect.",
                   err=True)  # fmt: skip


def _tell_barred(found: Restored) -> None:
    """Say what is barred again, and what nobody can know."""
    if found.again is None:
        click.echo(
            "Nobody here knows what was done since then. Do it again now: units shut out, badges"
            " blocked, members suspended, lockdowns. The pages say so until somebody ends it."
        )
        return
    if not found.again:
        click.echo("Nobody was barred since then who is not.")
    else:
        click.echo(f"{len(found.again)} were barred since then, and are again:")
    for each in found.again:
        click.echo(f"  {BARRED[each.kind]} {each.subject}")
    click.echo("What else was changed since then is not in it; the pages say what to look at.")


def _fail(text: str) -> NoReturn:
    click.echo(f"loquet-server: {text}", err=True)
    sys.exit(FAILED)


COMMANDS: tuple[click.Command, ...] = (backup, restore, purge, verify)
"""What ``cli`` adds to the program."""
