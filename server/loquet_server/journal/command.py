"""``loquet-server export journal``: the facts for whoever has a shell on the server."""

from collections.abc import AsyncIterator

from loquet_server.database import Database
from loquet_server.journal.repository import Wanted
from loquet_server.journal.service import export
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.who import SHELL


async def facts(database: Database, wanted: Wanted, now: int) -> AsyncIterator[str]:
    """Yield the journal as JSON lines, oldest first, once that stands in the record."""
    async with database.with_transaction() as session:
        record(session, Action.JOURNAL_EXPORTED, wanted.unit or "all", now, actor=SHELL.name)
    async with database.reading() as session:
        async for line in export(session, wanted):
            yield line
