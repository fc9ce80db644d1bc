"""One MQTT session with the broker, over one connection after another.

Every connection has a client object of its own, so that no message id of an earlier connection
can ever be acknowledged by mistake; the *session* lives in the broker, under the client id.
Everything that belongs to a connection is done by the thread that calls ``advance``; only to
resolve a name and to open a socket, which may hang for minutes, is left to a thread of its own.
Callbacks run under paho's own locks, so they note what happened and do nothing else.

    idle --(backoff)--> dialling --(socket)--> greeting --(CONNACK)--> open --(anything)--> idle
"""

import contextlib
import logging
import queue
import random
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

log = logging.getLogger(__name__)

KEEPALIVE = 30
"""Seconds; a silent broker is given up after at most twice this."""
GREETING_SECONDS = 15.0
CONNECT_SECONDS = 10.0
STABLE_SECONDS = 20.0
"""A connection that lived this long resets the backoff; shorter ones only make it longer."""
_TRIPS = (
    OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, struct.error,
)  # fmt: skip
"""What paho's parser trips over when a broker sends nonsense."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and who we are to it. ``user`` empty: nobody; ``tls``: encrypted.

    ``context``: with a certificate of our own; asked anew for each connection.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    client_id: str
    tls: bool = False
    context: Callable[[], ssl.SSLContext] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The broker has greeted us: subscribe and publish."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is gone; the next one is dialled by itself."""

    why: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """With which ``Session.confirm`` acknowledges one message, if its connection still lives."""

    connection: int
    message: int


