"""The link process: names the concrete parts and joins them in one loop that never waits long.

broker <-> Session --Inbox--> DoorLine <-> door
   ^                             |
   `-- batches -- Outbox <-------'   (journal.db, read only)
"""

import logging
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import fields
from importlib.metadata import version

from loquet_contract.ids import BootId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Reply
from loquet_contract.wire.messages import Online, UnitState
from loquet_contract.wire.signing import Purpose
from loquet_contract.wire.topics import TO_UNIT, Channel, unit_topic
from loquet_edge import seam
from loquet_edge.config import UnitConfig
from loquet_edge.health import SIMULATED, Looks, model
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.certificate_feed import CertificateFeed
from loquet_edge.link.door_line import DoorFound, DoorLine
from loquet_edge.link.fetch import MovingFetch, PolicyFetch, Web, web_by
from loquet_edge.link.inbox import Heard, Inbox
from loquet_edge.link.key_feed import KeyFeed
from loquet_edge.link.log_feed import LogFeed
from loquet_edge.link.moving_feed import MovingFeed
from loquet_edge.link.outbox import Outbox
from loquet_edge.link.places import Places
from loquet_edge.link.sending import JournalSender
from loquet_edge.link.sensor_ear import SensorEar, home_broker
from loquet_edge.link.sensor_feed import SensorFeed
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
from loquet_edge.link.way import way_to_broker
from loquet_edge.notify import Notifier
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.tls_identity import TlsFolder

log = logging.getLogger(__name__)

_SOFTWARE = f"loquet {version('loquet')}"
LOOK_SECONDS = 1.0
"""The longest wait: keep-alives and the watchdog are served at least this often."""
REMIND_SECONDS = 5.0
HERE_SECONDS = 30.0
"""That a unit is here is said again so often: a broker that began anew may have lost it."""


