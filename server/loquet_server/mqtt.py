"""A session at the broker for asyncio: paho underneath, in a thread of its own.

Messages come as ``Incoming`` and are acknowledged by hand, after the commit; an
acknowledgement of an earlier connection is dropped, since its number now means another
message. What could not be acknowledged comes again, so every reader must bear repetition.
"""

import asyncio
import itertools
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion

from loquet_contract.wire.topics import PREFIX, Channel
from loquet_server.rivalry import PAUSES, RIVAL_PAUSES, Rivalry

_log = structlog.get_logger(__name__)
_names = itertools.count()


class BrokerAway(ConnectionError):
    """There is no session at the broker now; the message says what was tried."""


def every_site(channel: Channel) -> str:
    """Return the filter for one channel of all units of all sites."""
    return f"{PREFIX}/+/units/+/{channel}"


EVERY_CHANGE = f"{PREFIX}/+/server/changes"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is, and as whom we come."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    """Encrypted, with the certificate that it holds; None: in clear."""

    def __repr__(self) -> str:
        return f"Address({self.user}@{self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message; ``session`` and ``mid`` are what ``MqttSession.done`` needs."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    mid: int
    session: int


class MqttSession:
    """One named session; reconnects by itself, and subscribes anew each time.

    ``heard`` is called in the event loop with each message. ``persistent`` sessions keep at
    the broker what comes while we are away.
    """

    def __init__(
        self, address: Address, name: str, heard: Callable[[Incoming], None], *, persistent: bool,
        pauses: tuple[int, int] = PAUSES,
    ) -> None:  # fmt: skip
        """``pauses``: seconds before we come again, at first and at most."""
        self._address = address
        self._heard = heard
        self._filters: list[str] = []
        self._generation = 0
        self._asked: set[int | None] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._online = asyncio.Event()
        client = paho.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=not persistent, manual_ack=True
        )
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls is not None:
            client.tls_set_context(address.tls)
        client.max_queued_messages_set(100_000)
        client.reconnect_delay_set(*pauses)
        self._usual = self._pauses = pauses
        self._name, self._rivalry, self._leaving = name, Rivalry(), False
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self._client = client

    @property
    def online(self) -> bool:
        """True while there is a session, and the broker has heard what we want to hear."""
        return self._online.is_set()

    @property
    def contested(self) -> bool:
        """True while somebody else seems to take our session again and again."""
        return self._rivalry.suspected(time.monotonic())

    @property
    def greetings(self) -> int:
        """How often the broker has greeted us: once, unless the connection was lost."""
        return self._generation

    def subscribe(self, topic_filter: str) -> None:
        """Hear what matches ``topic_filter``, now and after each reconnection."""
        if topic_filter not in self._filters:
            self._filters.append(topic_filter)
        if self.online:
            self._client.subscribe(topic_filter, qos=1)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._address.host, self._address.port, keepalive=20)
        self._client.loop_start()

    async def wait_online(self, seconds: float) -> None:
        """Wait for the session; raise BrokerAway after ``seconds``."""
        try:
            await asyncio.wait_for(self._online.wait(), seconds)
        except TimeoutError as error:
            where = f"{self._address.host}:{self._address.port}"
            raise BrokerAway(f"no session at the broker {where} within {seconds:g} s") from error

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Send with QoS 1; kept and sent later while there is no session."""
        self._client.publish(topic, payload, qos=1, retain=retain)

    def publish_once(self, topic: str, payload: str) -> None:
        """Send with QoS 0: to who listens now. Nobody keeps it; raise BrokerAway if not sent."""
        if (
            not self.online
            or self._client.publish(topic, payload, qos=0).rc != paho.MQTT_ERR_SUCCESS
        ):
            where = f"{self._address.host}:{self._address.port}"
            raise BrokerAway(f"there is no session at the broker {where} now; nothing was sent")

    def done(self, message: Incoming) -> None:
        """Acknowledge a message, unless it came by an earlier connection."""
        if message.qos and message.session == self._generation:
            self._client.ack(message.mid, message.qos)

    async def stop(self) -> None:
        """Leave in order; the thread is gone afterwards."""
        self._leaving = True
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        self._online.clear()

    # ---- called in paho's thread --------------------------------------------------------

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            _log.warning("broker_refused", reason=str(reason), broker=str(self._address))
            self._rivalry.unanswered()
            return
        self._rivalry.began(time.monotonic())
        self._generation += 1
        self._asked = {client.subscribe(each, qos=1)[1] for each in self._filters}
        if not self._asked:
            self._tell(self._online.set)

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, mid: int, reasons: Any, _properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            _log.warning("subscription_refused", broker=str(self._address))
        self._asked.discard(mid)
        if not self._asked:
            self._tell(self._online.set)

    def _pause(self, wanted: tuple[int, int]) -> None:
        if wanted != self._pauses:  # to say the same again would begin anew with the shortest
            self._pauses = wanted
            self._client.reconnect_delay_set(*wanted)

    def _on_connect_fail(self, *_: Any) -> None:
        self._rivalry.unanswered()

    def _on_disconnect(self, *_: Any) -> None:
        self._tell(self._online.clear)
        if self._leaving:
            return
        if self._rivalry.ended(time.monotonic()):
            _log.error(
                "broker_session_taken",
                broker=str(self._address),
                session=self._name,
                detail="another server uses this broker under our name; stop one of the two",
            )
        self._pause(RIVAL_PAUSES if self.contested else self._usual)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        came = Incoming(
            message.topic,
            bytes(message.payload),
            bool(message.retain),
            message.qos,
            message.mid,
            self._generation,
        )
        self._tell(self._heard, came)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)


def session_name(role: str) -> str:
    """Return a client id for a session that leaves nothing behind."""
    return f"loquet-{role}-{os.getpid()}-{next(_names)}"
