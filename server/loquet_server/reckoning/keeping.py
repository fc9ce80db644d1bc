"""The server looks at its clock before it does anything else, and then every few seconds.

The process that ingests decides, since units speak to it; it writes down once a minute of what
it is sure. The others follow what stands there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.chores import again
from loquet_server.database import Database
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.ledger import record
from loquet_server.models import Action, ClockReckoning
from loquet_server.office import Office
from loquet_server.reckoning.clock import ServerClock
from loquet_server.reckoning.judgement import TOLERANCE_MS, Doubt, Known, Verdict, judge
from loquet_server.reckoning.repository import ReckoningRepository
from loquet_server.reckoning.witnesses import Witnesses
from loquet_server.reckoning.words import detail
from loquet_server.who import SHELL

EVERY_SECONDS: Final = 10.0
KEPT_MS: Final = 60_000
"""So often it is written down what is sure: an SD card bears that, and no more is lost."""
KIND: Final = "server_clock_wrong"
Resume = Callable[[], Awaitable[object]]
_log = structlog.get_logger(__name__)


class ClockWatch:
    """Judges the machine's clock; ``resume`` is done when a doubt is over."""

    def __init__(
        self, database: Database, clock: ServerClock, witnesses: Witnesses, resume: Resume
    ) -> None:
        self._database, self._clock, self._resume = database, clock, resume
        self._witnesses = witnesses
        self._base: tuple[int, float] | None = None
        """Of what we are sure (UTC milliseconds), and the instant at which we were."""
        self._vouched: int | None = None
        self._suspected = False

    async def look(self) -> None:
        """Judge once, and say and keep what came of it."""
        async with self._database.reading() as session:
            repository = ReckoningRepository(session)
            row, units = await repository.row(), await repository.units()
            sure = await self._sure(repository, row)
        instant = self._clock.instant()
        agreed = self._witnesses.agreed(instant, units)
        known = Known(
            self._clock.now_ms(), sure, agreed and agreed[0],
            None if row is None or row.doubt is None else Doubt(row.doubt),
            None if row is None else row.vouched_at,
        )  # fmt: skip
        verdict = judge(known)
        if self._waits(known, verdict):
            return
        self._take(known, verdict, instant)
        if row is None or verdict.doubt != known.before or self._is_due(row, verdict):
            await self._keep(known, verdict, agreed[1] if agreed else 0)
        if known.before is not None and verdict.doubt is None:
            await self._resume()

    def _waits(self, known: Known, verdict: Verdict) -> bool:
        """Units' first word against the clock may have waited somewhere: they are asked again."""
        alone = verdict.doubt is Doubt.UNITS and judge(replace(known, units=None)).doubt is None
        waits = alone and known.before is None and not self._suspected
        self._suspected = waits
        return waits

    async def _sure(self, repository: ReckoningRepository, row: ClockReckoning | None) -> int:
        vouched = None if row is None else row.vouched_at
        if self._base is None or vouched != self._vouched:
            written = await repository.written() if row is None else row.sure_at
            kept = written or self._clock.now_ms()  # a new server believes its machine
            self._base = kept, self._clock.instant()
            self._vouched = vouched
        utc, at = self._base
        return utc + int((self._clock.instant() - at) * 1000)

    def _take(self, known: Known, verdict: Verdict, instant: float) -> None:
        if verdict.doubt is None:
            self._base = verdict.utc, instant
            self._clock.trust()
        elif verdict.utc != known.sure or not self._clock.doubted:
            self._base = verdict.utc, instant
            self._clock.reckon(verdict.utc)

    def _is_due(self, row: ClockReckoning, verdict: Verdict) -> bool:
        return abs(verdict.utc - row.sure_at) >= KEPT_MS

    async def _keep(self, known: Known, verdict: Verdict, units: int) -> None:
        async with self._database.with_transaction() as session:
            repository = ReckoningRepository(session)
            row = await repository.row() or repository.add(verdict.utc)
            if row.vouched_at != known.vouched:  # somebody has just answered for the clock
                return
            row.sure_at, row.doubt = verdict.utc, verdict.doubt
            closed = verdict.doubt is not None and not await repository.is_open(KIND)
            if verdict.doubt != known.before or closed:
                await _tell(session, known, verdict, units)


async def _tell(session: AsyncSession, known: Known, verdict: Verdict, units: int) -> None:
    said = detail(known, verdict, units)
    if verdict.doubt is None:
        await end_incident(session, unit=None, kind=KIND, now_ms=verdict.utc)
        _log.info("clock_believed")
        return
    await raise_incident(session, site=None, unit=None, kind=KIND, detail=said, now_ms=verdict.utc)
    _log.warning("clock_doubted", why=verdict.doubt.value, detail=said)


async def keep_watching(watch: ClockWatch) -> None:
    """Look every few seconds until cancelled."""
    await again("watch-clock", watch.look, every=EVERY_SECONDS, first=EVERY_SECONDS)


async def follow(database: Database, clock: ServerClock) -> None:
    """Go by what the process that decides has written down, once."""
    async with database.reading() as session:
        row = await ReckoningRepository(session).row()
    if row is None or (row.doubt is None and clock.now_ms() >= row.sure_at - TOLERANCE_MS):
        clock.trust()
    else:
        clock.follow(row.sure_at)


async def followed(office: Office) -> None:
    """Let a command go by what the server knows of the time; its database is up to date."""
    if office.machine_clock is not None:
        await follow(office.database, office.machine_clock)


async def keep_following(database: Database, clock: ServerClock) -> None:
    """Follow until cancelled: for a process that hears no units."""
    await again("follow-clock", lambda: follow(database, clock), every=EVERY_SECONDS)


async def vouch(session: AsyncSession, now_ms: int) -> None:
    """Take a person's word that the machine's clock is right, ``now_ms``."""
    repository = ReckoningRepository(session)
    row = await repository.row() or repository.add(now_ms)
    row.sure_at, row.vouched_at = now_ms, now_ms
    record(session, Action.CLOCK_VOUCHED, "clock", now_ms, actor=SHELL.name)
