"""Real brokers for tests: both with the rights and the settings that the product ships.

The NATS server runs with the configuration that ``loquet_server.broker`` generates, mosquitto
with the files in ``firmware_config/mosquitto``.
"""

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from loquet_server.broker import (
    BrokerUser,
    binary,
    configuration,
    free_port,
    hash_password,
    unit_user,
)

HOST = "127.0.0.1"
SITE = "village"
ROOT = Path(__file__).resolve().parents[1]


class RealBroker(ABC):
    """A broker as a child process on a free loopback port; its data outlive ``kill``."""

    name: ClassVar[str]
    server_user: ClassVar[str]
    server_password = "server-password"

    def __init__(self, folder: Path, units: Sequence[str] = ("unit-1", "unit-2")) -> None:
        self.host, self.port = HOST, free_port()
        self._folder, self._units = folder, tuple(units)
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    def password_of(self, unit: str) -> str:
        """Return the password of a unit, whose user name is its id."""
        return f"password-of-{unit}"

    def context_of(self, _user: str) -> ssl.SSLContext | None:
        """Return with which certificate a user comes; None: in clear, by password."""
        return None

    def start(self) -> None:
        """Start and wait until it greets."""
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        until(self._listens, f"{self.name} listens on {self.port}")

    def stop(self) -> None:
        """Stop in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what was not on the disk is gone."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: it hangs, and its connections with it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self._folder / "broker.log").read_text()[-2000:])
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1):
            return True
        return False

    @abstractmethod
    def _command(self) -> list[str]: ...


class NatsBroker(RealBroker):
    name = "nats"
    server_user = "server"

    def _command(self) -> list[str]:
        users = [
            unit_user(SITE, unit, hash_password(self.password_of(unit))) for unit in self._units
        ]
        users.append(BrokerUser(self.server_user, hash_password(self.server_password)))
        file = self._folder / "nats.conf"
        file.write_text(configuration(HOST, self.port, self._folder / "store", users))
        return [binary(), "-c", str(file)]


class MosquittoBroker(RealBroker):
    name = "mosquitto"
    server_user = "loquet.server"
    listener = "listener-loopback.conf"

    def _command(self) -> list[str]:
        shipped = ROOT / "firmware_config" / "mosquitto"
        passwords, store = self._folder / "passwords", self._folder / "store"
        store.mkdir(exist_ok=True)
        if not passwords.exists():
            users = {unit: self.password_of(unit) for unit in self._units}
            passwords.touch(0o600)
            for user, password in {**users, self.server_user: self.server_password}.items():
                subprocess.run(
                    ["mosquitto_passwd", "-b", str(passwords), user, password], check=True
                )
        acl = self._folder / "acl"
        acl.write_text((shipped / "acl").read_text())
        acl.chmod(0o600)
        places = {
            "listener": f"{self.port} {HOST}",
            "password_file": str(passwords),
            "acl_file": str(acl),
            "persistence_location": f"{store}/",
        }
        lines = []
        for line in shipped_lines(shipped, self.listener):
            word = line.split(" ", 1)[0]
            lines.append(f"{word} {places[word]}" if word in places else line)
        if os.geteuid() == 0:
            lines.append("user root")
        file = self._folder / "mosquitto.conf"
        file.write_text("\n".join(lines) + "\n")
        return [mosquitto_path(), "-c", str(file)]


def shipped_lines(shipped: Path, listener: str, log: str = "log-journal.conf") -> list[str]:
    """Return what the product ships for mosquitto: for all, for this listener and this log."""
    texts = [(shipped / name).read_text() for name in ("mosquitto.conf", listener, log)]
    lines = "".join(texts).splitlines()
    return [each for each in lines if not each.startswith("include_dir ")]


class HomeBroker(RealBroker):
    """The broker that a space has for its own sensors: one user, who may say and hear all."""

    name = "home"
    server_user = "home"

    def _command(self) -> list[str]:
        passwords, file = self._folder / "passwords", self._folder / "mosquitto.conf"
        if not passwords.exists():
            passwords.touch(0o600)
            words = ["-b", str(passwords), self.server_user, self.server_password]
            subprocess.run(["mosquitto_passwd", *words], check=True)
        lines = [f"listener {self.port} {HOST}", f"password_file {passwords}"]
        lines += ["user root"] if os.geteuid() == 0 else []
        file.write_text("\n".join(lines) + "\n")
        return [mosquitto_path(), "-c", str(file)]


def mosquitto_path() -> str:
    # Debian keeps it where the PATH of an ordinary user does not look.
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return found or "mosquitto"


BROKERS: tuple[type[RealBroker], ...] = (NatsBroker, MosquittoBroker)


@contextlib.contextmanager
def running(
    cls: type[RealBroker], folder: Path, units: Sequence[str] = ("unit-1", "unit-2")
) -> Iterator[RealBroker]:
    """A broker that runs meanwhile."""
    broker = cls(folder, units)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def until(condition: object, what: str, seconds: float = 30.0) -> None:
    """Wait until ``condition()`` is true; AssertionError saying what did not happen.

    Asks ever less often, so as not to take the machine from what it waits for.
    """
    assert callable(condition)
    began = time.monotonic()
    pause = threading.Event()
    while not condition():
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"did not happen within {seconds} s: {what}")
        pause.wait(min(max(0.01, waited / 20), 0.1))


class Listener:
    """Any MQTT client, as the server or another unit would be; ``heard`` is all it was told."""

    def __init__(
        self, broker: RealBroker, user: str, password: str, *topics: str, client_id: str = "",
        clean: bool = True,
    ) -> None:  # fmt: skip
        self.broker = broker
        self.heard: list[tuple[str, bytes, bool]] = []
        self.refused: list[str] = []
        self.greeted: list[float] = []
        """When the broker took us in, each time."""
        self._ready = threading.Event()
        self._topics = topics
        self.client = Client(CallbackAPIVersion.VERSION2, client_id or None, clean_session=clean)
        self.client.username_pw_set(user, password)
        context = broker.context_of(user)
        if context is not None:
            self.client.tls_set_context(context)
        self.client.on_connect = self._greeted
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._note
        self.client.reconnect_delay_set(0.05, 0.2)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        until(lambda: self._ready.is_set() or self.refused, f"{user} is greeted")

    @classmethod
    def server(cls, broker: RealBroker, *topics: str, client_id: str = "server") -> "Listener":
        """The server's own session, which the broker keeps."""
        return cls(
            broker, broker.server_user, broker.server_password, *topics, client_id=client_id,
            clean=False,
        )  # fmt: skip

    def _greeted(
        self, client: Client, _user: object, _flags: object, reason: object, *_: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            self.refused.append(str(reason))
            return
        self.greeted.append(time.monotonic())
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._ready.set()

    def _note(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))

    def said(self, topic: str) -> list[bytes]:
        """Return the payloads heard on a topic."""
        return [payload for place, payload, _ in list(self.heard) if place == topic]

    def publish(self, topic: str, payload: str | bytes, retain: bool = False) -> None:
        """Publish at QoS 1 and wait until the broker has taken it."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(20)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
