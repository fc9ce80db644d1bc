"""A town of fifty units at one server: some whole, the others light, each on a cable of its own.

*Whole*: ``loquet-edge simulate``, that is supervisor, lockguard, door and link on a simulated
board, and a libc that can be made to fail. *Light*: ``light_units``, a dozen to a process. Both
are enrolled with the running server by the product's own code.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from loquet_edge.enrolment import enrol
from loquet_edge.journal_file import JournalReader
from loquet_edge.simulation.control import BoardGone, BoardRefusal
from loquet_server.database import Database
from loquet_server.demo import seed, village
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.migrations import migrate
from loquet_server.settings import Settings
from tests.brokers import until
from tests.chaos.cables import Cables
from tests.edge.safety.faults import FaultPage
from tests.journey.stack import (
    CAMILLE,
    LATE,
    START_SECONDS,
    YANIS,
    Stack,
    edge_command,
    in_a_thread,
)
from tests.journey.stack_unit import StackUnit
from tests.rig.build import FAULTS, library
from tests.server import postgres

WHOLE, PROCESSES = 4, 4
RESTART_SECONDS = 2.0
"""``RestartSec`` of loquet-server.service, which says ``Restart=always``."""
NUMBERS = [CAMILLE.uid, YANIS.uid, LATE.uid]
OTHER_UNIT = """
[unit]
site = "{site}"
id = "{unit}"
board = "simulated"
data = "data"
run = "{run}"
identity = "identity.json"

[link]
broker = "127.0.0.1:{port}"

[fire]
line = 5
rearm_line = 6

[[doors]]
id = "{unit}-door"
lock = "strike"
lock_line = 17
contact_line = 22
exit = "button"
exit_line = 27

