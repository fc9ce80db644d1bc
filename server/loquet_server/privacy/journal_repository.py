"""Entries with and without their bodies."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Entry, Journal, JournalGap

Key = tuple[str, int]
"""``(journal, sequence)``."""
SOME = 300
PAGE = 1000


class JournalBodies:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def whole(self, keys: Iterable[Key]) -> list[Entry]:
        """Return those of these entries that still have a body."""
        left, found = sorted(set(keys)), list[Entry]()
        for at in range(0, len(left), SOME):
            some = left[at : at + SOME]
            query = select(Entry).where(
                tuple_(Entry.journal, Entry.sequence).in_(some), Entry.body_digest.is_(None)
            )
            found += (await self._session.execute(query)).scalars()
        return found

    async def blank(self, entry: Entry, body: str, digest: str) -> None:
        """Let the digest take the place of a body and its salt."""
        await self._session.execute(
            update(Entry)
            .where(Entry.journal == entry.journal, Entry.sequence == entry.sequence)
            .values(body=body, salt="", body_digest=digest)
        )

    async def old(self, before: int, recently: int, now: int, limit: int) -> Sequence[Key]:
        """Return entries with a body that happened before a moment (UTC milliseconds).

        What came only ``recently`` waits a little, however old its clock says that it is; one
        that claims to be of the future counts from when it came.
        """
        query = select(Entry.journal, Entry.sequence).where(
            Entry.body_digest.is_(None),
            or_(
                and_(Entry.utc < before, Entry.received_at < recently),
                and_(Entry.utc > now, Entry.received_at < before),
            ),
        )
        return await self._keys(query.order_by(Entry.utc, Entry.journal, Entry.sequence), limit)

    async def sealed(self, before: int, limit: int) -> Sequence[Key]:
        """Return entries before a moment that carry the sealed number of an unknown badge."""
        query = select(Entry.journal, Entry.sequence).where(
            Entry.body_digest.is_(None),
            Entry.kind.in_(("access_denied", "credential_presented")),
            Entry.utc < before,
            Entry.received_at < before,
            Entry.body.contains('"sealed":"'),
        )
        return await self._keys(query, limit)

    async def journals(self) -> Sequence[tuple[str, str]]:
        """Return every journal with its unit."""
        query = select(Journal.id, Journal.unit).order_by(Journal.id)
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def gaps(self, journal: str) -> dict[int, int]:
        """Return the last entry of each gap that is known to be lost, by its first."""
        query = select(JournalGap.first, JournalGap.last).where(JournalGap.journal == journal)
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def after(self, journal: str, sequence: int) -> Sequence[Entry]:
        """Return a page of a journal's entries."""
        query = select(Entry).where(Entry.journal == journal, Entry.sequence > sequence)
        found = await self._session.execute(query.order_by(Entry.sequence).limit(PAGE))
        return list(found.scalars())

    async def _keys(self, query: object, limit: int) -> Sequence[Key]:
        rows = (await self._session.execute(query.limit(limit))).all()  # type: ignore[attr-defined]
        return [(row[0], row[1]) for row in rows]
