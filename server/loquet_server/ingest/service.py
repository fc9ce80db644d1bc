"""One transaction of ingest: messages in, what to publish after the commit out.

Nothing is acknowledged that is not in the database. A message that does not count changes
nothing but the list of incidents and the dead letters.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, DeskId, JournalId, SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import Change, DeskState, Online
from loquet_contract.wire.signing import Purpose, Signer, Verifier, VerifyKey
from loquet_server.areas.counts import area_counts, areas_of_units
from loquet_server.database import Database
from loquet_server.ingest import states
from loquet_server.ingest.cursor import Cursors
from loquet_server.ingest.flush import flush
from loquet_server.ingest.projections import PROJECTIONS, project
from loquet_server.ingest.reading import Believed, EntryRow, read_batch, read_state
from loquet_server.ingest.repository import IngestRepository, KnownUnit
from loquet_server.ingest.troubles import Refused, Trouble
from loquet_server.ingest.world import Fact, Raised, World, plain
from loquet_server.models import UnitState
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.policy.desired import desired

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


class _Ahead(NamedTuple):
    """A batch read before the transaction, and the unit's key that it was believed by."""

    key: str
    came: Believed


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
    turned: set[str] = field(default_factory=set)
    """Units that came or went."""
    ahead: dict[Message, _Ahead] = field(default_factory=dict)


