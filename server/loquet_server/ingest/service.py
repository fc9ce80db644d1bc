"""One transaction of ingest: messages in, what to publish after the commit out.

Nothing is acknowledged that is not in the database. A message that does not count changes
nothing but the list of incidents and the dead letters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, DeskId, JournalId, SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import Change, DeskState, Online
from loquet_contract.wire.signing import Purpose, Signer, Verifier, VerifyKey
from loquet_server.areas.counts import area_counts
from loquet_server.database import Database
from loquet_server.ingest import states
from loquet_server.ingest.cursor import Cursors
from loquet_server.ingest.flush import flush
from loquet_server.ingest.projections import PROJECTIONS, project
from loquet_server.ingest.reading import EntryRow, read_batch, read_state
from loquet_server.ingest.repository import IngestRepository, KnownUnit
from loquet_server.ingest.troubles import Refused, Trouble
from loquet_server.ingest.world import Fact, Raised, World
from loquet_server.models import UnitState

DEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What came from the broker. ``retained``: it was said some time ago."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published after the commit."""

    topic: str
    payload: str
    retain: bool = False


@dataclass(slots=True)
class Result:
    """What one transaction did."""

    publications: list[Publication] = field(default_factory=list)
    entries: int = 0
    """New ones."""
    refused: int = 0


