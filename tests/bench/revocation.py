"""From the click that suspends a member until every door's unit enforces it.

100 units, 100,000 members. The server is ``loquet-server serve`` in a process of its own, on SQLite
and its embedded broker; the 100 units are sessions of their own in one other process, which
verifies and applies each signed delta. Timed from the sending of the HTTP request to the
instant at which the *last* unit holds the new version. The floor is the bare fan-out: as many
messages of that size through that broker, to one session that only counts them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from loquet_contract.wire import topics
from loquet_contract.wire.signing import SigningKey
from loquet_server.broker import SERVER_USER, free_port, hash_password
from loquet_server.database import Database
from loquet_server.keys import Keys
from loquet_server.keys import load as load_keys
from loquet_server.migrations import migrate
from loquet_server.models import (
    AccessPoint,
    Area,
    Credential,
    Door,
    Holder,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
    Unit,
)
from loquet_server.mqtt import Address, Incoming, MqttSession
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.policy.repository import PolicyRepository
from loquet_server.settings import Accounts, Settings
from tests.bench.result import Result, percentile
from tests.bench.viewers import server

UNITS, HOLDERS, ROUNDS = 100, 100_000, 60
GOAL_MS = 250
WARM_UP = 3
PATIENCE = 120.0
SITE, PASSWORD = "village", "bench"


@dataclass
class Measured:
    """Milliseconds; seconds where it says so."""

    last: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    whole_seconds: float = 0.0


def results() -> list[Result]:
    """Return the figures."""
    got = asyncio.run(measure())
    name = f"revocation to enforcement, {UNITS} units, {HOLDERS:,} holders"
    p99, floor = percentile(got.last, 0.99), percentile(got.floor, 0.99)
    return [
        Result(f"{name}, p99", p99, "ms", floor, f"<= {GOAL_MS} ms", p99 <= GOAL_MS),
        Result("the same, p50", percentile(got.last, 0.5), "ms", percentile(got.floor, 0.5)),
        Result("the same until the first unit, p50", percentile(got.first, 0.5), "ms"),
        Result("the request itself, p50", percentile(got.answered, 0.5), "ms"),
        Result("a whole space compiled and signed for all units", got.whole_seconds, "s"),
    ]


async def measure(holders: int = HOLDERS, units: int = UNITS, rounds: int = ROUNDS) -> Measured:
    """Return what each revocation took."""
    got = Measured()
    with tempfile.TemporaryDirectory(prefix="loquet-bench-") as folder:
        settings = Settings(
            data=Path(folder), port=0, broker_port=free_port(), accounts=Accounts.LOCAL
        )
        keys = load_keys(settings.keys_folder)
        known = await _furnish(settings, keys, holders, units, got)
        async with (
            server(settings) as (_, port),
            _units(settings, keys, known) as heard,
            _watching(settings, keys, units) as kept,
        ):
            await kept.wait()
            for number in range(rounds + WARM_UP):
                kept.begin()
                await _revoke(port, f"h{number * 977 % holders}", heard, got)
                await kept.wait()  # one change at a time: the broker has written what it keeps
            for figures in (got.first, got.last, got.answered):
                del figures[:WARM_UP]
            await _fan_out(settings, keys, sorted(known), got)
    return got


async def _revoke(port: int, holder: str, heard: _Heard, got: Measured) -> None:
    heard.begin()
    address = f"http://127.0.0.1:{port}/api/v1/members/{holder}/suspend"
    async with httpx.AsyncClient() as web:
        began = time.monotonic_ns()
        answer = await web.post(address, json={"reason": "lost contact"})
        got.answered.append((time.monotonic_ns() - began) / 1e6)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    await heard.wait()
    got.first.append((min(heard.times) - began) / 1e6)
    got.last.append((max(heard.times) - began) / 1e6)


class _Heard:
    """When each unit held the version that is awaited."""

    def __init__(self, units: int) -> None:
        self._units = units
        self.times: list[int] = []
        self.all = asyncio.Event()

    def begin(self) -> None:
        self.times = []
        self.all.clear()

    async def wait(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.all.wait()
        except TimeoutError as error:
            raise RuntimeError(f"heard {len(self.times)} of {self._units}") from error

    def note(self, at: int) -> None:
        self.times.append(at)
        if len(self.times) == self._units:
            self.all.set()


@asynccontextmanager
async def _units(settings: Settings, keys: Keys, known: dict[str, Any]) -> AsyncIterator[_Heard]:
    host, port, key = settings.broker_host, str(settings.broker_port), keys.signing.public.text
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.revocation_units", host, port, SITE, key,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the units have no standard streams")
    process.stdin.write(json.dumps(known).encode() + b"\n")
    heard, stdout = _Heard(len(known)), process.stdout
    async with asyncio.timeout(PATIENCE):
        while await stdout.readline() != b"online\n":
            pass

    async def listen() -> None:
        while line := await stdout.readline():
            heard.note(int(line.split()[2]))

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        process.stdin.write(b"end\n")
        async with asyncio.timeout(PATIENCE):
            await process.wait()
        await listening


@asynccontextmanager
async def _watching(settings: Settings, keys: Keys, units: int) -> AsyncIterator[_Heard]:
    """Yield what notes the retained manifests, which the broker writes after the deltas."""
    heard = _Heard(units)

    def note(message: Incoming) -> None:
        session.done(message)
        heard.note(time.monotonic_ns())

    session = MqttSession(_address(settings, keys), "bench-watch", note, persistent=False)
    session.subscribe(topics.every_unit(SITE, topics.Channel.POLICY))  # type: ignore[arg-type]
    await session.start()
    try:
        yield heard
    finally:
        await session.stop()


async def _fan_out(settings: Settings, keys: Keys, units: list[str], got: Measured) -> None:
    """Time what the broker alone needs for as many messages of that size."""
    count, done = 0, asyncio.Event()

    def note(message: Incoming) -> None:
        nonlocal count
        session.done(message)
        count += 1
        if count == len(units):
            done.set()

    session = MqttSession(_address(settings, keys), "bench-floor", note, persistent=False)
    session.subscribe(topics.every_unit(SITE, topics.Channel.ACK))  # type: ignore[arg-type]
    await session.start()
    await session.wait_online(PATIENCE)
    for _ in range(20):
        count = 0
        done.clear()
        began = time.monotonic_ns()
        for unit in units:
            topic = topics.unit_topic(SITE, unit, topics.Channel.ACK)  # type: ignore[arg-type]
            session.publish_once(topic, "x" * 1500)
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        got.floor.append((time.monotonic_ns() - began) / 1e6)
    await session.stop()


def _address(settings: Settings, keys: Keys) -> Address:
    return Address(settings.broker_host, settings.broker_port, SERVER_USER, keys.broker_password)


async def _furnish(
    settings: Settings, keys: Keys, holders: int, units: int, got: Measured
) -> dict[str, Any]:
    """Write the space and compile it; return each unit's password, version and digest."""
    database = Database(settings.database)
    await migrate(database)
    hashed = hash_password(PASSWORD)
    key = SigningKey(b"u" * 32).public.text
    async with database.with_transaction() as session:
        for rows in _rows(holders, units, key, hashed):
            session.add_all(rows)
            await session.flush()
            session.expunge_all()
    began = time.perf_counter()
    async with database.with_transaction() as session:
        maker = PolicyPublisher(keys, settings.policy_horizon_days)
        await maker.advance_site(session, SITE, int(time.time() * 1000))
    got.whole_seconds = time.perf_counter() - began
    async with database.reading() as session:
        newest = await PolicyRepository(session).newest(SITE)
    await database.close()
    return {unit: (PASSWORD, each.version, each.digest) for unit, each in newest.items()}


