"""The link process: names the concrete parts and joins them in one loop that never waits long.

broker <-> Session --Inbox--> DoorLine <-> door
   ^                             |
   `-- batches -- Outbox <-------'   (journal.db, read only)
"""

import logging
import os
import select
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path

from loquet_contract.ids import BootId, JournalId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Reply
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import Online, UnitState
from loquet_contract.wire.signing import Purpose
from loquet_contract.wire.topics import TO_UNIT, Channel, unit_topic
from loquet_edge.config import UnitConfig
from loquet_edge.identity import UnitIdentity
from loquet_edge.journal_file import JournalReader
from loquet_edge.link.batches import JournalSource, next_batch
from loquet_edge.link.door_line import DoorFound, DoorLine
from loquet_edge.link.fetch import MovingFetch, PolicyFetch, Web, open_web
from loquet_edge.link.inbox import Heard, Inbox
from loquet_edge.link.moving_feed import MovingFeed
from loquet_edge.link.outbox import Outbox
from loquet_edge.link.session import (
    Backoff,
    Broker,
    Closed,
    Delivered,
    Opened,
    Received,
    Session,
    SessionEvent,
)
from loquet_edge.notify import Notifier
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import Answered, Appended, Behind, PolicyChanged, Status, ToLink, Took

log = logging.getLogger(__name__)

