"""A session at Home Assistant's broker: paho underneath, reconnecting, with a last will."""

import asyncio
import os
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from loquet_server.homeassistant.schemas import Home

QUEUE: Final = 2_000
"""Messages that may be under way; more things than that has no space."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message; ``retained``: it stood there before we came."""

    topic: str
    payload: bytes
    retained: bool


class Connection:
    """``came`` is called in the event loop when there is a session, ``heard`` with each message."""

    def __init__(
        self, home: Home, will: str, filters: Sequence[str], came: Callable[[], None],
        heard: Callable[[Heard], None],
    ) -> None:  # fmt: skip
        self._home = home
        self._will = will
        self._filters = tuple(filters)
        self._came = came
        self._heard = heard
        self._loop: asyncio.AbstractEventLoop | None = None
        self.online = False
        self.problem = ""
        client = paho.Client(
            CallbackAPIVersion.VERSION2, f"loquet-home-{os.getpid()}-{id(self) % 100_000}"
        )
        if home.user:
            client.username_pw_set(home.user, home.password)
        if home.tls:
            client.tls_set_context(ssl.create_default_context())
        client.will_set(will, "offline", qos=1, retain=True)
        client.max_queued_messages_set(QUEUE)
        client.reconnect_delay_set(1, 60)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_message = self._on_message
        self._client = client

    def start(self) -> None:
        """Begin to connect; returns at once, and goes on until ``stop``."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._home.host, self._home.port, keepalive=30)
        self._client.loop_start()

    def say(self, topic: str, payload: str) -> None:
        """Have a payload stand retained; an empty one takes away what stands there."""
        self._client.publish(topic, payload, qos=1, retain=True)

    async def stop(self) -> None:
        """Say goodbye and leave; what was said is sent first, for two seconds at most."""
        if self.online:
            last = self._client.publish(self._will, "offline", qos=1, retain=True)
            await asyncio.to_thread(last.wait_for_publish, 2)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        self.online = False

    # ---- called in paho's thread

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._tell(self._lost, str(reason))
            return
        for each in self._filters:
            client.subscribe(each, qos=1)
        self._tell(self._found)

    def _on_disconnect(self, *_: Any) -> None:
        self._tell(self._lost, "")

    def _on_connect_fail(self, *_: Any) -> None:
        self._tell(self._lost, "no answer")

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        came = Heard(message.topic, bytes(message.payload), bool(message.retain))
        self._tell(self._heard, came)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)

    # ---- called in the event loop

    def _found(self) -> None:
        self.online, self.problem = True, ""
        self._came()

    def _lost(self, problem: str) -> None:
        self.online = False
        self.problem = problem or self.problem
