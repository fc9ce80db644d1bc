"""Commands about data: ``explain``, ``import``, ``export``."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loquet_server.exports.kinds import Kind
from loquet_server.shell import data_option, ms_of, now_ms, run, served

if TYPE_CHECKING:
    from pydantic import BaseModel
    from sqlalchemy.ext.asyncio import AsyncSession

    from loquet_server.imports.schemas import DraftOut
    from loquet_server.office import After, Office

    Work = Callable[[AsyncSession, Path], Awaitable[BaseModel]]

BROKER_SECONDS = 3.0
JOURNAL = "journal"
_lang = click.option("--lang", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
_at = click.option(
    "--at", type=click.DateTime(), help="Then, in the time of the space (default: now)."
)
_json = click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")


@asynccontextmanager
async def _session(data: Path | None) -> AsyncIterator[tuple[AsyncSession, Path]]:
    from loquet_server.database import Database

    chosen = served(data=data)
    database = Database(chosen.database)
    try:
        async with database.with_transaction() as session:
            yield session, chosen.keys_folder
    finally:
        await database.close()


def _told(data: Path | None, as_json: bool, work: Work, show: Callable[[Any], None]) -> None:
    async def whole() -> None:
        async with _session(data) as (session, keys):
            found = await work(session, keys)
        if as_json:
            click.echo(found.model_dump_json(indent=2))
        else:
            show(found)

    run(whole)


# ---- why -----------------------------------------------------------------------------------


@click.group()
def explain() -> None:
    """Why was a badge refused or let in? Who may enter? When may a member enter what?

    Every question is written in the record, like those on the pages.

    Example: loquet-server explain passage 4711
    """


@explain.command()
@data_option
@click.argument("number", type=click.IntRange(min=0))
@_lang
@_json
def passage(data: Path | None, number: int, lang: str, as_json: bool) -> None:
    """Say why a passage was let in or refused, by the rules of its moment.

    Example: loquet-server explain passage 4711 --lang en
    """

    async def work(session: AsyncSession, keys: Path) -> BaseModel:
        from loquet_server.explain import command

        return await command.passage(session, keys, now_ms(), number, lang)

    def show(found: Any) -> None:
        click.echo(found.exact)
        if found.said:
            click.echo(f"  « {found.said} »")
        marks = {"passed": "+", "failed": "X", "also": "x", "not_asked": " "}
        for each in found.ladder:
            click.echo(f"  [{marks[each.step]}] {each.words}")
        for way in found.ways:
            click.echo(f"  - {way.name}: {way.words or way.answer}")
        if not found.agrees:
            click.echo(f"! {found.recorded}: {found.doubt}")

    _told(data, as_json, work, show)


@explain.command()
@data_option
@click.argument("holder")
@click.option("--access-point", help="Whether this way is open at --at, instead of a week.")
@_at
@_lang
@_json
def member(
    data: Path | None,
    holder: str,
    access_point: str | None,
    at: datetime | None,
    lang: str,
    as_json: bool,
) -> None:
    """Say when a member may enter what in the week from a day on, or whether at one moment.

    Example: loquet-server explain member h1 --at 2026-03-02
    """

    async def work(session: AsyncSession, keys: Path) -> BaseModel:
        from loquet_server.explain import command

        now = now_ms()
        if access_point is None:
            return await command.week(session, now, holder, at, lang)
        moment = ms_of(at) or now
        return await command.way(session, keys, now, holder, access_point, moment, lang)

    def show(found: Any) -> None:
        if access_point is not None:
            click.echo(found.exact)
            return
        from loquet_server.days import instant, zone

        click.echo(found.name)
        for area in found.areas:
            click.echo(f"  {area.name}:")
            for span in area.spans:
                start, end = (
                    instant(each * 1000).astimezone(zone(found.timezone))
                    for each in (span.start, span.end)
                )
                click.echo(f"    {start:%a %Y-%m-%d %H:%M} - {end:%a %H:%M}  {span.by}")

    _told(data, as_json, work, show)


@explain.command()
@data_option
@click.argument("name")
@_at
@_lang
@_json
def area(data: Path | None, name: str, at: datetime | None, lang: str, as_json: bool) -> None:
    """Say who may enter an area at a moment, and who may not and why.

    Example: loquet-server explain area workshop --at 2026-03-01T10:00:00
    """

    async def work(session: AsyncSession, _keys: Path) -> BaseModel:
        from loquet_server.explain import command

        return await command.area(session, now_ms(), name, at, lang)

    def show(found: Any) -> None:
        for each in found.may:
            click.echo(f"+ {each.name} ({each.by})")
        for each in found.may_not:
            click.echo(f"- {each.name}: {each.words or '-'}")

    _told(data, as_json, work, show)


# ---- in and out ----------------------------------------------------------------------------


@click.command(name="import")
@data_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.option("--skip", is_flag=True, help="Leave out the lines with which something is wrong.")
@click.option("--by-name", is_flag=True, help="Without a fitting mail, find members by name.")
@click.option("--site", help="Into this space; needed only where there are several.")
@_lang
def import_members(
    data: Path | None,
    file: Path,
    dry_run: bool,
    skip: bool,
    by_name: bool,
    site: str | None,
    lang: str,
) -> None:
    """Bring members, plans and badges in from a CSV file; columns are known by their headers.

    Exit status 1 when something is wrong with a line and --skip was not given.

    Example: loquet-server import members.csv --dry-run
    """

    async def work() -> None:
        from loquet_server.assembly import open_office
        from loquet_server.imports import command
        from loquet_server.office import After, Transaction
        from loquet_server.reckoning.keeping import followed

        command.check_size(file)
        async with open_office(served(data=data)) as office:
            await followed(office)
            after = After()
            async with office.database.with_transaction() as session:
                found = await command.draft(
                    office, Transaction(session, after), file, site, lang,
                    by_name=by_name, skip=skip, dry_run=dry_run,
                )  # fmt: skip
            _show(found)
            if found.complaints and not skip:
                sys.exit(1)
            if not dry_run:
                await _tell(office, after)

    run(work)


def _show(found: DraftOut) -> None:
    for each in found.lines:
        click.echo(f"{each.line:5} {each.outcome:7} {each.name}  {'; '.join(each.changes)}")
    for wrong in found.complaints:
        click.echo(f"{wrong.line:5} WRONG   {wrong.column}: {wrong.text}", err=True)
    if found.more:
        click.echo(f"  ... and {found.more} more")
    click.echo(f"{found.would_create} new, {found.would_change} changed, {found.same} as before")


async def _tell(office: Office, after: After) -> None:
    from loquet_server.mqtt import BrokerAway

    try:
        await office.exchange.wait_online(BROKER_SECONDS)
    except BrokerAway:
        click.echo("The server does not run: doors hear of it when it starts.", err=True)
        return
    for step in after.steps:
        await step()


@click.command()
@data_option
@click.argument(
    "what", type=click.Choice([JOURNAL, *(each.value for each in Kind)]), default=JOURNAL
)
@click.option("--site", help="Of this space; needed only where there are several.")
@click.option("--unit", help="Of the journal, only this unit.")
@click.option("--kind", help="Of the journal, only this kind of fact.")
@click.option("--since", type=click.DateTime(), help="From here on (local time).")
@click.option("--until", type=click.DateTime(), help="Before this (local time).")
@_lang
def export(
    data: Path | None,
    what: str,
    site: str | None,
    unit: str | None,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    lang: str,
) -> None:
    """Write to standard output: the journal as JSON lines, anything else as CSV.

    Each export is written in the record. No badge number is ever in one.

    Example: loquet-server export members > members.csv
    """

    async def work() -> None:
        from loquet_server.database import Database

        database = Database(served(data=data).database)
        try:
            if what == JOURNAL:
                from loquet_server.journal.command import facts
                from loquet_server.journal.repository import Wanted

                wanted = Wanted(unit, kind, ms_of(since), ms_of(until))
                async for line in facts(database, wanted, now_ms()):
                    click.echo(line)
                return
            from loquet_server.exports.command import Asked, table

            asked = Asked(Kind(what), site, ms_of(since), ms_of(until))
            async for line in table(database, asked, now_ms(), lang):
                click.echo(line, nl=False)
        finally:
            await database.close()

    run(work)


COMMANDS: tuple[click.Command, ...] = (explain, import_members, export)
"""What ``cli`` adds to the program."""