class IngestService:
    """Believes, keeps and projects what units say."""

    def __init__(self, database: Database, signer: Signer, clock: Callable[[], float]) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._moving = MovingPublisher(signer)
        self._verifiers: dict[str, Verifier] = {}
        self._keys: dict[str, str] = {}
        """The key by which each unit was last believed."""

    async def handle(self, messages: Sequence[Message]) -> Result:
        """Take messages in one transaction; raise what the database raises, changing nothing."""
        return await self._database.run(lambda session: self._handle(session, messages))

    async def put_aside(self, message: Message, why: str) -> Result:
        """Bury a message that the database refuses, and say so."""
        return await self._database.run(lambda session: self._put_aside(session, message, why))

    def _handle(self, session: Session, messages: Sequence[Message]) -> Result:
        ahead = self._read_ahead(messages)  # before the first statement begins the transaction
        work = self._open(session, messages)
        work.ahead = ahead
        for message in messages:
            self._one(work, message)
        known = work.repository.insert_entries(work.rows)
        work.repository.write_journals(work.cursors.changed.values())
        _project(work, known)
        work.repository.bury(work.letters)
        flush(session, work.world)
        if work.spoke:
            work.repository.seen(work.spoke, work.now_ms)
        new = len(work.rows) - len(known)
        return Result(self._published(session, work), new, len(work.letters))

    def _read_ahead(self, messages: Sequence[Message]) -> dict[Message, _Ahead]:
        """Read batches of units that have spoken before, while others may still write.

        It counts only if the unit's key is still the same when the transaction asks.
        """
        now_ms = int(self._clock() * 1000)
        found: dict[Message, _Ahead] = {}
        for message in messages:
            topic = topics.parse_unit_topic(message.topic)
            if topic is None or topic.channel is not topics.Channel.EVENTS:
                continue
            key = self._keys.get(topic.unit)
            if key is not None:
                verifier = self._verifier(key)
                with contextlib.suppress(Refused):  # said, and counted, in the transaction
                    came = read_batch(message.payload, topic.site, topic.unit, verifier, now_ms)
                    found[message] = _Ahead(key, came)
        return found

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
        now_ms = int(self._clock() * 1000)
        return _Work(
            now_ms,
            repository,
            units,
            repository.world(units.values(), now_ms),
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
        ahead = work.ahead.get(message)
        if ahead is not None and (ahead.key, ahead.came.unit) == (unit.public_key, unit.id):
            came = ahead.came
        else:
            site, name = SiteId(unit.site), UnitId(unit.id)
            verifier = self._verifier(unit.public_key)
            came = read_batch(message.payload, site, name, verifier, work.now_ms)
            self._keys[unit.id] = unit.public_key
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
        verifier = self._verifier(unit.public_key)
        said = read_state(message.payload, SiteId(unit.site), UnitId(unit.id), verifier)
        settled = unit.id not in work.told and work.cursors.is_newest(
            unit.id, said.journal, said.last_sequence
        )
        row = work.states[unit.id]
        held, said_digest = row.policy_version, said.policy_digest
        states.apply(work.world, row, said, unit.site, settled=settled)
        if said.policy_version != held:
            row.policy_at = work.now_ms
        if said.policy_version is not None and said.policy_version != held:
            work.repository.enforced(
                unit.id, held or 0, said.policy_version, said_digest, work.now_ms
            )
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
                "problem": plain(f"{refused.trouble}: {refused.detail}", 500),
                "received_at": work.now_ms,
            }
        )

    def _verifier(self, public_key: str) -> Verifier:
        found = self._verifiers.get(public_key)
        if found is None:
            found = self._verifiers[public_key] = Verifier(VerifyKey.from_text(public_key))
        return found

    # ---- after the commit ---------------------------------------------------------------

    def _published(self, session: Session, work: _Work) -> list[Publication]:
        found = self._acks(work)
        found += self._wishes(work)
        found += self._moved(session, work)
        found += _areas(session, work)
        for (site, noun, subject), revision in work.world.changes.items():
            if site:
                change = Change(noun, subject, revision)
                found.append(Publication(topics.changes(SiteId(site)), encode(change)))
        return found

    def _wishes(self, work: _Work) -> list[Publication]:
        """What units are to hold now: a lockdown lifted on the spot must not come back."""
        found = []
        for unit in map(work.units.__getitem__, sorted(work.world.relieved)):
            version = work.repository.desired_version(unit.id) + 1
            in_force = work.repository.lockdowns(unit.id)
            wish = desired(unit.site, unit.id, version, work.now_ms, in_force)
            document = self._signer.sign(Purpose.DESIRED, encode(wish))
            work.repository.write_desired(unit.id, version, document, work.now_ms)
            topic = topics.unit_topic(wish.site, wish.unit, topics.Channel.DESIRED)
            found.append(Publication(topic, document, True))
        return found

    def _moved(self, session: Session, work: _Work) -> list[Publication]:
        """What is left and paid for, since passes were taken."""
        return [
            Publication(each.topic, each.payload, each.retain)
            for site, changes in work.world.moved.items()
            for each in self._moving.tell_in(session, site, changes, work.now_ms)
        ]

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
    world, units = work.world, work.units
    for row, body in zip(work.rows, work.bodies, strict=True):
        journal, sequence, unit, utc, _, _, trusted, kind, _, text, _, _ = row
        if kind in PROJECTIONS and not (known and (journal, sequence) in known):
            fact = Fact(journal, sequence, units[unit].site, unit, utc, trusted)
            project(world, fact, kind, body, text)


def _online(work: _Work, unit: KnownUnit, message: Message) -> None:
    """Not signed, hence only a hint: all it can do is to make desks unknown."""
    try:
        said = decode_text(Online, message.payload, 4096)
    except MalformedMessage as error:
        raise Refused(Trouble.MALFORMED_MESSAGE, str(error)) from error
    row = work.states[unit.id]
    if said.unit == unit.id and row.online != said.online:
        row.online = said.online
        work.turned.add(unit.id)
        row.revision += 1
        work.world.changes[unit.site, "unit", unit.id] = row.revision
    if said.online and not message.retained:
        work.spoke.add(unit.id)


def _areas(session: Session, work: _Work) -> list[Publication]:
    """Counts and desk states that changed: retained, and without identity."""
    world = work.world
    areas = {world.desks[desk][2] for desk in world.changed_desks}
    areas |= {area for area, _ in world.crossings}
    if work.turned:  # desks of a unit that is not connected are unknown
        areas |= areas_of_units(session, work.turned)
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
