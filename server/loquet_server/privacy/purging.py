"""What has had its time is erased: in small batches, each a transaction of its own.

Between two batches others get their turn, so that ingest never waits longer than one batch
takes. A run that is cut short loses nothing: the next one finds what is left.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.database import Database
from loquet_server.ledger import record
from loquet_server.models import Action, PurgeRun
from loquet_server.office import After, Office, Transaction
from loquet_server.privacy import journals, kinds, tombstones
from loquet_server.privacy.erasing import erase
from loquet_server.privacy.journal_repository import JournalBodies
from loquet_server.privacy.periods import PERIODS, Old
from loquet_server.privacy.person_repository import PersonRepository
from loquet_server.privacy.policy_repository import OldPolicies
from loquet_server.privacy.purge_repository import PurgeRepository
from loquet_server.privacy.repository import PrivacyRepository
from loquet_server.privacy.traces import Scrubber
from loquet_server.who import PERMISSIONS, Actor, Role

BATCH = 400
"""Rows of one transaction: some 20 ms on a small machine."""
MOST_BATCHES = 5000
"""Batches of one kind in one run; what is left waits for the next."""
PAUSE = 0.02
"""Seconds between batches, for others who want to write."""
_log = structlog.get_logger(__name__)
EMPTYINGS, EMPTYING_PAUSE = 40, 0.25
"""How often SQLite's log is tried to be emptied, and the seconds in between; the next run tries
again."""
RETENTION = Actor("retention", Role.OWNER, PERMISSIONS[Role.OWNER])
"""Who erases what has had its time."""
Find = Callable[[AsyncSession, int], Awaitable[list[object]]]
"""Finds at most so many things whose time is over, only reading."""
Take = Callable[[AsyncSession, list[object]], Awaitable[int]]
"""Takes them out within a transaction; returns how many."""
_ALL = 2**31


@dataclass(slots=True)
class Purge:
    """One run. ``counts``: kind to rows; ``dry``: only count what would go."""

    office: Office
    dry: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    complete: bool = True

    async def run(self) -> dict[str, int]:
        """Erase what has had its time; return how many rows, by kind."""
        async with self.office.database.reading() as session:
            found = await PrivacyRepository(session).settings()
        sites = {
            site: kinds.days_of({} if row is None else row.days) for site, row in found.items()
        }
        everywhere = kinds.shortest(list(sites.values()))
        await self._strangers()
        for site, days in sites.items():
            await self._people(site, days)
            await self._details(site, days)
        for old in PERIODS:
            if old.place is not None:
                for site, days in sites.items():
                    await self._rows(old, site, days)
                await self._rows(old, None, everywhere)
        await self._bodies(everywhere)
        await self._policies(everywhere)
        if not self.dry:
            await self._told()
            await settle(self.office.database)
        return self.counts

    # ---- kinds

    async def _rows(self, old: Old, site: str | None, days: dict[str, int]) -> None:
        table, now = old.place, self.office.now_ms()
        assert table is not None
        cutoff = (
            kinds.before(days, old.kind, now) if old.days is None else now - old.days * kinds.DAY_MS
        )

        async def find(session: AsyncSession, limit: int) -> list[object]:
            return list(await PurgeRepository(session).past(old, site, cutoff, limit))

        async def take(session: AsyncSession, keys: list[object]) -> int:
            return await PurgeRepository(session).drop(table, keys)

        await self._batches(old.kind, find, take)

    async def _details(self, site: str, days: dict[str, int]) -> None:
        """Unknown badges are forgotten; used passes keep member and date."""
        badges = kinds.before(days, "unknown_badges", self.office.now_ms())
        moments = kinds.before(days, "pass_moments", self.office.now_ms())

        async def find_badges(session: AsyncSession, limit: int) -> list[object]:
            return list(await PurgeRepository(session).unsealed(site, badges, limit))

        async def take_badges(session: AsyncSession, found: list[object]) -> int:
            return await PurgeRepository(session).forget_badges(_numbers(found))

        async def find_uses(session: AsyncSession, limit: int) -> list[object]:
            return list(await PurgeRepository(session).exact_uses(site, moments, limit))

        async def take_uses(session: AsyncSession, found: list[object]) -> int:
            return await PurgeRepository(session).reduce_uses(_numbers(found))

        await self._batches("unknown_badges", find_badges, take_badges)
        await self._batches("pass_moments", find_uses, take_uses)

    async def _strangers(self) -> None:
        """Units that were offline may tell late of somebody erased: that names nobody either."""

        async def find(session: AsyncSession, limit: int) -> list[object]:
            return list(await PurgeRepository(session).strangers(limit))

        async def take(session: AsyncSession, found: list[object]) -> int:
            repository = PurgeRepository(session)
            gone = await repository.named(_numbers(found))
            await journals.erase_bodies(session, await repository.blank(_numbers(found)))
            for holder in gone:  # what complained of a stranger named them too
                await PersonRepository(session, holder).scrub(Scrubber([holder]), but=frozenset())
            return len(found)

        await self._batches("erased", find, take)

    async def _bodies(self, days: dict[str, int]) -> None:
        now = self.office.now_ms()
        old = kinds.before(days, "journal", now)
        sealed = kinds.before(days, "unknown_badges", now)

        async def find_old(session: AsyncSession, limit: int) -> list[object]:
            recently = now - kinds.DAY_MS
            return list(await JournalBodies(session).old(old, recently, now, limit))

        async def find_sealed(session: AsyncSession, limit: int) -> list[object]:
            return list(await JournalBodies(session).sealed(sealed, limit))

        async def take(session: AsyncSession, keys: list[object]) -> int:
            return await journals.erase_bodies(session, keys)  # type: ignore[arg-type]

        await self._batches("journal", find_old, take)
        await self._batches("unknown_badges", find_sealed, take)

    async def _people(self, site: str, days: dict[str, int]) -> None:
        """Guests and former members whose time is over are erased like anybody who asks for it."""
        now = self.office.now_ms()
        async with self.office.database.reading() as session:
            repository = PurgeRepository(session)
            guests = await repository.guests(site, kinds.before(days, "guests", now), BATCH)
            former = await repository.former(site, kinds.before(days, "former_members", now), BATCH)
        for kind, people in (("guests", guests), ("former_members", former)):
            for holder in people:
                if not self.dry:
                    await self._erase(holder)
                self._count(kind, 1)
            self.complete &= len(people) < BATCH

    async def _erase(self, holder: str) -> None:
        after = After()
        async with self.office.database.with_transaction() as session:
            await erase(self.office, Transaction(session, after), holder, RETENTION, "")
        for step in after.steps:
            await step()
        await asyncio.sleep(PAUSE)

    async def _policies(self, days: dict[str, int]) -> None:
        """Old versions go; where units build on an old whole policy, a new one is made."""
        if self.dry:
            return
        now = self.office.now_ms()
        before = kinds.before(days, "policies", now)
        after = After()
        async with self.office.database.with_transaction() as session:
            repository = OldPolicies(session)
            for site in await repository.ageing(before):
                after.publish(self.office, await self.office.policies.whole(session, site, now))
            await session.flush()
            self._count("policies", await repository.drop(before))
            self._count("policies", await repository.drop_moving())
            self._count("evidence", await PurgeRepository(session).drop_numbers())
        for step in after.steps:
            await step()

    # ---- how

    async def _batches(self, kind: str, find: Find, take: Take) -> None:
        if self.dry:
            async with self.office.database.reading() as session:
                self._count(kind, len(await find(session, _ALL)))
            return
        for _ in range(MOST_BATCHES):
            async with self.office.database.reading() as session:
                found = await find(session, BATCH)
            if not found:
                return
            async with self.office.database.with_transaction() as session:
                self._count(kind, await take(session, found))
            await asyncio.sleep(PAUSE)
        self.complete = False

    def _count(self, kind: str, rows: int) -> None:
        if rows:
            self.counts[kind] = self.counts.get(kind, 0) + rows

    async def _told(self) -> None:
        now = self.office.now_ms()
        async with self.office.database.with_transaction() as session:
            repository = PrivacyRepository(session)
            repository.add(PurgeRun(at=now, counts=dict(self.counts), complete=self.complete))
            if self.counts:
                record(
                    session, Action.DATA_PURGED, "retention", now, actor=RETENTION.name,
                    detail=dict(self.counts),
                )  # fmt: skip
            stones = [
                tombstones.Tombstone(each.salt, each.digest, each.number, each.at)
                for each in await repository.erasures()
            ]
        tombstones.keep(self.office.settings.data, stones)


async def settle(database: Database) -> None:
    """Let what was deleted leave the files too: the log is emptied, free space is reused.

    SQLite overwrites what it deletes (``secure_delete``); PostgreSQL frees it by ``VACUUM``.
    Whoever empties SQLite's log and waits for readers holds up all who write, and a request that
    reads and then writes would wait for itself. So it waits for nobody, and comes back.
    """
    async with database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT", reading=True)
        if database.sqlite:
            await plain.execute(text("COMMIT"))
            patience = (await plain.execute(text("PRAGMA busy_timeout"))).scalar_one()
            await plain.execute(text("PRAGMA busy_timeout=0"))
            try:
                for _ in range(EMPTYINGS):
                    if not (await plain.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()[0]:
                        break
                    await asyncio.sleep(EMPTYING_PAUSE)
                else:
                    _log.warning("log_not_emptied", detail="somebody reads on; at the next purge")
            finally:  # the connection goes back to others, who do wait for each other
                await plain.execute(text(f"PRAGMA busy_timeout={patience}"))
            await plain.execute(text("BEGIN"))
        else:
            await plain.execute(text("VACUUM"))


def _numbers(found: list[object]) -> list[int]:
    return [int(str(each)) for each in found]
