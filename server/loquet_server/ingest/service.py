"""One transaction of ingest: messages in, what to publish after the commit out.

Nothing is acknowledged that is not in the database. A message that does not count changes
nothing but the list of incidents and the dead letters.
"""

import contextlib
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from loquet_contract.ids import JournalId, SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import Change, Online
from loquet_contract.wire.signing import Purpose, Signer, Verifier, VerifyKey
from loquet_server.areas.counts import areas_of_units, counts_of
from loquet_server.areas.topics import desks_of_units, of_counts, of_desks
from loquet_server.database import Database
from loquet_server.headcount.reading import counted
from loquet_server.headcount.watch import watch
from loquet_server.ingest import states
from loquet_server.ingest.cursor import Cursors
from loquet_server.ingest.flush import flush
from loquet_server.ingest.new_entries import learn, project_all, say_gaps
from loquet_server.ingest.reading import read_batch, read_state
from loquet_server.ingest.repository import IngestRepository, KnownUnit
from loquet_server.ingest.sensors import read_seen
from loquet_server.ingest.telling import tell
from loquet_server.ingest.troubles import Refused, Trouble
from loquet_server.ingest.work import Ahead, Message, Result, Work
from loquet_server.ingest.world import Raised, plain
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.policy.desired import desired
from loquet_server.publication import Publication
from loquet_server.reckoning.clock import elapsed
from loquet_server.reckoning.witnesses import Witnesses

__all__ = ["IngestService", "Message", "Result"]

DEAD_BYTES = 64 * 1024