@dataclass(frozen=True, slots=True)
class Received:
    """``retained``: the broker had kept it."""

    topic: str
    payload: bytes
    receipt: Receipt
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The broker has taken the message that ``publish`` numbered."""

    message: int


SessionEvent = Opened | Closed | Received | Delivered


class Backoff:
    """How long to wait before the next attempt: doubling, capped, with jitter. Seconds."""

    def __init__(
        self, first: float = 0.5, cap: float = 20.0, draw: Callable[[], float] | None = None
    ) -> None:
        # A Random of its own: seeded by the system, and nobody else's seed makes units alike.
        self._first, self._cap, self._draw = first, cap, draw or random.Random().random
        self._failures = 0

    def next(self) -> float:
        """Return the pause: between a half and the whole of first x 2^failures, capped."""
        whole = min(self._cap, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return whole * (0.5 + self._draw() / 2)

    def reset(self) -> None:
        self._failures = 0


class Session:
    """Keeps a session with one broker.

    ``will`` gives topic and payload at each connection; without one, the broker also keeps
    nothing for us while we are away, and nothing has to be confirmed.
    """

    def __init__(
        self,
        broker: Broker,
        subscriptions: tuple[str, ...],
        will: Callable[[], tuple[str, str]] | None,
        backoff: Backoff | None = None,
    ) -> None:
        self._broker, self._subscriptions, self._will = broker, subscriptions, will
        self._backoff = backoff or Backoff()
        self._client: Client | None = None
        self._events: deque[SessionEvent] = deque()
        self._dialled: queue.SimpleQueue[tuple[int, Client | Exception]] = queue.SimpleQueue()
        self._dialling = False
        self._number = 0
        self._dial_at = 0.0
        self._since = self._now = 0.0
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self.open = False

    @property
    def dialling(self) -> bool:
        """True while a thread resolves a name or opens a socket."""
        return self._dialling and self._dialled.empty()

    def sockets(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Return the sockets to wait on, for reading and for writing."""
        found = self._client.socket() if self._client is not None else None
        if self._client is None or not isinstance(found, socket.socket):
            return [self._wake], []
        return [self._wake, found], [found] if self._client.want_write() else []

    def deadline(self) -> float:
        """Return when ``advance`` has to be called although no socket calls."""
        if self._client is None and not self._dialling:
            return self._dial_at
        if self._client is not None and isinstance(line := self._client.socket(), ssl.SSLSocket):
            # what OpenSSL has read already wakes no select
            return 0.0 if line.pending() else float("inf")
        return float("inf")

    def redirect(self, broker: Broker) -> None:
        """Go to this broker, or as this client, from the next connection on."""
        self._broker = broker

    def advance(self, now: float) -> list[SessionEvent]:
        """Do what can be done without waiting; return what happened, in order."""
        self._now = now
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(64)
        self._adopt(now)
        if self._client is None and not self._dialling and now >= self._dial_at:
            self._dial()
        if self._client is not None:
            self._turn(self._client, now)
        happened = list(self._events)
        self._events.clear()
        return happened

    def publish(self, topic: str, payload: str, retain: bool = False) -> int | None:
        """Publish at QoS 1; return the message's number for ``Delivered``, None if not open."""
        if self._client is None or not self.open:
            return None
        try:
            sent = self._client.publish(topic, payload.encode(), qos=1, retain=retain)
        except _TRIPS as error:
            self._give_up(f"cannot publish: {error}")
            return None
        return sent.mid if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def confirm(self, receipt: Receipt) -> None:
        """Acknowledge a message; of an earlier connection it will come again, so do nothing."""
        if receipt.message == 0:
            return  # QoS 0 has no number (MQTT 3.1.1, 2.3.1): to acknowledge it ends the session
        if self._client is not None and self.open and receipt.connection == self._number:
            self._client.ack(receipt.message, 1)

    def wake(self) -> None:
        """Make a socket of ``sockets`` readable; from any thread or signal handler."""
        with contextlib.suppress(OSError):
            self._waker.send(b".", socket.MSG_DONTWAIT)

    def close(self) -> None:
        """Take leave in order: no last will is sent by the broker."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_TRIPS):
                while client.want_write() and client.loop_write() == 0:
                    pass
                client.disconnect()
                client.loop_write()
            _hang_up(client)
        self.open = False
        self._wake.close()
        self._waker.close()

    def _dial(self) -> None:
        self._dialling = True
        self._number += 1
        client, broker = self._new_client(self._number), self._broker
        threading.Thread(
            target=self._connect, args=(self._number, client, broker), name="dial", daemon=True
        ).start()

    def _connect(self, number: int, client: Client, broker: Broker) -> None:
        """On the dialling thread: may hang in a resolver for as long as it likes."""
        result: Client | Exception = client
        try:
            if broker.context is not None:
                client.tls_set_context(broker.context())
            client.connect(broker.host, broker.port, KEEPALIVE)
        except (OSError, ValueError) as error:
            result = error
        self._dialled.put((number, result))
        self.wake()

    def _adopt(self, now: float) -> None:
        """Take over what the dialling thread has brought."""
        with contextlib.suppress(queue.Empty):
            _, result = self._dialled.get_nowait()
            self._dialling = False
            self._since = now
            if isinstance(result, Client):
                self._client = result
            else:
                self._dial_at = now + self._backoff.next()
                self._events.append(Closed(f"cannot reach the broker: {result}"))

    def _turn(self, client: Client, now: float) -> None:
        """Read, write and keep the connection alive; notice when it is gone."""
        try:
            for turn in (client.loop_read, client.loop_write, client.loop_misc):
                if client.socket() is not None:
                    turn()
        except _TRIPS as error:
            self._give_up(f"nonsense on the line: {type(error).__name__}: {error}")
        if not self.open and now - self._since > GREETING_SECONDS:
            self._give_up("the broker did not greet us")
        if self._client is not None and client.socket() is None:
            self._give_up("the connection was lost")

    def _give_up(self, why: str) -> None:
        """End this connection; nothing of its client is used again."""
        client, self._client = self._client, None
        self.open = False
        if client is None:
            return
        if self._now - self._since > STABLE_SECONDS:
            self._backoff.reset()
        self._dial_at = self._now + self._backoff.next()
        _hang_up(client)
        self._events.append(Closed(why))

    def _new_client(self, number: int) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            clean_session=self._will is None,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=self._will is not None,
        )
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.tls and self._broker.context is None:
            client.tls_set()
        client.connect_timeout = CONNECT_SECONDS
        client.max_inflight_messages_set(0)
        if self._will is not None:
            topic, payload = self._will()
            client.will_set(topic, payload.encode(), qos=1, retain=True)
        client.on_connect = self._greeted
        client.on_subscribe = self._subscribed
        client.on_publish = lambda _c, _u, message, *_rest: self._events.append(Delivered(message))
        client.on_message = lambda _c, _u, message: self._received(number, message)
        return client

    def _greeted(self, client: Client, _user: Any, _flags: Any, reason: Any, *_rest: Any) -> None:
        if reason.is_failure:
            log.warning("the broker refuses us: %s", reason)
            return
        self.open = True
        self._events.append(Opened())
        if self._subscriptions:
            quality = 0 if self._will is None else 1
            client.subscribe([(topic, quality) for topic in self._subscriptions])

    def _subscribed(
        self, _client: Client, _user: Any, _mid: int, reasons: Any, *_rest: Any
    ) -> None:
        for topic, reason in zip(self._subscriptions, reasons, strict=False):
            if reason.is_failure:
                log.error("the broker refuses our subscription to %s: %s", topic, reason)

    def _received(self, number: int, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        receipt = Receipt(number, message.mid)
        self._events.append(Received(topic, bytes(message.payload), receipt, message.retain))


def _hang_up(client: Client) -> None:
    """Close the connection at once, without a word."""
    client.on_disconnect = client.on_message = client.on_publish = None
    found = client.socket()
    if found is not None:
        with contextlib.suppress(OSError):
            found.close()