def _rows(holders: int, units: int, key: str, hashed: str) -> list[list[Any]]:
    names = [f"u{number}" for number in range(units)]
    members = [f"h{number}" for number in range(holders)]
    return [
        [Site(id=SITE, name="Village", opening="opening")],
        [
            Area(id="salle", site=SITE, name="Salle"),
            Schedule(id="opening", site=SITE, name="Opening", hours="Mo-Sa 08:00-20:00; PH off"),
            Plan(id="full", site=SITE, name_fr="Plein temps", name_en="Full time"),
            *(
                Unit(
                    id=name, site=SITE, name=name, public_key=key, broker_password_hash=hashed,
                    enrolled_at=0,
                )
                for name in names
            ),
        ],
        [
            Rule(id="r1", plan="full", areas=["salle"]),
            *(Door(id=f"d{name}", site=SITE, unit=name, name=name) for name in names),
            *(Holder(id=name, site=SITE, name=name) for name in members),
        ],
        [
            AccessPoint(
                id=f"p{name}", door=f"d{name}", reader="r", area_from="outside", area_to="salle"
            )
            for name in names
        ],
        [
            Subscription(
                id=f"s{name}", site=SITE, holder=name, plan="full", starts_on="2025-01-01",
                ends_on="2030-12-31",
            )
            for name in members
        ],
        [
            Credential(
                id=f"c{name}", site=SITE, holder=name, form="uid7", number_sealed="",
                digest=f"{name:_<43}",
            )
            for name in members
        ],
    ]  # fmt: skip


if __name__ == "__main__":
    for each in results():
        print(each)
