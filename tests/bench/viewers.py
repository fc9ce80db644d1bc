"""A badge or a desk change until it is on everybody's page, with 200 of them open.

The server is ``loquet-server serve`` in a process of its own, on SQLite and its embedded
broker. A unit publishes signed facts as units do; 200 viewers, half in French, half in English,
hold ``/live/stream`` open on a space with a floor plan of 60 desks, beside viewers that never
read what they are sent. Each change is timed until *each* viewer has its fragment, from two
instants: from the unit's publication (so signature, commit and both ways through the broker
are in it), and from the server's word of its commit, as another subscriber hears it.

The viewers' own reading is in the figures too: they share this machine with the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    BootId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.codec import encode
from loquet_contract.wire.events import AccessGranted, DeskEvidence, DeskFreed, DeskOccupied
from loquet_contract.wire.messages import Online
from loquet_contract.wire.topics import Channel
from loquet_server.broker import SERVER_USER, free_port, hash_password
from loquet_server.database import Database
from loquet_server.floorplan.plan import Mark, MarkKind, Plan
from loquet_server.keys import load as load_keys
from loquet_server.migrations import migrate
from loquet_server.models import Desk, Floor, Holder, Unit
from loquet_server.mqtt import EVERY_CHANGE, Address, Incoming, MqttSession
from loquet_server.settings import Accounts, Settings
from tests.bench.result import Result, percentile
from tests.server.house import SITE, UNIT, House

VIEWERS = 200
SILENT = 10
"""Viewers more, that read nothing: they may slow nobody."""
DESKS = 60
CHANGES = 60
"""Badges and desk changes, in turns."""
GOAL_MS = 250
PATIENCE = 30.0
PASSWORD = "bench"


@dataclass
class Round:
    """What is awaited now, and when each viewer had it."""

    marker: bytes = b""
    began: float = 0.0
    told: float = 0.0
    seen: list[float] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    """Every viewer has it, and the word of the commit has been heard."""

    def expect(self, marker: bytes) -> None:
        """Begin: from now on this marker counts."""
        self.marker, self.began, self.told = marker, time.perf_counter(), 0.0
        self.seen.clear()
        self.complete.clear()

    def arrived(self) -> None:
        """A viewer has it."""
        self.seen.append(time.perf_counter())
        self._check()

    def word(self, _message: Incoming) -> None:
        """The server says that it has committed."""
        self.told = self.told or time.perf_counter()
        self._check()

    def _check(self) -> None:
        if self.told and len(self.seen) == VIEWERS:
            self.complete.set()


@dataclass
class Measured:
    """Milliseconds of every viewer and change, and what the server needed for it."""

    published: list[float] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)
    rss: int = 0


class Viewer:
    """One page's stream, read as bytes: parsing is the browser's time, not ours."""

    def __init__(self, port: int, language: str, current: Round) -> None:
        self._port, self._language, self._round = port, language, current
        self._missing = b""
        self.first = asyncio.Event()

    async def watch(self) -> None:
        """Read until cancelled; note each line that carries what is awaited."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        asked = f"GET /live/stream?lang={self._language} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        writer.write(asked.encode())
        done = b""
        try:
            while line := await reader.readline():
                if not line.startswith(b"data: {"):
                    continue
                self.first.set()
                if self._round.marker != done and self._round.marker in line:
                    done = self._round.marker
                    self._round.arrived()
        finally:
            writer.close()


def results() -> list[Result]:
    """Return the figures."""
    got = asyncio.run(measure())
    name = f"badge or desk change to dashboard, {VIEWERS} viewers"
    p95 = percentile(got.published, 0.95)
    goal = f"<= {GOAL_MS} ms"
    return [
        Result(f"{name}, p95", p95, "ms", None, goal, p95 <= GOAL_MS),
        Result("the same, p50", percentile(got.published, 0.5), "ms"),
        Result("the same from the word of its commit, p95", percentile(got.committed, 0.95), "ms"),
        Result("the same from the word of its commit, p50", percentile(got.committed, 0.5), "ms"),
        Result(f"server with {VIEWERS} viewers, resident memory", got.rss / 2**20, "MB"),
    ]


async def measure() -> Measured:
    """Return what every viewer waited for every change."""
    with tempfile.TemporaryDirectory(prefix="loquet-bench-") as folder:
        settings = Settings(
            data=Path(folder), port=0, broker_port=free_port(), accounts=Accounts.LOCAL
        )
        house = await _furnish(settings)
        async with AsyncExitStack() as stack:
            process, port = await stack.enter_async_context(server(settings))
            current = Round()
            unit = await stack.enter_async_context(
                _session(settings, UNIT, PASSWORD, "loquet-hall", Round())
            )
            secret = load_keys(settings.keys_folder).broker_password
            await stack.enter_async_context(
                _session(settings, SERVER_USER, secret, "bench-watch", current, EVERY_CHANGE)
            )
            here = encode(Online(UNIT, True, BootId("b1")))
            unit.publish(house.journal.topic(Channel.ONLINE), here, retain=True)
            await stack.enter_async_context(_viewers(port, current))
            got = await _changes(house, unit, current)
            got.rss = psutil.Process(process.pid).memory_info().rss
        return got


