"""Stacks whose broker asks for certificates: the server's own NATS, and a mosquitto beside it."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from loquet_edge.tls_identity import TlsFolder
from loquet_server.authority import Authority
from loquet_server.certificates.context import office_context
from tests.brokers import Listener
from tests.journey.stack import Stack, StackBroker, in_a_thread
from tests.journey.stack_unit import StackUnit
from tests.tls_brokers import TlsMosquitto

LOOK_SECONDS = 0.05


class GuardedStack(Stack):
    """A stack whose embedded broker asks for certificates, on loopback."""

    broker_kind = "nats"

    def __init__(self) -> None:
        super().__init__()
        self.environment["LOQUET_BROKER_TLS"] = "on"

    @property
    def broker_log(self) -> Path:
        """Where the broker says whom it refuses."""
        return self.data / "broker" / "nats.log"

    @contextlib.contextmanager
    def broker_session(
        self, *topics: str, unit: StackUnit | None = None, client_id: str = ""
    ) -> Iterator[Listener]:
        """A session at the broker by certificate: the server's, or with what a unit holds."""
        keys = self.keys()
        name, password = StackBroker.server_user, keys.broker_password
        context = office_context(keys)
        if unit is not None:
            who = unit.identity.identity
            name, password = who.broker_user, who.broker_password
            context = TlsFolder(unit.folder).context(True)
        broker = _Guarded(self.broker_port, context)
        listener = Listener(broker, name, password, *topics, client_id=client_id)
        try:
            yield listener
        finally:
            listener.close()


class _Guarded(StackBroker):
    """The stack's broker, for who has this certificate."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(port)
        self._context = context

    def context_of(self, _user: str) -> ssl.SSLContext:
        return self._context


class MosquittoStack(GuardedStack):
    """The same with mosquitto in place of the embedded broker; the unit at the entrance alone."""

    broker_kind = "mosquitto"

    def __init__(self) -> None:
        super().__init__()
        self.units = {"entree": self.entree}
        self._files = self.folder / "mosquitto"
        self.environment |= {
            "LOQUET_BROKER": "external",
            "LOQUET_BROKER_HOST": "127.0.0.1",
            "LOQUET_BROKER_FILES": str(self._files / "tls"),
            "LOQUET_BROKER_LOG": str(self.broker_log),
        }
        self._broker: TlsMosquitto | None = None
        self._ending = threading.Event()
        self._follower = threading.Thread(target=self._follow, daemon=True)

    @property
    def broker_log(self) -> Path:
        return self._files / "mosquitto.log"

    def start(self) -> None:
        in_a_thread(self._seed)
        self._broker = TlsMosquitto(self._files, (), Authority.of(self.keys()))
        self._broker.port = self.broker_port
        self._broker.start()
        self._follower.start()
        self.start_server()
        self._begin(self.entree)
        self.wait_online()

    def _follow(self) -> None:
        """Have mosquitto read its files again when one is new, as the path unit does."""
        assert self._broker is not None
        known = _marks(self._files / "tls")
        while not self._ending.wait(LOOK_SECONDS):
            found = _marks(self._files / "tls")
            if found != known:
                self._broker.hang_up_signal()
            known = found

    def _clear(self) -> None:
        self._ending.set()
        if self._follower.is_alive():
            self._follower.join()
        if self._broker is not None:
            self._broker.kill()
        super()._clear()


def _marks(folder: Path) -> list[tuple[str, int]]:
    """What tells a file from the one before it."""
    with contextlib.suppress(FileNotFoundError):  # renamed at this moment
        return sorted((each.name, each.stat().st_ino) for each in folder.iterdir())
    return []
