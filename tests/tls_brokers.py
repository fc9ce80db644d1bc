"""Real brokers that ask for certificates, with the files that the server writes for them."""

import re
import signal
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from loquet_contract.wire import base64url
from loquet_contract.wire.signing import SigningKey
from loquet_edge.tls_identity import BrokerPlace, TlsFolder, TlsKey
from loquet_server.authority import Authority
from loquet_server.broker import (
    SERVER_USER,
    BrokerUser,
    binary,
    configuration,
    hash_password,
    unit_user,
)
from loquet_server.certificates.files import BrokerFiles
from loquet_server.certificates.mosquitto_file import DeniedReader
from loquet_server.certificates.mosquitto_log import LogReader
from loquet_server.certificates.refusals import Refusal, refusal
from loquet_server.keys import Keys
from tests.brokers import (
    HOST,
    ROOT,
    SITE,
    MosquittoBroker,
    NatsBroker,
    RealBroker,
    mosquitto_path,
    shipped_lines,
)

DAY_MS = 86_400_000
_SUBSCRIPTION = re.compile(r"\d+: \S+ [0-2] \S+$")


def authority(seed: bytes = b"a") -> Authority:
    """Return an authority of its own for each letter."""
    return Authority.of(Keys(SigningKey(b"s" * 32), b"x" * 32, b"p" * 32, "00" * 32, seed * 32))


def now_ms() -> int:
    return int(time.time() * 1000)


class TlsBroker(RealBroker):
    """A broker with its files, and a folder of certificate for each who comes."""

    server_user = SERVER_USER

    def __init__(
        self, folder: Path, units: Sequence[str] = ("unit-1", "unit-2"),
        by: Authority | None = None,
    ) -> None:  # fmt: skip
        super().__init__(folder, units)
        self.authority = by or authority()
        self.files = BrokerFiles(folder / "tls")
        self.files.keep_certificate(self.authority, [HOST], now_ms())
        self.files.keep_revoked(self.authority, [], 0, [])

    def certificate_of(
        self, unit: str, issuer: Authority | None = None, at_ms: int | None = None
    ) -> TlsFolder:
        """Return what a unit holds; by default issued now, by the authority of this broker."""
        folder = self._folder / f"of-{unit}-{id(issuer)}-{at_ms}"
        found = TlsFolder(folder)
        return found if found.key is not None else self.certify(folder, unit, issuer, at_ms)

    def certify(
        self, folder: Path, unit: str, issuer: Authority | None = None, at_ms: int | None = None
    ) -> TlsFolder:
        """Put into a unit's folder what an enrolment does: key, certificate and place."""
        found, key, by = TlsFolder(folder), TlsKey.generate(), issuer or self.authority
        public = base64url.from_text(key.public_text)
        issued = by.issue_unit(SITE, unit, public, now_ms() if at_ms is None else at_ms)
        found.keep(key, issued.pem, by.certificate_pem, BrokerPlace(HOST, self.port, True))
        (folder / "authority.pem").write_text(self.authority.certificate_pem)
        return found

    def serial_of(self, unit: str) -> str:
        """Return the serial number of the certificate that a unit holds."""
        from cryptography import x509

        pem = (self._folder / f"of-{unit}-{id(None)}-None" / "tls.pem").read_bytes()
        return f"{x509.load_pem_x509_certificate(pem).serial_number:x}"

    def context_of(self, user: str) -> ssl.SSLContext | None:
        return self.certificate_of(user).context(True)

    def log(self) -> str:
        logs = [self._folder / name for name in ("broker.log", "nats.log", "mosquitto.log")]
        return "".join(each.read_text(errors="replace") for each in logs if each.exists())

    def hang_up_signal(self) -> None:
        """Have it read its files again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def revoke(self, unit: str) -> None:
        """Shut a unit out, as the server does."""
        raise NotImplementedError


class TlsNats(TlsBroker, NatsBroker):
    name = "nats"
    server_user = SERVER_USER

    def _write(self, *, without: str | None = None) -> Path:
        users = [
            unit_user(SITE, unit, hash_password(self.password_of(unit)))
            for unit in self._units
            if unit != without
        ]
        users.append(BrokerUser(self.server_user, hash_password(self.server_password)))
        file, store = self._folder / "nats.conf", self._folder / "store"
        file.write_text(configuration(HOST, self.port, store, users, self.files))
        return file

    def _command(self) -> list[str]:
        return [binary(), "-c", str(self._write())]

    def revoke(self, unit: str) -> None:
        self._write(without=unit)
        self.hang_up_signal()


class TlsMosquitto(TlsBroker, MosquittoBroker):
    name = "mosquitto"
    server_user = SERVER_USER

    @property
    def log_file(self) -> Path:
        """Where it says what its rights dropped."""
        return self._folder / "mosquitto.log"

    def _command(self) -> list[str]:
        store = self._folder / "store"
        store.mkdir(exist_ok=True)
        places = {
            "listener": f"{self.port} {HOST}",
            "cafile": str(self.files.authority),
            "certfile": str(self.files.certificate),
            "keyfile": str(self.files.key),
            "crlfile": str(self.files.revoked),
            "acl_file": str(self.files.acl_file),
            "persistence_location": f"{store}/",
            "log_dest file": str(self.log_file),
        }
        shipped, lines = ROOT / "firmware_config" / "mosquitto", []
        for line in shipped_lines(shipped, "listener-tls.conf", "log-file.conf"):
            word = line.rpartition(" ")[0] if line.startswith("log_dest file") else line
            word = word if word in places else line.split(" ", 1)[0]
            lines.append(f"{word} {places[word]}" if word in places else line)
        file = self._folder / "mosquitto.conf"
        file.write_text("\n".join([*lines, "user root", ""]))
        return [mosquitto_path(), "-c", str(file)]

    def revoke(self, unit: str) -> None:
        self.files.keep_revoked(self.authority, [self.serial_of(unit)], now_ms(), [unit])
        self.hang_up_signal()


TLS_BROKERS: tuple[type[TlsBroker], ...] = (TlsNats, TlsMosquitto)


def refusals(broker: str, log: str) -> list[Refusal]:
    """Return what the server makes of a broker's log."""
    lines, reader, denied = log.splitlines(), LogReader(), DeniedReader()
    if broker == "nats":
        return [found for found in map(refusal, lines) if found is not None]
    for line in lines:  # on topics, those of subscriptions come by one of their own
        (reader.subscribed if _SUBSCRIPTION.match(line) else reader.read)(line)
    denied.feed(log.encode())
    return reader.refusals() + denied.refusals()


def let_in(
    broker: RealBroker, context: ssl.SSLContext | None, user: str = "", password: str = ""
) -> bool:
    """Try once; return whether the broker greeted."""
    client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    if user:
        client.username_pw_set(user, password)
    if context is not None:
        client.tls_set_context(context)
    said: list[bool] = []
    client.on_connect = lambda *words: said.append(not words[3].is_failure)
    try:
        client.connect(broker.host, broker.port)
        while not said and client.loop(0.2) == paho.MQTT_ERR_SUCCESS:
            pass
    except OSError:
        return False
    finally:
        client.disconnect()
    return bool(said and said[0])