_SOFTWARE = f"loquet {version('loquet')}"
LOOK_SECONDS = 1.0
"""The longest wait: keep-alives and the watchdog are served at least this often."""
REMIND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where the link finds the others. ``broker``: in place of what the identity says."""

    door_socket: Path
    journal: Path
    policy: Path
    broker: tuple[str, int] | None = None


class Link:
    """All of the link process but its start; ``turn`` is one round of the loop."""

    def __init__(
        self,
        places: Places,
        identity: UnitIdentity,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
        outbox: Outbox | None = None,
        web: Web = open_web,
    ) -> None:
        who = identity.identity
        self._places, self._identity, self._clock = places, identity, clock
        self._site, self._unit, self._signer = who.site, who.unit, identity.signer
        self._writer = PolicyWriter(
            places.policy, identity.verifier, who.site, who.unit, who.pepper_id
        )
        self._inbox = Inbox(who.site, who.unit, identity.verifier, self._writer)
        self._door = DoorLine(places.door_socket)
        self._outbox = outbox or Outbox()
        self._source: JournalSource | None = None
        self._status: Status | None = None
        self._state_waits = False
        self._state_sent: int | None = None
        self._remind_at = self._look_at = 0.0
        host, port = places.broker or (who.broker_host, who.broker_port)
        self._session = Session(
            Broker(
                host,
                port,
                who.broker_user,
                who.broker_password,
                f"loquet-{who.unit}",
            ),
            tuple(self._topic(channel) for channel in TO_UNIT),
            lambda: (self._topic(Channel.ONLINE), self._online(False)),
            backoff,
        )
        self._fetch = PolicyFetch(identity, self._writer, self._session.wake, web)
        self._fetch_backoff = Backoff(2.0, 300.0)
        self._feed = MovingFeed(
            MovingFetch(identity, self._session.wake, web), self._door.send, self._inbox,
            Backoff(2.0, 300.0),
        )  # fmt: skip
        if self._writer.held is None:
            self._inbox.fetch_wanted(1, clock())

    def turn(self, longest: float = LOOK_SECONDS) -> None:
        """Wait at most ``longest`` seconds for something to do, and do it."""
        self._wait(longest)
        now = self._clock()
        for said in self._door.advance(now):
            self._from_door(said, now)
        for event in self._session.advance(now):
            self._from_broker(event, now)
        self._fetching(now)
        self._tell(self._feed.advance(now))
        self._send_state()
        self._send_batches(now)

    def wake(self) -> None:
        """End the wait; may be called from a signal handler or another thread."""
        self._session.wake()

    def close(self) -> bool:
        """Take leave of everybody; return True if no thread is left that hangs in a call."""
        if self._session.open:
            self._session.publish(self._topic(Channel.ONLINE), self._online(False), retain=True)
        self._session.close()
        self._door.close()
        self._forget_journal()
        fetched = self._fetch.ended(LOOK_SECONDS)
        if fetched:
            self._writer.close()
        fetched = self._feed.ended(LOOK_SECONDS) and fetched
        return fetched and not self._session.dialling

    def _wait(self, longest: float) -> None:
        readers, writers = self._session.sockets()
        more_readers, more_writers = self._door.sockets()
        now = self._clock()
        deadlines = (
            now + longest,
            self._session.deadline(),
            self._door.deadline(),
            self._inbox.deadline(),
            self._feed.deadline(),
            self._outbox.deadline() or now + longest,
        )
        pause = max(0.0, min(deadlines) - now)
        select.select(readers + more_readers, writers + more_writers, [], pause)

    def _from_door(self, said: ToLink | DoorFound, now: float) -> None:
        if isinstance(said, DoorFound):
            self._remind_at = now + REMIND_SECONDS
            self._feed.door_found()
            self._tell(Heard(self._inbox.held() if not self._inbox.fetching else ()))
        elif isinstance(said, Appended):
            if not self._reads(said.journal):
                self._open_journal()
            self._outbox.appended(said.last)
        elif isinstance(said, Status):
            self._status, self._state_waits = said, True
            self._remind(said, now)
        elif isinstance(said, Answered):
            self._reply(said)
        elif isinstance(said, Took):
            self._feed.took(said.have, now)
        elif isinstance(said, Behind):
            self._feed.behind(said.have, now)

    def _remind(self, status: Status, now: float) -> None:
        """``door`` enforces another policy than the disk holds: it has missed our word."""
        held = None if self._inbox.fetching else self._writer.held
        if held is None or (held.version, held.digest) == (
            status.policy_version,
            status.policy_digest,
        ):
            return
        if now >= self._remind_at:
            self._remind_at = now + REMIND_SECONDS
            self._door.send(PolicyChanged(held.version, held.digest))

    def _from_broker(self, event: SessionEvent, now: float) -> None:
        if isinstance(event, Opened):
            log.info("session with the broker is open")
            self._session.publish(self._topic(Channel.ONLINE), self._online(True), retain=True)
            self._state_waits, self._state_sent = self._status is not None, None
            self._outbox.connected()
            self._feed.want(now)  # a broker that died may have lost what it kept for us
        elif isinstance(event, Closed):
            log.warning("no session with the broker: %s", event.why)
            self._outbox.disconnected()
        elif isinstance(event, Received):
            self._received(event, now)
        elif isinstance(event, Delivered) and event.message == self._state_sent:
            self._state_sent = None

    def _received(self, event: Received, now: float) -> None:
        heard = self._inbox.take(event.topic, event.payload, now)
        if heard.ack is not None and not self._acknowledged(heard.ack):
            self._session.confirm(event.receipt)
            return
        if heard.moving is not None:
            self._feed.hear(heard.moving)
        if not heard.to_door:
            self._session.confirm(event.receipt)
            return
        for message in heard.to_door:
            self._door.send(message, lambda: self._session.confirm(event.receipt))

    def _acknowledged(self, ack: Ack) -> bool:
        """Let the outbox move on; False if the acknowledgement is of another journal.

        One that does not fit our chain moves nothing, but ``door`` must hear of it: the server
        holds a journal in our name that we have not written.
        """
        if self._source is None:
            return True
        try:
            if ack.journal != self._source.journal:
                return False
            if ack.sequence <= self._source.last:
                fits = self._source.chain_at(ack.sequence) == ack.chain
                if fits:
                    self._outbox.appended(self._source.last)
                    self._outbox.acknowledged(ack.sequence, ack.utc)
        except (LookupError, sqlite3.Error) as error:
            log.warning("cannot compare an acknowledgement: %s", error)
        return True

    def _fetching(self, now: float) -> None:
        result = self._fetch.result() if self._inbox.fetching else None
        if result is not None:
            retry = None if result.held is not None else now + self._fetch_backoff.next()
            self._tell(self._inbox.fetched(retry, now))
            if retry is None:
                self._fetch_backoff.reset()
            else:
                log.warning("the policy could not be fetched: %s", result.detail)
            if result.refused is not None:
                said = result.refused
                self._tell(self._inbox.refusal("policy", said.detail, now, said.version))
        if self._inbox.fetch_due(now):
            self._inbox.fetching = True
            self._fetch.start()

    def _tell(self, heard: Heard) -> None:
        for message in heard.to_door:
            self._door.send(message)

    def _send_state(self) -> None:
        """Publish the newest state; at most one is on its way."""
        status = self._status
        if status is None or not self._state_waits or self._state_sent is not None:
            return
        said = {field.name: getattr(status, field.name) for field in fields(status)}
        state = UnitState(site=self._site, unit=self._unit, software=_SOFTWARE, **said)
        document = self._signer.sign(Purpose.STATE, encode(state))
        self._state_sent = self._session.publish(self._topic(Channel.STATE), document, retain=True)
        self._state_waits = self._state_sent is None

    def _send_batches(self, now: float) -> None:
        if self._source is None and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._open_journal()
        while self._source is not None and (after := self._outbox.due(now)) is not None:
            try:
                batch = next_batch(self._source, after, self._site, self._unit, self._signer)
            except (LookupError, sqlite3.Error, ValueError) as error:
                log.error("the journal cannot be read after entry %s: %s", after, error)
                self._forget_journal()
                self._look_at = now + LOOK_SECONDS
                return
            if batch is None:
                self._forget_journal()
                return
            document, last = batch
            if self._session.publish(self._topic(Channel.EVENTS), document) is None:
                return
            self._outbox.batch_sent(last, now)

    def _reads(self, journal: JournalId) -> bool:
        try:
            return self._source is not None and self._source.journal == journal
        except (LookupError, sqlite3.Error):
            return False

    def _open_journal(self) -> None:
        self._forget_journal()
        try:
            source = JournalReader(self._places.journal)
            self._outbox.begin(source.acked()[0], source.last)
            self._source = source
        except (LookupError, sqlite3.Error, ValueError) as error:
            log.info("no journal to send yet: %s", error)

    def _forget_journal(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None

    def _reply(self, said: Answered) -> None:
        utc = int(time.time() * 1000)
        reply = Reply(self._site, self._unit, said.command, said.outcome, said.detail, utc)
        document = self._signer.sign(Purpose.REPLY, encode(reply))
        if self._session.publish(self._topic(Channel.REPLY), document) is None:
            log.warning("no session to answer command %s", said.command)

    def _online(self, online: bool) -> str:
        boot = BootId("") if self._status is None else self._status.boot
        return encode(Online(self._unit, online, boot))

    def _topic(self, channel: Channel) -> str:
        return unit_topic(self._site, self._unit, channel)


def run(config: UnitConfig, notifier: Notifier | None = None) -> int:
    """Be the link process until SIGTERM or SIGINT; return the exit status.

    Raises IdentityMissing if the unit has not been enrolled.
    """
    identity = UnitIdentity.load(config.identity)
    data, broker = config.data, config.broker
    places = Places(config.door_socket, data / "journal.db", data / "policy.db", broker)
    notifier = notifier or Notifier()
    stopping = False
    link = Link(places, identity)

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True
        link.wake()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    notifier.ready()
    longest = min(LOOK_SECONDS, notifier.ping_seconds or LOOK_SECONDS)
    while not stopping:
        link.turn(longest)
        notifier.alive()
    notifier.stopping()
    if not link.close():
        # A thread hangs in the resolver or in OpenSSL; to tear the interpreter down under it
        # crashes. All is stored and said, so leave as a signal would.
        logging.shutdown()
        os._exit(0)
    return 0
