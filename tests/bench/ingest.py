"""Ingest, durable and acknowledged, beside the bare database's batch insert of the same rows.

Ours: signed batches of a busy day through ``IngestService`` (signature, chain, projections,
commit, signed acknowledgement), in groups as its subscriber makes them when units have much to
tell. Floor, as the design defines the database's batch insert rate: one
``execute(insert().on_conflict_do_nothing().returning(...), rows)`` per batch of up to 500
entries and a commit each, through the same asynchronous engine, into the same table with the
same columns and indexes. All durable (SQLite with ``synchronous=FULL``), on the same machine, in
the same run, taking turns; the figures are medians of the turns. Each has a database of its own:
on SQLite one connection's write would throw away what the others keep in memory.

Two harder floors are reported too, without a goal: the same statement in groups as large as ours,
and on SQLite in one thread, as ours runs; and the rows in the fastest way that we know, which is
how ingest itself writes them.
"""

import asyncio
import gc
import shutil
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.events import (
    AccessGranted,
    AccessTaken,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DoorClosed,
    DoorOpened,
    DoorReleased,
    DoorRelocked,
    OpeningCause,
    ReleaseCause,
    RelockCause,
)
from loquet_server.database import Database
from loquet_server.dialect import insert
from loquet_server.ingest.reading import EntryRow
from loquet_server.ingest.repository import IngestRepository
from loquet_server.ingest.service import Message
from loquet_server.ingest.subscriber import GROUP_ENTRIES
from loquet_server.migrations import migrate
from loquet_server.models import Entry
from tests.server import postgres
from tests.server.house import START, House, Journal

ENTRIES = 64_000
BATCH = 250
"""Entries of one signed batch, 56 KiB on the wire: a unit with much to tell fills 64 KiB."""
GROUP = GROUP_ENTRIES
FLOOR_BATCH = 500
"""Rows of one statement and one commit of the floor."""
GOAL = 0.6


def busy_day(house: House, count: int) -> Journal:
    """Write so many facts: members come in, desks fill and empty."""
    journal = house.journal
    door = DoorId("front")
    at = START
    number = 0
    while journal.sequence < count:
        number += 1
        at += 20_000
        grant = GrantId(f"g{number:08d}")
        holder = HolderId(f"h{number % 500}")
        journal.write(
            AccessGranted(
                door, AccessPointId("in"), grant, holder, CredentialDigest("d" * 43),
                RuleId("r1"), 1,
            ),
            at,
        )  # fmt: skip
        journal.write(DoorReleased(door, ReleaseCause.GRANT), at + 1)
        journal.write(DoorOpened(door, OpeningCause.GRANT), at + 900)
        journal.write(AccessTaken(door, grant), at + 900)
        journal.write(DoorRelocked(door, RelockCause.OPENED), at + 901)
        journal.write(DoorClosed(door), at + 3000)
        desk = DeskOccupied if number % 2 else DeskFreed
        journal.write(desk(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT), at + 9000)
    return journal


