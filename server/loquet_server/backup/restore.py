"""A backup is read back: proven first, then into empty tables, all in one transaction.

Whoever was erased after it was made is erased again: their tombstones lie beside the database,
and in it. What has had its time since goes too. Whoever was barred since then (a unit shut out, a
badge blocked, a member suspended, a door locked down) is barred again, as far as there is a
database that knows: see ``barred``.
"""

import base64
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from loquet_server.assembly import open_office
from loquet_server.backup import barred, dump
from loquet_server.backup.barred_repository import BarredRepository
from loquet_server.backup.barring import bar_again
from loquet_server.backup.repository import SOME, BackupRepository
from loquet_server.backup.sealed import BackupUnusable, opened
from loquet_server.database import Database
from loquet_server.ledger import record
from loquet_server.migrations import BASE, migrate, revisions
from loquet_server.models import Action
from loquet_server.office import After, Office, Transaction
from loquet_server.policy.repository import PolicyRepository
from loquet_server.privacy import erase, tombstones
from loquet_server.privacy.purging import RETENTION, Purge
from loquet_server.privacy.repository import PrivacyRepository
from loquet_server.restoration.schemas import RestorationOut
from loquet_server.restoration.service import begin
from loquet_server.sensing import plans as sensing
from loquet_server.settings import Settings
from loquet_server.who import SHELL

AHEAD = 100_000
"""Versions that are left free: units may hold some that were made after the backup."""


class NotEmpty(BackupUnusable):
    """There is something already where the backup should go."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself; ``rows`` as counted while it was proven."""

    made_at: int
    revision: str
    software: str
    keys: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    head: Head
    erased: int
    purged: dict[str, int]
    units: int = 0
    """Enrolled ones, which go on with the keys that came back."""
    again: tuple[barred.Barred, ...] | None = None
    """What was barred since then, and is again; None if there was no database to ask."""


def prove(path: Path, passphrase: str) -> Head:
    """Read a whole backup without using it; raise BackupUnusable or OSError."""
    head: dict[str, Any] | None = None
    rows, end = 0, None
    for line in _lines(path, passphrase):
        if head is None:
            head = _head(path, line)
        elif isinstance(line, list):
            rows += 1
        elif "end" in line:
            end = line["end"]
    if head is None or end != rows:
        raise BackupUnusable(f"{path}: its content is not whole; use another backup")
    return Head(head["made_at"], head["revision"], head["software"], head["keys"], rows)


async def restore(settings: Settings, path: Path, passphrase: str, *, force: bool) -> Restored:
    """Read a backup into an empty data folder; raise BackupUnusable, NotEmpty or OSError."""
    head = prove(path, passphrase)
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await _make_room(database, settings, path, head, force=force)
        await migrate(database, head.revision)
        try:
            async with database.engine.begin() as connection:
                await _fill(connection, settings, path, passphrase, force=force)
        except NotEmpty:  # a key is in the way: there were no tables, and there are none now
            if barred.read(settings.data) is None:
                barred.forget(settings.data)
            raise
        await migrate(database)
    finally:
        await database.close()
    async with open_office(settings) as office:
        erased = await _erase_again(office)
        known = barred.read(settings.data)  # None: there was no database to ask
        again = None if known is None else await bar_again(office, known, head.made_at)
        units = await _step_ahead(office, head, over=known is not None)
        purged = await Purge(office).run()
    barred.forget(settings.data)
    return Restored(head, erased, purged, units, None if again is None else tuple(again))


def _lines(path: Path, passphrase: str) -> Iterator[Any]:
    try:
        yield from dump.unpacked(opened(path, passphrase))
    except (ValueError, zlib.error) as error:
        raise BackupUnusable(f"{path}: its content cannot be read ({error})") from error


def _head(path: Path, line: Any) -> dict[str, Any]:
    known = revisions()
    if not isinstance(line, dict) or not isinstance(line.get("backup"), int):
        raise BackupUnusable(f"{path}: this is no backup of Loquet")
    if line["backup"] > dump.FORMAT or line.get("revision") not in known:
        raise BackupUnusable(
            f"{path}: made by a newer version of Loquet ({line.get('software')}); install that"
            " version first"
        )
    return line


