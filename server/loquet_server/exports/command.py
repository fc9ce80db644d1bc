"""``loquet-server export``: tables for whoever has a shell on the server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from loquet_server.database import Database
from loquet_server.errors import NotFound
from loquet_server.exports.kinds import Kind
from loquet_server.exports.repository import ExportRepository, Wanted
from loquet_server.exports.service import ACTIONS, NAMING, lines
from loquet_server.ledger import record
from loquet_server.privacy import looked
from loquet_server.who import SHELL


@dataclass(frozen=True, slots=True)
class Asked:
    """Which table, of which space (None: the only one), from when until when (UTC ms)."""

    kind: Kind
    site: str | None
    since: int | None
    until: int | None


async def table(database: Database, asked: Asked, now: int, language: str) -> AsyncIterator[str]:
    """Yield a table as CSV, once it stands in the record; raise NotFound."""
    kind = asked.kind
    async with database.with_transaction() as session:
        record(session, ACTIONS[kind], kind, now, actor=SHELL.name)
    async with database.reading() as session:
        repository = ExportRepository(session)
        place = await repository.site(asked.site)
        if place is None:
            raise NotFound(f"there is no site {asked.site!r}")
        wanted = Wanted(place.id, asked.since or 0, asked.until or 2**53)
        if kind in NAMING:
            named = await repository.named(wanted)
            async with database.with_transaction() as writing:
                await looked(writing, SHELL, "export", named, now)
        async for line in lines(session, kind, wanted, language):
            yield line