class IngestService:
    """Believes, keeps and projects what units say."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Callable[[], float],
        witnesses: Witnesses | None = None,
    ) -> None:
        """``witnesses``: who hears what units' clocks say."""
        self._database = database
        self._signer = signer
        self._clock = clock
        self._witnesses = witnesses or Witnesses()
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
        say_gaps(work)
        moments = learn(session, work)
        known = work.repository.insert_entries(work.rows)
        work.repository.write_journals(work.cursors.changed.values())
        project_all(work, known, moments)
        work.repository.bury(work.letters)
        flush(session, work.world)
        _tell(session, work)
        if work.spoke:
            work.repository.seen(work.spoke, work.now_ms)
        new = len(work.rows) - len(known)
        return Result(self._published(session, work), new, len(work.letters))

    def _read_ahead(self, messages: Sequence[Message]) -> dict[Message, Ahead]:
        """Read batches of units that have spoken before, while others may still write.

        It counts only if the unit's key is still the same when the transaction asks.
        """
        now_ms = int(self._clock() * 1000)
        found: dict[Message, Ahead] = {}
        for message in messages:
            topic = topics.parse_unit_topic(message.topic)
            if topic is None or topic.channel is not topics.Channel.EVENTS:
                continue
            key = self._keys.get(topic.unit)
            if key is not None:
                verifier = self._verifier(key)
                with contextlib.suppress(Refused):  # said, and counted, in the transaction
                    came = read_batch(message.payload, topic.site, topic.unit, verifier, now_ms)
                    found[message] = Ahead(key, came)
        return found

    def _put_aside(self, session: Session, message: Message, why: str) -> Result:
        work = self._open(session, [message])
        topic = topics.parse_unit_topic(message.topic)
        unit = work.units.get(topic.unit) if topic is not None else None
        self._refuse(work, unit, message, Refused(Trouble.UNSTORABLE_MESSAGE, why))
        work.repository.bury(work.letters)
        flush(session, work.world)
        _tell(session, work)
        return Result(self._published(session, work), 0, 1)

    def _open(self, session: Session, messages: Sequence[Message]) -> Work:
        parsed = [topics.parse_unit_topic(message.topic) for message in messages]
        repository = IngestRepository(session)
        units = repository.units({each.unit for each in parsed if each is not None})
        journals = repository.journals(units)
        now_ms = int(self._clock() * 1000)
        return Work(
            now_ms,
            repository,
            units,
            repository.world(units.values(), now_ms),
            Cursors(repository, journals),
            repository.unit_states(units),
        )

    # ---- one message --------------------------------------------------------------------

    def _one(self, work: Work, message: Message) -> None:
        topic = topics.parse_unit_topic(message.topic)
        unit = work.units.get(topic.unit) if topic is not None else None
        if topic is not None and _left_over(work, topic, message):
            return
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
                if not work.states[unit.id].online:
                    self._witnesses.gone(unit.id)
            elif topic.channel is topics.Channel.SEEN:
                self._seen(work, unit, message)
        except Refused as refused:
            self._refuse(work, unit, message, refused)

    def _batch(self, work: Work, unit: KnownUnit, message: Message) -> None:
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
        if not came.sure or journal.uncertain_boot is not None:
            work.unsure.add(journal.id)
        repeats = work.cursors.take(journal, came)
        if repeats < len(came.rows):
            work.rows += came.rows[repeats:]
            work.bodies += came.bodies[repeats:]
            work.told.add(unit.id)

    def _state(self, work: Work, unit: KnownUnit, message: Message) -> None:
        verifier = self._verifier(unit.public_key)
        said = read_state(message.payload, SiteId(unit.site), UnitId(unit.id), verifier)
        settled = unit.id not in work.told and work.cursors.is_newest(
            unit.id, said.journal, said.last_sequence
        )
        row = work.states[unit.id]
        held, said_digest = row.policy_version, said.policy_digest
        states.apply(work.world, row, said, unit.site, settled=settled)
        if said.policy_version is not None and said.policy_version != held:
            work.repository.enforced(
                unit.id, held or 0, said.policy_version, said_digest, work.now_ms
            )
        if said.backlog == 0:
            behind = work.cursors.behind(unit.id, said.journal, said.last_sequence)
            work.behind += [(unit, behind)] if behind is not None else []
        if not message.retained:
            work.spoke.add(unit.id)
            source = said.clock_source if said.clock_trusted else None
            self._witnesses.heard(unit.id, said.utc, source, elapsed())

    def _seen(self, work: Work, unit: KnownUnit, message: Message) -> None:
        """What a unit hears of the space's own sensors; it is told again what it has missed."""
        verifier = self._verifier(unit.public_key)
        said = read_seen(message.payload, SiteId(unit.site), UnitId(unit.id), verifier)
        work.answers += work.repository.take_word(unit, said, work.now_ms)
        work.world.changes[unit.site, "sensors", unit.id] = work.now_ms
        work.spoke.add(unit.id)

    def _refuse(
        self, work: Work, unit: KnownUnit | None, message: Message, refused: Refused
    ) -> None:
        site = None if unit is None else unit.site
        name = None if unit is None else unit.id
        subject, detail = refused.subject, refused.detail[:500]
        raised = Raised(site, name, refused.trouble, subject, detail, work.now_ms)
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

    def _published(self, session: Session, work: Work) -> list[Publication]:
        found = self._acks(work) + work.answers
        found += self._wishes(work)
        found += self._moved(session, work)
        found += self._areas(session, work)
        for (site, noun, subject), revision in work.world.changes.items():
            if site:
                change = Change(noun, subject, revision)
                found.append(Publication(topics.changes(SiteId(site)), encode(change)))
        return found

    def _wishes(self, work: Work) -> list[Publication]:
        """What units are to hold now: a lockdown lifted on the spot must not come back."""
        found = []
        for unit in map(work.units.__getitem__, sorted(work.world.relieved)):
            version = work.repository.desired_version(unit.id) + 1
            in_force = work.repository.lockdowns(unit.id)
            keys = work.repository.card_keys(unit.site)
            peppers = work.repository.peppers(unit.site)
            wish = desired(unit.site, unit.id, version, work.now_ms, in_force, keys, peppers)
            document = self._signer.sign(Purpose.DESIRED, encode(wish))
            work.repository.write_desired(unit.id, version, document, work.now_ms)
            topic = topics.unit_topic(wish.site, wish.unit, topics.Channel.DESIRED)
            found.append(Publication(topic, document, True))
        return found

    def _moved(self, session: Session, work: Work) -> list[Publication]:
        """What is left and paid for, since passes were taken."""
        return [
            each
            for site, changes in work.world.moved.items()
            for each in self._moving.tell_in(session, site, changes, work.now_ms)
        ]

    def _areas(self, session: Session, work: Work) -> list[Publication]:
        """Counts that changed: retained, without identity; and what follows from them."""
        world = work.world
        areas = {world.desks[desk][2] for desk in world.changed_desks} | world.peopled
        areas |= {area for area, _ in world.crossings}
        if work.turned:  # desks of a unit that is not connected are unknown
            areas |= areas_of_units(session, work.turned) | world.sensed
        if not areas:
            return []
        found = counted(session, work.now_ms, areas=areas)
        told = of_counts(session, [counts_of(each, work.now_ms) for each in found])
        desks = world.changed_desks | set(desks_of_units(session, work.turned))
        told += of_desks(session, desks)
        return [*told, *watch(session, self._moving, found, work.now_ms)]

    def _acks(self, work: Work) -> list[Publication]:
        found = []
        journals = [(unit, work.cursors.journal(name)) for name, unit in work.acks.items()]
        held = [(unit, each.id, each.acked, each.chain) for unit, each in journals]
        held += [(unit, each.journal, each.acked, each.chain) for unit, each in work.behind]
        for unit, name, acked, chain in held:
            ack = Ack(
                SiteId(unit.site), UnitId(unit.id), JournalId(name), acked, chain, work.now_ms
            )
            topic = topics.unit_topic(ack.site, ack.unit, topics.Channel.ACK)
            found.append(Publication(topic, self._signer.sign(Purpose.ACK, encode(ack)), True))
        return found


def _tell(session: Session, work: Work) -> None:
    """Write what other programs are to hear of this."""
    turned = {unit: work.states[unit] for unit in work.turned}
    sites = {unit: work.units[unit].site for unit in work.turned}
    tell(session, work.world, turned, sites, work.now_ms)


def _left_over(work: Work, topic: topics.UnitTopic, message: Message) -> bool:
    """True for what the broker says of a unit that was shut out, and for what takes words off it.

    Its last will, as its session ends; what stands retained; and nothing in place of that.
    """
    if topic.channel not in (topics.Channel.ONLINE, topics.Channel.STATE):
        return False
    if not message.payload:
        return True
    if topic.unit in work.units or (topic.channel is topics.Channel.STATE and not message.retained):
        return False
    return work.repository.is_shut_out(topic.unit)


def _online(work: Work, unit: KnownUnit, message: Message) -> None:
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
