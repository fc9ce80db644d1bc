"""The embedded broker: a NATS server as our child, with a user and topic rights per unit.

It keeps sessions, queues and retained messages through SIGKILL (``sync_interval: always``).
It starts again when it dies, reads its users anew on SIGHUP, and dies with us (``leash``).
Rights hold at the broker and are the second fence only: what matters is signed.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import structlog

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.certificates import SERVER_NAME
from loquet_contract.wire.topics import FROM_UNIT, TO_UNIT, unit_topic
from loquet_server.certificates.context import reachable
from loquet_server.certificates.files import BrokerFiles
from loquet_server.leash import leashed

SERVER_USER = SERVER_NAME
"""With a dot, so that no unit can be called so; as in the files for mosquitto."""
_HANDSHAKE_SECONDS = 10
"""NATS's own 2 s are short for a unit on a mobile network."""
LOG = "nats.log"
_FIRST_WORDS = "nats.out"
"""What it says before it writes its log, such as that its configuration is wrong."""
_READY_SECONDS = 15.0
_LOG_BYTES = 4 << 20
"""Strangers that knock must not fill the disk."""
_log = structlog.get_logger(__name__)


class BrokerUnusable(OSError):
    """The embedded broker cannot run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BrokerUser:
    """One entry. ``publish`` and ``subscribe`` are MQTT topics; None: all."""

    name: str
    password_hash: str
    publish: tuple[str, ...] | None = None
    subscribe: tuple[str, ...] | None = None


def hash_password(password: str) -> str:
    """Return a bcrypt hash. Passwords are 32 random bytes, so the least cost is enough."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode("ascii")


def unit_user(site: str, unit: str, password_hash: str) -> BrokerUser:
    """Return the entry of a unit: it speaks as itself, and hears what is addressed to it."""
    return BrokerUser(
        unit,
        password_hash,
        tuple(unit_topic(SiteId(site), UnitId(unit), each) for each in FROM_UNIT),
        tuple(unit_topic(SiteId(site), UnitId(unit), each) for each in TO_UNIT),
    )


def configuration(
    host: str, port: int, store: Path, users: Sequence[BrokerUser], tls: BrokerFiles | None = None
) -> str:
    """Return the NATS configuration; sorted, so that equal users give equal text.

    With ``tls``, only who shows a certificate for the name of a user, and that user's password,
    is let in: the name in the certificate counts, whatever name the client says.
    """
    entries = [_entry(user) for user in sorted(users, key=lambda user: user.name)]
    listener: dict[str, object] = {
        "listen": f"{host}:{port}", "max_ack_pending": 256, "ack_wait": "60s",
    }  # fmt: skip
    if tls is not None:
        listener["tls"] = {
            "cert_file": str(tls.certificate.absolute()),
            "key_file": str(tls.key.absolute()),
            "ca_file": str(tls.authority.absolute()),
            "verify_and_map": True,
            "timeout": _HANDSHAKE_SECONDS,
        }
    whole = {
        "server_name": "loquet",
        "log_file": str(store.with_name(LOG)),
        "logfile_size_limit": _LOG_BYTES,
        "logfile_max_num": 2,
        "listen": "127.0.0.1:-1",
        "jetstream": {"store_dir": str(store), "sync_interval": "always"},
        "mqtt": listener,
        "authorization": {"users": entries},
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _entry(user: BrokerUser) -> dict[str, object]:
    found: dict[str, object] = {"user": user.name, "password": user.password_hash}
    if user.publish is not None and user.subscribe is not None:
        subscribe = [_subject(topic) for topic in user.subscribe]
        found["permissions"] = {
            "publish": [_subject(topic) for topic in user.publish],
            # deliveries with QoS 1 come on a subject of the session's own
            "subscribe": [*subscribe, "$MQTT.sub.>"],
        }
    return found


def _subject(topic: str) -> str:
    """Return the NATS subject of an MQTT topic; ids hold neither dots nor wildcards."""
    return topic.replace("/", ".")


def binary() -> str:
    """Return the path of ``nats-server``; raise BrokerUnusable if it is not installed."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise BrokerUnusable(
            "nats-server is not installed; run: pip install 'loquet[server]',"
            " or set LOQUET_BROKER=external"
        )
    return found


def port_is_free(host: str, port: int) -> bool:
    """Return True if nobody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port where nobody listens now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class Broker:
    """The child and its supervision."""

    def __init__(
        self,
        folder: Path,
        host: str,
        port: int,
        server_password: str,
        tls: BrokerFiles | None = None,
    ) -> None:
        self.host, self.port, self.tls = host, port, tls
        self._folder = folder
        self._server = BrokerUser(SERVER_USER, hash_password(server_password))
        self._text = ""
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def log(self) -> Path:
        """Return where the child writes what it does and whom it refuses."""
        return self._folder / LOG

    @property
    def pid(self) -> int | None:
        """Return the child's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self, users: Sequence[BrokerUser]) -> None:
        """Start the child and wait until it listens; raise BrokerUnusable."""
        if not port_is_free(self.host, self.port):
            raise BrokerUnusable(
                f"port {self.port} on {self.host} is in use, so the embedded broker cannot listen;"
                " stop what uses it, or set LOQUET_BROKER_PORT to another"
            )
        self._write(users)
        await self._spawn()
        await self._ready()
        self._watch = asyncio.create_task(self._supervise())

    async def set_users(self, users: Sequence[BrokerUser]) -> None:
        """Give the child these users; sessions of those that stay are not disturbed."""
        async with self._changing:
            if self._write(users) and self.pid is not None:
                os.kill(self.pid, signal.SIGHUP)
                _log.info("broker_reloaded", users=len(users))

    async def read_again(self) -> None:
        """Have the child read its certificate anew; sessions are not disturbed."""
        async with self._changing:
            if self.pid is not None:
                os.kill(self.pid, signal.SIGHUP)
                _log.info("broker_reloaded", users=None)

    async def stop(self) -> None:
        """End the child; it is gone afterwards."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _write(self, users: Sequence[BrokerUser]) -> bool:
        """Write the configuration; False if it was the same."""
        store = (self._folder / "store").absolute()
        text = configuration(self.host, self.port, store, [self._server, *users], self.tls)
        if text == self._text:
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / "nats.json"
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        temporary.replace(path)
        self._text = text
        return True

    async def _spawn(self) -> None:
        log = (self._folder / _FIRST_WORDS).open("wb")
        try:
            # a session of its own: Ctrl-C at a terminal reaches us first, and we end it in order
            self._process = await asyncio.create_subprocess_exec(
                *leashed([binary(), "-c", str((self._folder / "nats.json").absolute())]),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            log.close()

    async def _ready(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _READY_SECONDS
        while loop.time() < end:
            if self.pid is None:
                break
            try:
                _, writer = await asyncio.open_connection(reachable(self.host), self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return
        raise BrokerUnusable(
            f"the embedded broker did not start; its last words: {self._last_words()!r}"
        )

    def _last_words(self) -> str:
        logs = [self._folder / name for name in (LOG, _FIRST_WORDS)]
        said = [each.read_text(errors="replace")[-400:] for each in logs if each.exists()]
        return "".join(said)[-400:]

    async def _supervise(self) -> None:
        pause = 0.2
        while self._process is not None:
            started = asyncio.get_running_loop().time()
            code = await self._process.wait()
            _log.error("broker_died", status=code, again_in=pause)
            await asyncio.sleep(pause)
            lived = asyncio.get_running_loop().time() - started
            pause = 0.2 if lived > 60 else min(pause * 2, 10.0)
            await self._spawn()
