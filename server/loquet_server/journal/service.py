"""The record, shown and exported without what units sealed."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.codec import canonical
from loquet_server.errors import Invalid
from loquet_server.journal.repository import JournalRepository, Key, Wanted
from loquet_server.journal.schemas import EntryOut, JournalOut
from loquet_server.models import Entry

HIDDEN = frozenset({"sealed", "credential"})
"""Not a number, but what somebody with the keys could make one of: stays in the database."""


def shown(entry: Entry) -> EntryOut:
    """Return an entry as it may leave the server."""
    body: Any = json.loads(entry.body)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in HIDDEN}
    return EntryOut(
        unit=entry.unit,
        journal=entry.journal,
        sequence=entry.sequence,
        utc=entry.utc,
        trusted=entry.trusted,
        said=entry.said,
        kind=entry.kind,
        body=body,
    )


async def page(session: AsyncSession, wanted: Wanted, after: str | None, limit: int) -> JournalOut:
    """Return one page; raise Invalid for a key that is none."""
    rows = await JournalRepository(session).page(wanted, _key(after), limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    last = rows[-1] if more else None
    return JournalOut(
        entries=[shown(row) for row in rows],
        after=None if last is None else f"{last.utc}~{last.journal}~{last.sequence}",
    )


def named(shown: JournalOut) -> set[str]:
    """Return the members whom a page names."""
    bodies = [each.body for each in shown.entries if isinstance(each.body, dict)]
    found = {body.get(field) for body in bodies for field in ("holder", "by")}
    return {each for each in found if isinstance(each, str)}


async def export(session: AsyncSession, wanted: Wanted) -> AsyncIterator[str]:
    """Yield the record as JSON lines, oldest first."""
    async for row in JournalRepository(session).stream(wanted):
        yield canonical(shown(row).model_dump())


def _key(text: str | None) -> Key | None:
    if text is None:
        return None
    parts = text.split("~")
    if len(parts) == 3 and parts[0].isdecimal() and parts[2].isdecimal():
        utc, sequence = int(parts[0]), int(parts[2])
        if max(utc, sequence) < 2**53:
            return utc, parts[1], sequence
    raise Invalid("'after' is what the page before gave as 'after'; leave it out to begin")