@dataclass
class Runs:
    """Seconds of each turn, a group of ``GROUP`` entries."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    same_groups: list[float] = field(default_factory=list)
    fastest: list[float] = field(default_factory=list)


def rows_of(journal: Journal, name: str) -> list[dict[str, Any]]:
    """Return the entry rows that the journal becomes, under another name."""
    chains = [before for _, before in journal.entries[1:]] + [journal.chain]
    return [
        {
            "journal": name, "sequence": entry.sequence, "unit": "hall", "utc": entry.utc,
            "monotonic": entry.monotonic, "boot": entry.boot, "trusted": entry.trusted,
            "kind": entry.kind, "salt": entry.salt, "body": canonical(entry.body),
            "chain": chain, "received_at": START, "body_digest": None, "said": None,
        }
        for (entry, _), chain in zip(journal.entries, chains, strict=True)
    ]  # fmt: skip


async def compare(urls: Sequence[str]) -> Runs:
    """Return the seconds of each, in its own database, for the same entries, group by group."""
    own, bare, grouped, fast = databases = [Database(url) for url in urls]
    for each in databases:
        await migrate(each)
    house = House(own)
    await house.build()
    journal = busy_day(house, ENTRIES)
    messages = [journal.message(at, at + BATCH - 1) for at in range(1, ENTRIES, BATCH)]
    rows = rows_of(journal, "bare")
    plain = [EntryRow(**row) for row in rows]
    runs = Runs()
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is not ingest's to sweep
    for at in range(0, ENTRIES, GROUP):
        group = slice(at, at + GROUP)
        sent = messages[at // BATCH : (at + GROUP) // BATCH]
        runs.ours.append(await _timed(_ours(house, sent)))
        runs.floor.append(await _timed(_floor(bare, rows[group])))
        runs.same_groups.append(await _timed(_same(grouped, rows[group])))
        runs.fastest.append(await _timed(_fastest(fast, plain[group])))
    gc.unfreeze()
    for each in databases:
        await each.close()
    return runs


async def _timed(work: Awaitable[None]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def _ours(house: House, group: list[Message]) -> None:
    result = await house.take(*group)
    if result.entries != len(group) * BATCH or result.refused:
        raise RuntimeError(f"ingest took {result.entries} entries and refused {result.refused}")


async def _floor(database: Database, rows: list[dict[str, Any]]) -> None:
    for at in range(0, len(rows), FLOOR_BATCH):
        async with database.with_transaction() as session:
            found = await session.run_sync(_insert, rows[at : at + FLOOR_BATCH])
        if found != FLOOR_BATCH:
            raise RuntimeError("the floor did not insert all rows")


async def _same(database: Database, rows: list[dict[str, Any]]) -> None:
    if await database.run(lambda session: _insert(session, rows)) != len(rows):
        raise RuntimeError("the floor did not insert all rows")


async def _fastest(database: Database, rows: list[EntryRow]) -> None:
    if await database.run(lambda session: IngestRepository(session).insert_entries(rows)):
        raise RuntimeError("the floor did not insert all rows")


def _insert(session: Session, rows: list[dict[str, Any]]) -> int:
    table = Entry.__table__.c
    statement = insert(session, Entry).on_conflict_do_nothing()
    found = session.execute(statement.returning(table.journal, table.sequence), rows)
    return len(found.all())


def measure() -> list[dict[str, Any]]:
    """Return three results per database: entries a second, durable and acknowledged."""
    names = [each.name for each in fields(Runs)]
    folder = Path(tempfile.mkdtemp(prefix="loquet-bench-"))
    try:
        urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in names]
        found = _results("sqlite", asyncio.run(compare(urls)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with postgres.running(durable=True) as socket:
        for name in names:
            asyncio.run(postgres.command(socket, f"CREATE DATABASE bench_{name}"))
        urls = [postgres.url(socket, f"bench_{name}") for name in names]
        found += _results("postgresql", asyncio.run(compare(urls)))
    return found


def _results(database: str, runs: Runs) -> list[dict[str, Any]]:
    name = f"ingest.{database}"
    ours, floor = median(runs.ours), median(runs.floor)
    beside = f"{name}, beside the same insert in groups of {GROUP}"
    fastest = f"{name}, beside the rows alone in the fastest way"
    return [
        _result(name, ours, floor, f">= {GOAL} of the bare batch insert"),
        _result(beside, ours, median(runs.same_groups), None),
        _result(fastest, ours, median(runs.fastest), None),
    ]


def _result(name: str, ours: float, floor: float, goal: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(GROUP / ours),
        "unit": "entries/s",
        "floor": round(GROUP / floor),
        "ratio": round(floor / ours, 3),
        "goal": goal,
        "met": None if goal is None else floor / ours >= GOAL,
    }


if __name__ == "__main__":
    for each in measure():
        print(each)
