"""Le Moulin as real processes: a server with its broker, two simulated units, one short folder.

``Stack`` runs ``loquet-server serve`` and each unit apart, so that the server can die while
people badge; ``DemoStack`` runs ``loquet-server demo``, as a visitor does. Whatever a stack starts
carries its ``LOQUET_DATA`` in its environment: by that it is found, and none may be left.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import httpx
import psutil

from loquet_edge.enrolment import enrol
from loquet_server import keys
from loquet_server.broker import SERVER_USER, free_port
from loquet_server.database import Database
from loquet_server.demo import seed, village
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.migrations import migrate
from loquet_server.settings import Settings
from tests.brokers import Listener, RealBroker, until
from tests.journey.stack_unit import StackUnit
from tests.rig import laid_in

PATIENCE = 30.0
START_SECONDS = 60.0
STOP_SECONDS = 20.0
PAUSES = 0.1, 1.0
"""Seconds, first and longest, between two calls of a unit that finds no broker: else they grow to
20 s, since a stack loses its broker often. A demo's units take their own time."""
CAMILLE = village.members()[0]
"""Comes at any hour, and may lift a lockdown."""
YANIS, LOUISE = village.members()[1:3]
"""Come at any hour."""
LATE = next(each for each in village.members() if each.state == "expired")


class StackBroker(RealBroker):
    """The broker that a stack's server runs, as a client sees it."""

    name = "the stack's"
    server_user = SERVER_USER

    def __init__(self, port: int) -> None:
        self.host, self.port = "127.0.0.1", port

    def _command(self) -> list[str]:
        raise AssertionError("the server starts it")