async def _make_room(
    database: Database, settings: Settings, path: Path, head: Head, *, force: bool
) -> None:
    """See that nothing is there; with ``force`` remove it, but for who was erased or barred."""
    async with database.engine.connect() as connection:
        repository = BackupRepository(connection)
        empty, there = await repository.is_empty(), await repository.revision()
    if not empty and not force:
        raise NotEmpty(
            f"{path} was not restored: {database.engine.url.render_as_string()} holds a space"
            " already; take an empty LOQUET_DATA, or say --force to replace all that is there"
        )
    if empty:
        barred.keep(settings.data, None)
    if not there:
        return
    if not empty:
        await migrate(database)
        async with database.reading() as session:
            rows = await PrivacyRepository(session).erasures()
            bars = await BarredRepository(session).since(head.made_at)
        barred.keep(settings.data, bars)
        stones = [tombstones.Tombstone(e.salt, e.digest, e.number, e.at) for e in rows]
        tombstones.keep(settings.data, stones)
    await migrate(database, BASE)


async def _fill(
    connection: AsyncConnection, settings: Settings, path: Path, passphrase: str, *, force: bool
) -> None:
    repository = BackupRepository(connection)
    there = await repository.reflected()
    known = {each.name: each for each in dump.tables()}
    table: Table | None = None
    columns: list[str] = []
    waiting: list[dict[str, Any]] = []
    for line in _lines(path, passphrase):
        if isinstance(line, list):
            waiting.append(_row(table, columns, line))
            if len(waiting) < SOME:
                continue
        if table is not None and waiting:
            await repository.add(table, waiting)
            waiting = []
        if isinstance(line, dict) and "table" in line:
            if table is not None:
                await repository.count_on(table)
            columns = line["columns"]
            table = _table(path, line["table"], columns, there, known)
        elif isinstance(line, dict) and "key" in line:
            _write_key(settings.keys_folder, line["key"], line["text"], force=force)
    if table is not None:
        await repository.count_on(table)


def _table(
    path: Path, name: str, columns: list[str], there: dict[str, Table], known: dict[str, Table]
) -> Table:
    """Return the model's table where it has the columns of the backup, else what is there."""
    found = known.get(name)
    if found is not None and set(columns) == set(there[name].columns.keys()) == set(
        found.columns.keys()
    ):
        return found
    if name not in there:
        raise BackupUnusable(f"{path}: it has a table {name!r} that its revision does not know")
    return there[name]


def _row(table: Table | None, columns: list[str], values: list[Any]) -> dict[str, Any]:
    assert table is not None
    return {
        name: base64.b64decode(value)
        if isinstance(table.c[name].type, LargeBinary) and value is not None
        else value
        for name, value in zip(columns, values, strict=True)
    }


def _write_key(folder: Path, name: str, text: str, *, force: bool) -> None:
    if not dump.KEY_NAME(name):
        raise BackupUnusable(f"it has a key called {name[:40]!r}; use another backup")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if path.exists() and path.read_text("ascii") != text and not force:
        raise NotEmpty(
            f"{path} is there already and is another key; take an empty LOQUET_DATA, or say"
            " --force to replace it"
        )
    temporary = path.with_name(f".{name}.restored")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


async def _erase_again(office: Office) -> int:
    """Erase whom the backup has brought back; return how many."""
    async with office.database.reading() as session:
        repository = PrivacyRepository(session)
        people, rows = await repository.holders(), await repository.erasures()
    stones = tombstones.read(office.settings.data)
    known = {each.digest for each in stones}
    stones += [tombstones.Tombstone(e.salt, e.digest, e.number, e.at) for e in rows
               if e.digest not in known]  # fmt: skip
    tombstones.keep(office.settings.data, stones)
    found = [(who, stone) for who, _ in people for stone in stones if stone.is_of(who)]
    for holder, stone in found:
        after = After()
        async with office.database.with_transaction() as session:
            await erase(
                office, Transaction(session, after), holder, RETENTION, "", number=stone.number
            )
        for step in after.steps:
            await step()
    return len(found)


async def _step_ahead(office: Office, head: Head, *, over: bool) -> int:
    """Make policies that are newer than any that a unit may hold, and record the restore.

    ``over``: a database was replaced, so that it is known who was barred. Return how many units
    there are.
    """
    now = office.now_ms()
    async with office.database.with_transaction() as session:
        policies = PolicyRepository(session)
        for site in await PrivacyRepository(session).settings():
            await office.policies.whole(session, site, now, ahead=AHEAD)
        units = await policies.units()
        for unit in units:
            wish = await policies.desired(unit)
            if wish is not None:
                wish.version += AHEAD
                await session.flush()
                await office.policies.advance_desired(session, unit, now)
        await sensing.step_ahead(session, office.keys.signer, AHEAD, now)
        record(
            session, Action.BACKUP_RESTORED, "backup", now, actor=SHELL.name,
            detail={"made_at": head.made_at, "rows": head.rows, "over": over},
        )  # fmt: skip
        found = RestorationOut(restored_at=now, made_at=head.made_at, barred_again=over)
        await begin(session, found)
    return len(units)
