"""Entries in the order of their time, page by page: by key, so that no page shifts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Entry, Unit

Key = tuple[int, str, int]
"""``(utc, journal, sequence)``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: all."""

    unit: str | None = None
    kind: str | None = None
    since: int | None = None
    until: int | None = None
    site: str | None = None


class JournalRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: Wanted, after: Key | None, limit: int) -> Sequence[Entry]:
        """Return the entries that follow a key, oldest first."""
        query = _select(wanted)
        if after is not None:
            query = query.where(tuple_(Entry.utc, Entry.journal, Entry.sequence) > after)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def stream(self, wanted: Wanted) -> AsyncIterator[Entry]:
        """Yield all entries, oldest first, without holding them all."""
        query = _select(wanted).execution_options(yield_per=1000)
        async for row in await self._session.stream_scalars(query):
            yield row


def _select(wanted: Wanted) -> Select[Entry]:
    query = select(Entry).order_by(Entry.utc, Entry.journal, Entry.sequence)
    if wanted.unit is not None:
        query = query.where(Entry.unit == wanted.unit)
    if wanted.kind is not None:
        query = query.where(Entry.kind == wanted.kind)
    if wanted.since is not None:
        query = query.where(Entry.utc >= wanted.since)
    if wanted.site is not None:
        query = query.where(Entry.unit.in_(select(Unit.id).where(Unit.site == wanted.site)))
    if wanted.until is not None:
        query = query.where(Entry.utc < wanted.until)
    return query
