"""Tells people: writes down whom to tell, and sends until it is through.

A notice is claimed for a minute before it is sent, so that two servers do not both send it. If
the server dies between sending and writing that down, the notice comes once more: a mail under
the same Message-ID, a push as a second one. What nobody needs any more is not sent.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from loquet_server.chores import again
from loquet_server.days import zone
from loquet_server.hooks.schedule import next_try
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.models import Incident, Notice, NoticeChannel, Operator
from loquet_server.notices.letter import Letter, Matter, Writer
from loquet_server.notices.planning import write_notices
from loquet_server.notices.repository import NoticeRepository
from loquet_server.notices.ways import Outcome, Sender
from loquet_server.office import Office
from loquet_server.web.i18n import translations
from loquet_server.web.moments import Moments

LOOK_SECONDS: Final = 2.0
CLAIM_MS: Final = 60_000
FAILED: Final = 3
"""After so many failures others are told that somebody cannot be."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one message tells. ``until``: how long it is claimed."""

    notices: list[int]
    way: str
    address: str
    letter: Letter
    until: int
    site: str


class Teller:
    """Tells for one office."""

    def __init__(self, office: Office, draw: Callable[[], float] = random.random) -> None:
        self._office = office
        self._database = office.database
        self._sender = Sender(office.database, office.keys, office.settings.hooks_allowed)
        self._draw = draw
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Tell until cancelled."""
        try:
            await again("tell-people", self.look, every=LOOK_SECONDS)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def look(self) -> None:
        """Write down whom to tell, and begin to serve each way by which something is due."""
        now = self._office.now_ms()
        async with self._database.reading() as session:
            repository = NoticeRepository(session)
            anything = bool(await repository.to_tell(now))
        if anything:
            async with self._database.with_transaction() as session:
                await write_notices(NoticeRepository(session), now)
        async with self._database.reading() as session:
            due = await NoticeRepository(session).due(now)
        for way in due:
            if way not in self._busy:
                task = asyncio.create_task(self._serve(way), name="tell")
                self._busy[way] = task
                task.add_done_callback(lambda _, way=way: self._busy.pop(way, None))  # type: ignore[misc]

    async def settled(self) -> None:
        """Return when nothing is being sent."""
        while self._busy:
            await asyncio.gather(*self._busy.values())

    async def _serve(self, channel: str) -> None:
        """Send what is due by one way, until something does not get through."""
        while True:
            batch = await self._claim(channel)
            if batch is None:
                return
            name = f"notice-{batch.notices[0]}-{channel}"
            outcome = await self._sender.send(batch.way, batch.address, batch.letter, name)
            await self._keep(channel, batch, outcome)
            if outcome.problem is not None:
                return

    async def _claim(self, channel: str) -> Batch | None:
        """Return what to send next, for oneself alone; drop what nobody needs any more."""
        now = self._office.now_ms()
        async with self._database.with_transaction() as session:
            repository = NoticeRepository(session)
            way = await repository.channel(channel)
            if way is None or not way.enabled:
                return None
            found = await _next(repository, channel, now)
            if not found:
                return None
            wanted = [row.id for row, _ in found]
            if await repository.claim(wanted, now, now + CLAIM_MS) != len(wanted):
                return None  # somebody else is at it
            letter = await _letter(self._office, repository, way, found, now)
            site = found[0][1].site or ""
            return Batch(wanted, way.way, way.sealed, letter, now + CLAIM_MS, site)

    async def _keep(self, channel: str, batch: Batch, outcome: Outcome) -> None:
        now = self._office.now_ms()
        async with self._database.with_transaction() as session:
            repository = NoticeRepository(session)
            way = await repository.channel(channel)
            rows = await repository.claimed(batch.notices, batch.until)
            for row in rows:
                note(row, outcome, now, self._draw(), len(batch.notices))
            if way is None or not rows:
                return  # it was removed, or the claim ran out and another went
            _log.info(
                "told" if outcome.problem is None else "not_told", way=way.way,
                problem=outcome.problem, attempt=rows[0].attempts, together=len(rows),
            )  # fmt: skip
            about = {"unit": None, "kind": "notices_failed", "subject": way.id, "now_ms": now}
            if outcome.problem is None:
                if way.failing_since is not None:
                    way.failing_since = None
                    await end_incident(session, site=batch.site, **about)  # type: ignore[arg-type]
                return
            way.failing_since = way.failing_since or now
            if rows[0].state == "dead" or rows[0].attempts == FAILED:
                person = await repository.operator(way.operator)
                detail = f"{person.name if person else way.operator}: {way.way}"
                await raise_incident(session, site=batch.site, detail=detail, **about)  # type: ignore[arg-type]


async def _next(
    repository: NoticeRepository, channel: str, now: int
) -> list[tuple[Notice, Incident]]:
    """Return one notice, or all of one space that are held; nothing if nothing is due."""
    while (row := await repository.next_of(channel, now)) is not None:
        incident = None if row.incident is None else await repository.incident(row.incident)
        if incident is not None and await repository.is_wanted(incident.id, now):
            return [(row, incident)]
        row.state = "dropped"
    held = await repository.held(channel, now)
    found = []
    for row, incident in held:
        if incident.acknowledged_at is not None and incident.ended_at is None:
            row.state = "dropped"  # somebody looks after it
        elif incident.site == held[0][1].site:
            found.append((row, incident))
    return found


async def _letter(
    office: Office, repository: NoticeRepository, way: NoticeChannel,
    found: Sequence[tuple[Notice, Incident]], now: int,
) -> Letter:  # fmt: skip
    person = await repository.operator(way.operator)
    assert person is not None
    writer = await writer_for(office, repository, person, found[0][1].site or "", now)
    matters = [await _matter(repository, incident) for _, incident in found]
    if len(matters) == 1:
        return writer.single(matters[0], found[0][0].level)
    return writer.digest(matters)


async def writer_for(
    office: Office, repository: NoticeRepository, person: Operator, site: str, now: int
) -> Writer:
    """Return who writes to this person about this space."""
    space = await repository.site(site)
    texts = translations(person.language)
    moments = Moments(texts.locale, zone("UTC" if space is None else space.timezone))
    name = "Loquet" if space is None else space.name
    return Writer(name, office.settings.public_url.rstrip("/"), texts, moments, now)


async def _matter(repository: NoticeRepository, row: Incident) -> Matter:
    place = await repository.place(row)
    return Matter(row.id, row.kind, place, row.first_at, row.count, row.ended_at)


def note(row: Notice, outcome: Outcome, now_ms: int, draw: float, together: int) -> None:
    """Write down what came of an attempt, and when the next one is."""
    row.attempts += 1
    row.tried_at, row.problem, row.said = now_ms, outcome.problem, outcome.said
    row.together = together
    if outcome.problem is None:
        row.state = "sent"
        return
    later = next_try(row.attempts, now_ms, 0, draw)
    if later is None:
        row.state = "dead"
    else:
        row.next_at = later