class Stack:
    """``with Stack() as stack``: everything runs and is online; nothing is left afterwards."""

    command: Sequence[str] = ("serve",)
    accounts = "local"
    """Whether people at this machine must sign in: LOQUET_ACCOUNTS."""
    server_only: Mapping[str, str] = MappingProxyType({})
    """What stands in the environment of the server alone."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lq-", dir="/tmp"))
        self.data = self.folder / "d"
        self.web, self.broker_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not _ours(name)},
            "LOQUET_DATA": str(self.data),
            "LOQUET_PORT": str(self.web),
            "LOQUET_BROKER_PORT": str(self.broker_port),
            "LOQUET_BENCH_BOARDS": str(self.data / "boards"),
            "LOQUET_ACCOUNTS": self.accounts,
            "TMPDIR": str(self.folder),
        }
        self.units = {name: StackUnit(self.data, name) for name in village.UNITS}
        self.entree, self.atelier = self.units["entree"], self.units["atelier"]
        self.api = httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE)
        self._server: subprocess.Popen[bytes] | None = None
        self._apart: dict[str, subprocess.Popen[bytes]] = {}
        self._cables: dict[str, int] = {}
        self.codes: dict[str, str] = {}
        """What each unit becomes itself with."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
            assert self.commands() == [], "processes were left behind"
        finally:
            self._clear()

    def start(self) -> None:
        """Seed, serve, enrol and start the units."""
        in_a_thread(self._seed)
        self.start_server()
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._begin, self.units.values()))
        self.wait_online()

    def stop(self) -> None:
        """End all in order."""
        for unit in list(self._apart):
            self.stop_unit(self.units[unit])
        self.stop_server()

    # ---- processes ------------------------------------------------------------------------

    def start_server(self, *words: str) -> None:
        """Start the server and wait until it is well."""
        self.launch_server(*words)
        until(self._well, "the server is well", START_SECONDS)

    def launch_server(self, *words: str) -> None:
        """Start the server, well or not yet."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*server_command(), *(words or self.command)],
                env={**self.environment, **self.server_only}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def stop_server(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit status."""
        server, self._server = self._server, None
        if server is None:
            return 0
        server.send_signal(number)
        return server.wait(STOP_SECONDS)

    def start_unit(self, unit: StackUnit) -> None:
        """Start a unit on a board, with a cable that can be pulled."""
        cable = self._cables[unit.name]
        with (unit.folder / "unit.log").open("ab") as log:
            self._apart[unit.name] = subprocess.Popen(
                [*edge_command(), "simulate", "--config", str(unit.config),
                 "--cable", f"{cable}=127.0.0.1:{self.broker_port}"],
                env={**self.environment, **laid_in.words(pauses=PAUSES)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(unit.alive, f"unit {unit.name} has its lines", START_SECONDS)

    def stop_unit(self, unit: StackUnit) -> None:
        """Switch a unit off in order."""
        process = self._apart.pop(unit.name)
        process.terminate()
        process.wait(STOP_SECONDS)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``loquet-server`` to its end."""
        return self._run([*server_command(), *words])

    def run_edge(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``loquet-edge`` to its end."""
        return self._run([*edge_command(), *words])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=START_SECONDS
        )

    def processes(self) -> list[psutil.Process]:
        """Every process of this stack that lives."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("LOQUET_DATA") == str(self.data):
                    found.append(process)
        return found

    def commands(self) -> list[str]:
        """The command lines of the processes that live."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                found.append(" ".join(process.cmdline()))
        return found

    def pid(self, who: str) -> int | None:
        """The process of ``server``, ``broker``, or ``UNIT/lockguard|door|link``, if it lives."""
        if who == "server":
            return None if self._server is None else self._server.pid
        unit, _, part = who.partition("/")
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                if who == "broker":
                    if words and words[0].endswith("nats-server"):
                        return process.pid
                elif {"--only", part, str(self.units[unit].config)} <= set(words):
                    return process.pid
        return None

    def kill(self, who: str) -> None:
        """SIGKILL one process, and wait until it is gone."""
        if who == "server":
            self.stop_server(signal.SIGKILL)
            until(lambda: self.pid("broker") is None, "the broker ends with its server")
            return
        pid = self.pid(who)
        assert pid is not None, f"{who} does not run"
        os.kill(pid, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(pid), f"{who} is gone")

    # ---- what is known --------------------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Ask the server's database."""
        path = f"file:{self.data / 'loquet.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=PATIENCE)) as database:
            database.row_factory = sqlite3.Row
            return database.execute(query, values).fetchall()

    def get(self, path: str) -> Any:
        """Return what the API says."""
        answer = self.api.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: object) -> Any:
        """Have the API do something."""
        answer = self.api.post(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def shown(self, unit: StackUnit) -> dict[str, Any]:
        """A unit as the server shows it."""
        found: dict[str, Any] = next(each for each in self.get("units") if each["id"] == unit.name)
        return found

    def incidents(self, kind: str, unit: StackUnit | None = None) -> int:
        """How often an incident was seen, open or closed."""
        query = "SELECT coalesce(sum(count), 0) FROM incidents WHERE kind = ?"
        if unit is None:
            return int(self.rows(query, kind)[0][0])
        return int(self.rows(f"{query} AND unit = ?", kind, unit.name)[0][0])

    def wait_online(self) -> None:
        """Wait until every unit is online, enforces the newest policy, and has told all."""
        for unit in self.units.values():
            try:
                until(lambda unit=unit: self._settled(unit), f"{unit.name} is online and settled")
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self._words(unit)}") from None

    def _words(self, unit: StackUnit) -> str:
        """What server, broker and unit say of a unit that does not settle."""
        logs = (
            self.data / "server.log",
            self.data / "broker" / "nats.log",
            unit.folder / "unit.log",
        )
        tails = [f"{log}:\n{log.read_text()[-1500:]}" for log in logs if log.exists()]
        told = f"{self.shown(unit)}, all confirmed: {self.is_told(unit)}"
        return "\n".join([told, *tails])

    def _settled(self, unit: StackUnit) -> bool:
        shown = self.shown(unit)
        current = shown["policy_current"] is not None
        enforced = current and shown["policy_version"] == shown["policy_current"]
        return bool(shown["online"] and enforced and self.is_told(unit))

    def is_told(self, unit: StackUnit) -> bool:
        """Whether the server has confirmed all that the unit has written."""
        with contextlib.suppress(LookupError), unit.journal() as journal:
            return journal.last > 0 and journal.acked()[0] == journal.last
        return False

    def keys(self) -> keys.Keys:
        """The server's secrets."""
        return keys.load(self.data / "keys")

    @contextlib.contextmanager
    def broker_session(self, *topics: str, unit: StackUnit | None = None) -> Iterator[Listener]:
        """A session at the broker as the server's own user, or as a unit's."""
        name, password = SERVER_USER, self.keys().broker_password
        if unit is not None:
            identity = unit.identity.identity
            name, password = identity.broker_user, identity.broker_password
        listener = Listener(StackBroker(self.broker_port), name, password, *topics)
        try:
            yield listener
        finally:
            listener.close()

    # ---- beginnings and ends --------------------------------------------------------------

    async def _seed(self) -> None:
        """Furnish the village, and ask for its units' codes as ``add-unit`` does."""
        settings = Settings(data=self.data, port=self.web, broker_port=self.broker_port)
        self.data.mkdir(parents=True, exist_ok=True)
        database = Database(f"sqlite+aiosqlite:///{self.data / 'loquet.db'}")
        now = int(time.time() * 1000)
        try:
            await migrate(database)
            async with database.with_transaction() as session:
                await seed.seed(session, self.keys(), now)
                service = EnrolmentService(session, settings, self.keys(), now)
                self.codes = {name: (await service.add_unit(name)).text for name in self.units}
        finally:
            await database.close()

    def _begin(self, unit: StackUnit) -> None:
        self._enrol(unit)
        self.start_unit(unit)

    def _enrol(self, unit: StackUnit) -> None:
        run = self.folder / unit.name
        unit.folder.mkdir(parents=True)
        unit.socket.parent.mkdir(exist_ok=True)
        unit.socket.symlink_to(run / "board.sock")
        cable = self._cables[unit.name] = free_port()
        unit.config.write_text(village.unit_toml(unit.name, str(run), f"127.0.0.1:{cable}"))
        enrol(self.codes[unit.name], unit.config)

    def _well(self) -> bool:
        if self._server is not None and self._server.poll() is not None:
            raise AssertionError((self.data / "server.log").read_text()[-2000:])
        with contextlib.suppress(httpx.TransportError):
            return self.api.get("/healthz").status_code == 200
        return False

    def _clear(self) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        for child in (self._server, *self._apart.values()):
            if child is not None:
                child.wait(STOP_SECONDS)
        self.api.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class DemoStack(Stack):
    """What ``make demo`` starts, without anybody who comes by himself."""

    command = ("demo", "--speed", "0")

    def start(self) -> None:
        self.start_server()
        self.wait_open()

    def wait_open(self) -> None:
        """Wait until both units have their lines and have told all."""
        for unit in self.units.values():
            until(unit.alive, f"unit {unit.name} has its lines", START_SECONDS)
        self.wait_online()


def in_a_thread(work: Callable[[], Any]) -> None:
    """Run a coroutine to its end; the browser's driver has the main thread's event loop."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:  # noqa: BLE001
            failed.append(error)  # raised again where somebody waits for it

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def server_command() -> list[str]:
    return [sys.executable, "-m", "loquet_server.cli"]


def edge_command() -> list[str]:
    return [sys.executable, "-m", "loquet_edge.cli"]


def _ours(name: str) -> bool:
    return name.startswith("LOQUET_") or name == "PORT"