async def _changes(house: House, unit: MqttSession, current: Round) -> Measured:
    got = Measured()
    for number in range(CHANGES + 2):
        current.expect(_write(house, number))
        message = house.journal.message(house.journal.sequence)
        unit.publish(message.topic, message.payload)
        async with asyncio.timeout(PATIENCE):
            await current.complete.wait()
        if number < 2:
            continue  # first renders compile the templates
        got.published += [(each - current.began) * 1000 for each in current.seen]
        got.committed += [max(each - current.told, 0.0) * 1000 for each in current.seen]
    return got


def _write(house: House, number: int) -> bytes:
    """Write the next fact; return what only the fragment that shows it can hold."""
    at = int(time.time() * 1000)
    if number % 2:
        desk, area, occupied = DeskId("d1"), AreaId("salle"), number % 4 == 1
        fact = DeskOccupied if occupied else DeskFreed
        house.journal.write(fact(desk, area, DeskEvidence.SEAT), at)
        state = "occupied" if occupied else "free"
        return _in_json(f'<a id="plan-desk-d1" class="mark mark-desk is-{state}"')
    fact_of = AccessGranted(
        DoorId("front"), AccessPointId("in"), GrantId(f"g{number}"), HolderId(f"m{number}"),
        CredentialDigest("d" * 43), RuleId("r1"), 1,
    )  # fmt: skip
    house.journal.write(fact_of, at)
    return _in_json(f'<p id="spoken">Member {number:04d},')


def _in_json(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


async def _furnish(settings: Settings) -> House:
    """Return the house, in the database that the server will find."""
    database = Database(settings.database)
    await migrate(database)
    house = House(database)
    await house.build()
    async with database.with_transaction() as session:
        row = await session.get(Unit, UNIT)
        if row is None:
            raise RuntimeError(f"the house has no unit {UNIT!r}")
        row.broker_password_hash = hash_password(PASSWORD)
        for number in range(0, CHANGES + 2, 2):
            session.add(Holder(id=f"m{number}", site=SITE, name=f"Member {number:04d}"))
        session.add_all(_more_desks())
        session.add(Floor(id="rez", site=SITE, name="Rez", plan=_plan().plain()))
    await database.close()
    return house


def _more_desks() -> list[Desk]:
    """Return what is missing to a space of 60 desks: the house has two."""
    return [
        Desk(id=f"d{at}", site=SITE, area="salle", unit=UNIT, name=str(at))
        for at in range(3, DESKS + 1)
    ]


def _plan() -> Plan:
    """Return a plan on which they all stand, in six rows."""
    marks = [
        Mark(
            kind=MarkKind.DESK,
            subject=f"d{at + 1}",
            points=((60 + at % 10 * 95, 60 + at // 10 * 95),),
        )
        for at in range(DESKS)
    ]
    marks.append(Mark(kind=MarkKind.DOOR, subject="front", points=((500, 590),)))
    return Plan(marks=tuple(marks))


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Yield ``loquet-server serve`` as people run it, and the port of its pages."""
    environment = os.environ | {
        "LOQUET_DATA": str(settings.data), "LOQUET_PORT": "0",
        "LOQUET_BROKER_PORT": str(settings.broker_port), "LOQUET_ACCOUNTS": settings.accounts,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loquet_server.cli", "serve", env=environment,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stderr is None:
        raise RuntimeError("the server has no standard error")
    try:
        async with asyncio.timeout(PATIENCE):
            while line := await process.stderr.readline():
                said = json.loads(line) if line.startswith(b"{") else {}
                if said.get("event") == "serving":
                    break
            else:
                raise RuntimeError("the server did not start")
        draining = asyncio.create_task(_drain(process.stderr))
        yield process, int(said["port"])
        draining.cancel()
    finally:
        process.terminate()
        await process.wait()


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


@asynccontextmanager
async def _session(
    settings: Settings, user: str, password: str, name: str, heard: Round, *filters: str
) -> AsyncIterator[MqttSession]:
    address = Address(settings.broker_host, settings.broker_port, user, password)
    session: MqttSession

    def hear(message: Incoming) -> None:
        session.done(message)
        heard.word(message)

    session = MqttSession(address, name, hear, persistent=False)
    for each in filters:
        session.subscribe(each)
    await session.start()
    try:
        await session.wait_online(PATIENCE)
        yield session
    finally:
        await session.stop()


async def _mute(port: int) -> asyncio.StreamWriter:
    """Return the line of a viewer that asks for the stream and never reads it."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    transport = writer.transport
    if isinstance(transport, asyncio.Transport):
        transport.pause_reading()
    writer.write(b"GET /live/stream?lang=fr HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return writer


@asynccontextmanager
async def _viewers(port: int, current: Round) -> AsyncIterator[None]:
    """Hold the streams open; each has had its first, whole update."""
    viewers = [Viewer(port, ("fr", "en")[at % 2], current) for at in range(VIEWERS)]
    tasks = [asyncio.create_task(viewer.watch()) for viewer in viewers]
    silent = [await _mute(port) for _ in range(SILENT)]
    try:
        async with asyncio.timeout(PATIENCE):
            for viewer in viewers:
                await viewer.first.wait()
        yield
    finally:
        for writer in silent:
            writer.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