[[readers]]
id = "{unit}-door-reader"
driver = "simulated"
door = "{unit}-door"
access_point = "{unit}-door-in"
"""


class Light:
    """One process of light units, and what it has said that it kept."""

    def __init__(self, name: str, units: list[str]) -> None:
        self.name, self.units = name, units
        self.kept: dict[str, tuple[str, int]] = {}
        """Journal and last entry that each unit has called written."""
        self.process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._listener: threading.Thread | None = None

    def start(self, words: list[str], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True, start_new_session=True,
            )  # fmt: skip
        self._ready.clear()
        self._listener = threading.Thread(target=self._listen, args=(self.process,))
        self._listener.start()

    def wait_ready(self) -> None:
        assert self._ready.wait(START_SECONDS), f"{self.name} did not start"

    def say(self, *words: object) -> None:
        """Give an order; one that is dead hears nothing."""
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError):
                print(*words, file=self.process.stdin, flush=True)

    def stop(self, number: signal.Signals | None = None) -> None:
        """End it in order, or by a signal."""
        process, self.process = self.process, None
        if process is None or process.stdin is None or self._listener is None:
            return
        if number is not None:
            process.send_signal(number)
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.wait(60)
        self._listener.join()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "ready\n":
                self._ready.set()
            elif line.endswith("\n"):
                _, unit, journal, last = line.split()
                self.kept[unit] = journal, int(last)
        process.stdout.close()


class Town(Stack):
    """``with Town(...) as town``: all are online and people badge everywhere."""

    def __init__(self, units: int, seed_of_cables: int, database: Any = None) -> None:
        super().__init__()
        self.database = database
        """A PostgreSQL server that can be killed; None: SQLite."""
        others = [f"u{number:02}" for number in range(len(village.UNITS), units)]
        for name in others[: WHOLE - len(village.UNITS)]:
            self.units[name] = StackUnit(self.data, name, (f"{name}-door",))
        self.light_folder = self.data / "light"
        light = others[WHOLE - len(village.UNITS) :]
        self.lights = [
            Light(f"light-{at}", light[at::PROCESSES]) for at in range(min(PROCESSES, len(light)))
        ]
        self.cables = Cables(self.broker_port, seed_of_cables)
        self.pages: dict[str, FaultPage] = {}
        self.numbers = dict.fromkeys((*self.units, *light), "")
        """Every unit's enrolment code."""
        self._seed_of_others = others
        if database is not None:
            name = f"town{os.getpid()}"
            self.socket = str(database.get_postmaster_info().socket_dir)
            asyncio.run(postgres.command(self.socket, f"CREATE DATABASE {name}"))
            self.environment["LOQUET_DATABASE_URL"] = postgres.url(self.socket, name)
        self._threads: list[threading.Thread] = []
        self._rest, self._over = threading.Event(), threading.Event()
        self.taps = 0
        self.given_up = 0
        """How often the server has ended by itself, and was started again as systemd would."""

    # ---- beginnings -------------------------------------------------------------------------

    def start(self) -> None:
        self.data.mkdir(parents=True)
        self.light_folder.mkdir()
        (self.light_folder / "numbers.json").write_text(json.dumps(NUMBERS))
        in_a_thread(self._seed)
        server = self._page("server", self.data)
        self.server_only = {"LD_PRELOAD": str(library(FAULTS)), **server}
        self.start_server()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._become, self.numbers))
        for unit in self.units.values():
            self.start_unit(unit)
        for light in self.lights:
            self.start_light(light)
        for light in self.lights:
            light.wait_ready()
        for unit in self.units.values():
            until(unit.alive, f"unit {unit.name} has its lines", START_SECONDS)
        self._threads = [
            threading.Thread(target=each) for each in (self._badge, self._keep_serving)
        ]
        for thread in self._threads:
            thread.start()
        self.wait_told("all are online at first")

    async def _seed(self) -> None:
        settings = self._settings()
        database = Database(settings.database)
        try:
            await migrate(database)
            now = int(time.time() * 1000)
            async with database.with_transaction() as session:
                await seed.seed(session, self.keys(), now)
                service = EnrolmentService(session, settings, self.keys(), now)
                for name in self.numbers:
                    doors = [f"{name}-door"] if name in self._seed_of_others else []
                    issued = await service.add_unit(name, village.SITE, doors)
                    self.numbers[name] = issued.text
        finally:
            await database.close()

    def _settings(self) -> Settings:
        return Settings(
            data=self.data, port=self.web, broker_port=self.broker_port,
            database_url=self.environment.get("LOQUET_DATABASE_URL", ""),
        )  # fmt: skip

    def _become(self, name: str) -> None:
        folder, port = self.folder_of(name), self.cables.lay(name).port
        folder.mkdir(parents=True)
        run, broker = self.folder / name, f"127.0.0.1:{port}"
        known = OTHER_UNIT.format(site=village.SITE, unit=name, run=run, port=port)
        if name in village.UNITS:
            known = village.unit_toml(name, str(run), broker)
        (folder / "unit.toml").write_text(known)
        if name in self.units:
            link = self.units[name].socket
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(run / "board.sock")
        enrol(self.numbers[name], folder / "unit.toml")

    def folder_of(self, name: str) -> Path:
        """Where a unit keeps what it keeps."""
        return self.units[name].folder if name in self.units else self.light_folder / name

    def _page(self, name: str, sick: Path) -> dict[str, str]:
        page = self.pages[name] = FaultPage(self.folder / f"{name}.faults")
        return page.words(sick)

    def start_unit(self, unit: StackUnit) -> None:
        words = self._page(unit.name, unit.folder / "data")
        with (unit.folder / "unit.log").open("ab") as log:
            self._apart[unit.name] = subprocess.Popen(
                [*edge_command(), "simulate", "--config", str(unit.config)],
                env={**self.environment, "LD_PRELOAD": str(library(FAULTS)), **words},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def start_light(self, light: Light) -> None:
        """Start a process of light units, for the first time or again."""
        places = [f"{unit}={self.cables.of[unit].port}" for unit in light.units]
        words = self._page(light.name, self.light_folder)
        light.start(
            [sys.executable, "-m", "tests.chaos.light_units", str(self.light_folder), *places],
            {**self.environment, "LD_PRELOAD": str(library(FAULTS)), **words},
            self.data / f"{light.name}.log",
        )

    # ---- people -----------------------------------------------------------------------------

    def _badge(self) -> None:
        """Show badges at the whole units; the light ones have people of their own."""
        while not self._rest.wait(0.5):
            for name, unit in self.units.items():
                reader = f"{name}-in" if name in village.UNITS else f"{name}-door-reader"
                with contextlib.suppress(BoardGone, BoardRefusal, OSError), unit.board() as board:
                    board.tap(reader, NUMBERS[self.taps % 3], 0.1)
                    self.taps += 1

    def rest(self) -> None:
        """Nobody badges any more."""
        self._rest.set()
        for light in self.lights:
            light.say("rest")

    def _keep_serving(self) -> None:
        """Start a server again that has ended by itself."""
        while not self._over.wait(RESTART_SECONDS):
            server = self._server
            if server is not None and server.poll() is not None and not self._over.is_set():
                self.given_up += 1
                self.launch_server()

    # ---- what is known ----------------------------------------------------------------------

    def journal(self, name: str) -> JournalReader:
        """A unit's journal as it is on its disk."""
        return JournalReader(self.folder_of(name) / "data" / "journal.db")

    def confirmed(self, name: str) -> int:
        """Up to which entry the server has confirmed a unit's journal."""
        with contextlib.closing(self.journal(name)) as journal:
            return journal.acked()[0]

    def untold(self) -> dict[str, int]:
        """Which units hold entries that the server has not confirmed, and how many."""
        found = {}
        for name in self.numbers:
            with contextlib.suppress(LookupError), contextlib.closing(self.journal(name)) as each:
                if missing := each.last - each.acked()[0]:
                    found[name] = missing
                continue
            found[name] = -1
        return found

    def wait_told(self, what: str, seconds: float = 180.0) -> None:
        """Wait until the server has at some moment confirmed each unit's all but newest entries."""
        try:
            until(lambda: all(0 <= each < 20 for each in self.untold().values()), what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.untold()}") from None

    def ask(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Ask the server's database, whichever it is."""
        found: list[tuple[Any, ...]] = []

        async def work() -> None:
            database = Database(self._settings().database)
            try:
                async with database.reading() as session:
                    rows = await session.execute(text(query), values)
                    found.extend(tuple(row) for row in rows)
            finally:
                await database.close()

        in_a_thread(work)
        return found

    def well(self) -> bool:
        """Whether the server answers, this one or its successor."""
        with contextlib.suppress(httpx.TransportError):
            return self.api.get("/healthz").status_code == 200
        return False

    def stop(self) -> None:
        self.rest()
        self._end_threads()
        for light in self.lights:
            light.stop()
        super().stop()

    def _end_threads(self) -> None:
        self._rest.set()
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _clear(self) -> None:
        self._end_threads()
        for light in self.lights:
            light.stop(signal.SIGKILL)
        super()._clear()
        for page in self.pages.values():
            page.close()
        self.cables.close()


@contextlib.contextmanager
def a_town(units: int, number: int, *, on_postgres: bool = False) -> Iterator[Town]:
    """A town for the length of a block."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgres.started()) if on_postgres else None
        yield stack.enter_context(Town(units, number, database))


def names(units: Iterable[str]) -> str:
    """Say who, shortly."""
    found = list(units)
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