class Link:
    """All of the link process but its start; ``turn`` is one round of the loop.

    ``ending``: ``door`` has said that this process is to end.
    """

    def __init__(
        self,
        places: Places,
        identity: UnitIdentity,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
        outbox: Outbox | None = None,
        web: Web | None = None,
        here_seconds: float = HERE_SECONDS,
    ) -> None:
        who, web = identity.identity, web or web_by(self._clock_trusted)
        self._places, self._identity, self._clock = places, identity, clock
        self._site, self._unit, self._signer = who.site, who.unit, identity.signer
        self._writer = PolicyWriter(
            places.policy, identity.verifier, who.site, who.unit, who.pepper_id
        )
        self._inbox = Inbox(who.site, who.unit, identity.verifier, self._writer)
        self._door = DoorLine(places.door_socket)
        self._status: seam.Status | None = None
        self._state_waits, self._remind_at = False, 0.0
        self._state_sent: int | None = None
        self._here_seconds, self._here_at = here_seconds, float("inf")
        self._tls = TlsFolder(places.identity or places.policy.parent)
        self._session = Session(
            self._way(), tuple(map(self._topic, TO_UNIT)),
            lambda: (self._topic(Channel.ONLINE), self._online(False)), backoff,
        )  # fmt: skip
        self._sender = JournalSender(
            places.journal, (self._site, self._unit), self._signer, outbox or Outbox(),
            lambda document: self._session.publish(self._topic(Channel.EVENTS), document),
        )  # fmt: skip
        self._fetch = PolicyFetch(identity, self._writer, self._session.wake, web)
        self._fetch_backoff = Backoff(2.0, 300.0)
        self._feed = MovingFeed(
            MovingFetch(identity, self._session.wake, web), self._door.send, self._inbox,
            Backoff(2.0, 300.0),
        )  # fmt: skip
        self._certificates = CertificateFeed(
            identity, self._tls, self._session.wake, self._new_way, web
        )
        self._keys = KeyFeed(identity, self._session.wake, self._door.send, web)
        self._peppers = KeyFeed(
            identity, self._session.wake, self._door.send, web, "peppers", seam.PeppersCame
        )
        self._log = LogFeed(identity, self._session.wake, places.door_socket.parent, web)
        ends, self.ending = self._tls.ends_at_ms, False
        self._health = Looks(places.journal.parent, certificate_ends_ms=ends)
        self._sensors = self._sensor_feed()
        self._look_at_policy(clock())

    def _look_at_policy(self, now: float) -> None:
        """Have it fetched if there is none, or if some has rotted, which ``door`` passes over."""
        if self._writer.held is None:
            self._inbox.fetch_wanted(1, now)
        if not self._writer.rotten:
            return
        detail = f"{self._writer.rotten} records of policy.db are damaged: the whole is fetched"
        log.error("%s: %s", self._places.policy, detail)
        self._tell(self._inbox.refusal("policy", detail, now, self._writer.version))
        self._inbox.fetch_anew(now)

    def _sensor_feed(self) -> SensorFeed:
        places, ear = self._places, None
        if places.sensors is not None:
            ear = SensorEar(places.sensors, self._session.wake, away=places.sensors_away)
        feed = SensorFeed(
            ear, places.policy.with_name("sensors.json"), self._identity.verifier, self._signer,
            (self._site, self._unit), time.time,
        )  # fmt: skip
        feed.start()
        return feed

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
        self._keys.advance()
        self._peppers.advance()
        self._certificates.advance(now, int(time.time() * 1000))
        self._log.advance()
        self._sense(now)
        self._say_here(now)
        self._send_state()
        self._sender.send(now)

    def wake(self) -> None:
        """End the wait; may be called from a signal handler or another thread."""
        self._session.wake()

    def close(self) -> bool:
        """Take leave of everybody; return True if no thread is left that hangs in a call."""
        if self._session.open:
            self._session.publish(self._topic(Channel.ONLINE), self._online(False), retain=True)
        self._session.close()
        self._door.close()
        self._sender.close()
        fetched = self._fetch.ended(LOOK_SECONDS)
        if fetched:
            self._writer.close()
        for each in (self._feed, self._certificates, self._keys, self._peppers, self._log):
            fetched = each.ended(LOOK_SECONDS if fetched else 0.0) and fetched
        fetched = self._sensors.close() and fetched
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
            self._sender.outbox.deadline() or now + longest,
        )
        pause = max(0.0, min(deadlines) - now)
        select.select(readers + more_readers, writers + more_writers, [], pause)

    def _from_door(self, said: seam.ToLink | DoorFound, now: float) -> None:
        if isinstance(said, DoorFound):
            self._remind_at = now + REMIND_SECONDS
            self._feed.door_found()
            self._sensors.door_found()
            self._tell(Heard(self._inbox.held() if not self._inbox.fetching else ()))
        elif isinstance(said, seam.Appended):
            self._sender.appended(said.journal, said.last)
        elif isinstance(said, seam.Status):
            self._status, self._state_waits = said, True
            if said.peppers is not None:
                self._inbox.peppers_held(said.peppers, now)
            self._remind(said, now)
        elif isinstance(said, seam.Answered):
            self._reply(said)
        elif isinstance(said, seam.KeysWanted):
            self._keys.ask(said.document)
        elif isinstance(said, seam.PeppersWanted):
            self._peppers.ask(said.document)
        elif isinstance(said, seam.Took):
            self._feed.took(said.have, now)
        elif isinstance(said, seam.Behind):
            self._feed.behind(said.have, now)
        elif isinstance(said, seam.FetchWanted):
            self._inbox.fetch_anew(now)
        elif isinstance(said, seam.LogWanted):
            self._log.send(said.command)
        elif isinstance(said, seam.Ending):
            self.ending = True

    def _remind(self, status: seam.Status, now: float) -> None:
        """Have ``door`` look at the policy again: it missed our word, or its log is to end."""
        held = None if self._inbox.fetching else self._writer.held
        if held is None:
            return
        known = (held.version, held.digest) == (status.policy_version, status.policy_digest)
        if self._writer.settle() if known else now >= self._remind_at:
            self._remind_at = now + REMIND_SECONDS
            self._door.send(seam.PolicyChanged(held.version, held.digest))

    def _from_broker(self, event: SessionEvent, now: float) -> None:
        if isinstance(event, Opened):
            log.info("session with the broker is open")
            self._certificates.opened()
            self._here_at = now
            self._say_here(now)
            self._state_waits, self._state_sent = self._status is not None, None
            self._sender.outbox.connected()
            # The network is back: no pause of minutes that failures without it have earned.
            self._fetch_backoff.reset()
            self._inbox.fetch_sooner(now + self._fetch_backoff.next())
            self._feed.want(now)  # a broker that died may have lost what it kept for us
        elif isinstance(event, Closed):
            log.warning("no session with the broker: %s", event.why)
            self._certificates.closed()
            self._sender.outbox.disconnected()
            self._here_at = float("inf")
        elif isinstance(event, Received):
            self._received(event, now)
        elif isinstance(event, Delivered) and event.message == self._state_sent:
            self._state_sent = None

    def _received(self, event: Received, now: float) -> None:
        heard = self._inbox.take(event.topic, event.payload, now)
        if heard.ack is not None and not self._sender.acknowledged(heard.ack):
            self._session.confirm(event.receipt)
            return
        if heard.moving is not None:
            self._feed.hear(heard.moving)
        if heard.sensors is not None:
            self._sensors.hear(heard.sensors)
        if not heard.to_door:
            self._session.confirm(event.receipt)
            return
        for message in heard.to_door:
            self._door.send(message, lambda: self._session.confirm(event.receipt))

    def _fetching(self, now: float) -> None:
        result = self._fetch.result() if self._inbox.fetching else None
        if result is not None:
            retry = None if result.held is not None else now + self._fetch_backoff.next()
            self._tell(self._inbox.fetched(retry, now))
            if retry is None:
                self._fetch_backoff.reset()
            else:
                log.warning("the policy could not be fetched: %s", result.detail)
            if result.refused is not None and not self._inbox.awaits_pepper(result.refused):
                said = result.refused
                self._tell(self._inbox.refusal("policy", said.detail, now, said.version))
        if self._inbox.fetch_due(now):
            self._inbox.fetching = True
            self._fetch.start()

    def _tell(self, heard: Heard) -> None:
        for message in heard.to_door:
            self._door.send(message)

    def _sense(self, now: float) -> None:
        """Pass on what the space's own sensors say, and tell the server how they stand."""
        for message in self._sensors.advance():
            self._door.send(message)
        said = self._sensors.say(now) if self._session.open else None
        if said is not None and self._session.publish(self._topic(Channel.SEEN), said) is None:
            self._sensors.unsaid()

    def _say_here(self, now: float) -> None:
        if now >= self._here_at:
            self._here_at = now + self._here_seconds
            self._session.publish(self._topic(Channel.ONLINE), self._online(True), retain=True)

    def _send_state(self) -> None:
        """Publish the newest state; at most one is on its way."""
        status = self._status
        if status is None or not self._state_waits or self._state_sent is not None:
            return
        said = {field.name: getattr(status, field.name) for field in fields(status)}
        state = UnitState(
            site=self._site, unit=self._unit, software=_SOFTWARE, health=self._health(),
            model=self._places.model, address=self._address(),
            desk_readers=self._places.desk_readers or None, **said,
        )  # fmt: skip
        document = self._signer.sign(Purpose.STATE, encode(state))
        self._state_sent = self._session.publish(self._topic(Channel.STATE), document, retain=True)
        self._state_waits = self._state_sent is None

    def _reply(self, said: seam.Answered) -> None:
        utc = int(time.time() * 1000)
        reply = Reply(self._site, self._unit, said.command, said.outcome, said.detail, utc)
        document = self._signer.sign(Purpose.REPLY, encode(reply))
        if self._session.publish(self._topic(Channel.REPLY), document) is None:
            log.warning("no session to answer command %s", said.command)

    def _address(self) -> str | None:
        """Return from where the broker is reached; None while nobody knows."""
        sockets, _ = self._session.sockets()
        try:
            return str(sockets[1].getsockname()[0]) if len(sockets) > 1 else None
        except OSError:
            return None

    def _online(self, online: bool) -> str:
        boot = BootId("") if self._status is None else self._status.boot
        return encode(Online(self._unit, online, boot))

    def _way(self) -> Broker:
        """Return where the broker is; without a trusted clock, no date of its counts."""
        return way_to_broker(self._identity, self._tls, self._places.broker, self._clock_trusted)

    def _clock_trusted(self) -> bool:
        return self._status is not None and self._status.clock_trusted

    def _new_way(self) -> None:
        self._session.redirect(self._way())

    def _topic(self, channel: Channel) -> str:
        return unit_topic(self._site, self._unit, channel)


def run(config: UnitConfig, notifier: Notifier | None = None) -> int:
    """Be the link process until SIGTERM or SIGINT; return the exit status.

    Raises IdentityMissing if the unit has not been enrolled.
    """
    identity = UnitIdentity.load(config.identity)
    data, broker = config.data, config.broker
    places = Places(
        config.door_socket, data / "journal.db", data / "policy.db", broker,
        sensors=home_broker(config), model=SIMULATED if config.simulated else model(),
        identity=config.identity.parent,
        desk_readers={each.id: each.desk for each in config.desk_readers},
    )  # fmt: skip
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
    while not stopping and not link.ending:
        link.turn(longest)
        notifier.alive()
    notifier.stopping()
    if not link.close():
        # A thread hangs in the resolver or in OpenSSL; to tear the interpreter down under it
        # crashes. All is stored and said, so leave as a signal would.
        logging.shutdown()
        os._exit(0)
    return 0