@dataclass(slots=True)
class _Work:
    """What one transaction gathers before it writes."""

    now_ms: int
    repository: IngestRepository
    units: dict[str, KnownUnit]
    world: World
    cursors: Cursors
    states: dict[str, UnitState]
    rows: list[EntryRow] = field(default_factory=list)
    """Those that should be new, with the plain body of each in ``bodies``."""
    bodies: list[Any] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Units with such rows."""
    letters: list[dict[str, Any]] = field(default_factory=list)
    acks: dict[str, KnownUnit] = field(default_factory=dict)
    """Journals to be acknowledged."""
    spoke: set[str] = field(default_factory=set)


class IngestService:
    """Believes, keeps and projects what units say."""

    def __init__(self, database: Database, signer: Signer, clock: Callable[[], float]) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._verifiers: dict[str, Verifier] = {}

    async def handle(self, messages: Sequence[Message]) -> Result:
        """Take messages in one transaction; raise what the database raises, changing nothing."""
        return await self._database.run(lambda session: self._handle(session, messages))

    async def put_aside(self, message: Message, why: str) -> Result:
        """Bury a message that the database refuses, and say so."""
        return await self._database.run(lambda session: self._put_aside(session, message, why))

    def _handle(self, session: Session, messages: Sequence[Message]) -> Result:
        work = self._open(session, messages)
        for message in messages:
            self._one(work, message)
        known = work.repository.insert_entries(work.rows)
        work.repository.write_journals(work.cursors.changed.values())
        _project(work, known)
        work.repository.bury(work.letters)
        flush(session, work.world)
        if work.spoke:
            work.repository.seen(work.spoke, work.now_ms)
        return Result(self._published(session, work), len(work.rows) - len(known), len(work.letters))

    def _put_aside(self, session: Session, message: Message, why: str) -> Result:
        work = self._open(session, [message])
        topic = topics.parse_unit_topic(message.topic)
        unit = work.units.get(topic.unit) if topic is not None else None
        self._refuse(work, unit, message, Refused(Trouble.UNSTORABLE_MESSAGE, why))
        work.repository.bury(work.letters)
        flush(session, work.world)
        return Result(self._published(session, work), 0, 1)

    def _open(self, session: Session, messages: Sequence[Message]) -> _Work:
        parsed = [topics.parse_unit_topic(message.topic) for message in messages]
        repository = IngestRepository(session)
        units = repository.units({each.unit for each in parsed if each is not None})
        journals = repository.journals(units)
        return _Work(
            int(self._clock() * 1000),
            repository,
            units,
            repository.world(units.values()),
            Cursors(repository, journals),
            repository.unit_states(units),
        )

    # ---- one message --------------------------------------------------------------------

    def _one(self, work: _Work, message: Message) -> None:
        topic = topics.parse_unit_topic(message.topic)
        unit = work.units.get(topic.unit) if topic is not None else None
        try:
            if topic is None or unit is None or unit.site != topic.site:
                raise Refused(
                    Trouble.FOREIGN_MESSAGE, f"no enrolled unit has {message.topic}"[:300]
                )
            if topic.channel is topics.Channel.EVENTS:
                self._batch(work, unit, message)
            elif topic.channel is topics.Channel.STATE:
                self._state(work, unit, message)
            elif topic.channel is topics.Channel.ONLINE:
                _online(work, unit, message)
        except Refused as refused:
            self._refuse(work, unit, message, refused)

    def _batch(self, work: _Work, unit: KnownUnit, message: Message) -> None:
        site, name = SiteId(unit.site), UnitId(unit.id)
        came = read_batch(message.payload, site, name, self._verifier(unit), work.now_ms)
        journal, replaced = work.cursors.of(came, work.now_ms)
        if replaced is not None:
            raised = Raised(
                unit.site, unit.id, replaced.trouble, journal.id, replaced.detail[:500], work.now_ms
            )
            work.world.raise_incident(raised)
        work.acks[journal.id] = unit
        work.spoke.add(unit.id)
        repeats = work.cursors.take(journal, came)
        if repeats < len(came.rows):
            work.rows += came.rows[repeats:]
            work.bodies += came.bodies[repeats:]
            work.told.add(unit.id)

    def _state(self, work: _Work, unit: KnownUnit, message: Message) -> None:
        verifier = self._verifier(unit)
        said = read_state(message.payload, SiteId(unit.site), UnitId(unit.id), verifier)
        settled = unit.id not in work.told
        states.apply(work.world, work.states[unit.id], said, unit.site, settled=settled)
        if not message.retained:
            work.spoke.add(unit.id)

    def _refuse(
        self, work: _Work, unit: KnownUnit | None, message: Message, refused: Refused
    ) -> None:
        site = None if unit is None else unit.site
        name = None if unit is None else unit.id
        raised = Raised(site, name, refused.trouble, "", refused.detail[:500], work.now_ms)
        work.world.raise_incident(raised)
        work.letters.append(
            {
                "topic": message.topic[:300],
                "payload": message.payload[:DEAD_BYTES],
                "size": len(message.payload),
                "problem": f"{refused.trouble}: {refused.detail}"[:500],
                "received_at": work.now_ms,
            }
        )

    def _verifier(self, unit: KnownUnit) -> Verifier:
        found = self._verifiers.get(unit.public_key)
        if found is None:
            found = Verifier(VerifyKey.from_text(unit.public_key))
            self._verifiers[unit.public_key] = found
        return found

    # ---- after the commit ---------------------------------------------------------------

    def _published(self, session: Session, work: _Work) -> list[Publication]:
        found = self._acks(work)
        found += _areas(session, work)
        for (site, noun, subject), revision in work.world.changes.items():
            if site:
                change = Change(noun, subject, revision)
                found.append(Publication(topics.changes(SiteId(site)), encode(change)))
        return found

    def _acks(self, work: _Work) -> list[Publication]:
        found = []
        for name, unit in work.acks.items():
            journal = work.cursors.journal(name)
            ack = Ack(
                SiteId(unit.site), UnitId(unit.id), JournalId(name), journal.acked, journal.chain,
                work.now_ms,
            )  # fmt: skip
            topic = topics.unit_topic(ack.site, ack.unit, topics.Channel.ACK)
            found.append(Publication(topic, self._signer.sign(Purpose.ACK, encode(ack)), True))
        return found


def _project(work: _Work, known: set[tuple[str, int]]) -> None:
    """Change the world by each new entry, once: not by those that the database ``known`` had."""
    for row, body in zip(work.rows, work.bodies, strict=True):
        journal, sequence, unit, utc, _, _, trusted, kind, *_ = row
        if kind in PROJECTIONS and not (known and (journal, sequence) in known):
            fact = Fact(journal, sequence, work.units[unit].site, unit, utc, trusted)
            project(work.world, fact, kind, body)


def _online(work: _Work, unit: KnownUnit, message: Message) -> None:
    """Not signed, hence only a hint: it never changes more than one light on a page."""
    try:
        said = decode_text(Online, message.payload, 4096)
    except MalformedMessage as error:
        raise Refused(Trouble.MALFORMED_MESSAGE, str(error)) from error
    row = work.states[unit.id]
    if said.unit == unit.id and row.online != said.online:
        row.online = said.online
        row.revision += 1
        work.world.changes[unit.site, "unit", unit.id] = row.revision
    if said.online and not message.retained:
        work.spoke.add(unit.id)


def _areas(session: Session, work: _Work) -> list[Publication]:
    """Counts and desk states that changed: retained, and without identity."""
    world = work.world
    areas = {world.desks[desk][2] for desk in world.changed_desks}
    areas |= {area for area, _ in world.crossings}
    if not areas:
        return []
    found = [
        Publication(topics.area_counts(counts.site, counts.area), encode(counts), True)
        for counts in area_counts(session, work.now_ms, areas)
    ]
    for desk in sorted(world.changed_desks):
        site, _, area = world.desks[desk]
        row = world.desk_rows[desk]
        state = DeskState(SiteId(site), AreaId(area), DeskId(desk), row.state, row.since)
        found.append(
            Publication(topics.desk_state(state.site, state.area, state.desk), encode(state), True)
        )
    return found
