"""Ingest, durable and acknowledged, beside the bare database's batch insert of the same rows.

Ours: signed batches of a busy day through ``IngestService`` (signature, chain, projections,
commit, signed acknowledgement). Floor: the same entry rows through one ``insert ... on
conflict do nothing returning`` per group and a commit each. Both durable (SQLite with
``synchronous=FULL``), on the same machine, in the same run, taking turns.
"""

import asyncio
import gc
import shutil
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
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
from loquet_server.ingest.service import Message
from loquet_server.ingest.subscriber import GROUP_ENTRIES
from loquet_server.migrations import migrate
from loquet_server.models import Entry
from tests.server import postgres
from tests.server.house import START, House, Journal

ENTRIES = 40_000
BATCH = 125
"""Entries of one signed batch; about 40 KiB on the wire."""
GROUP = GROUP_ENTRIES
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
    """Seconds of each."""

    ours: float
    floor: float


def rows_of(journal: Journal) -> list[dict[str, Any]]:
    """Return the entry rows that the journal becomes."""
    chains = [before for _, before in journal.entries[1:]] + [journal.chain]
    return [
        {
            "journal": "floor", "sequence": entry.sequence, "unit": "hall", "utc": entry.utc,
            "monotonic": entry.monotonic, "boot": entry.boot, "trusted": entry.trusted,
            "kind": entry.kind, "salt": entry.salt, "body": canonical(entry.body),
            "chain": chain, "received_at": START,
        }
        for (entry, _), chain in zip(journal.entries, chains, strict=True)
    ]  # fmt: skip


async def compare(url: str) -> Runs:
    """Return the seconds of both for the same entries; they take turns, group by group."""
    database = Database(url)
    await migrate(database)
    house = House(database)
    await house.build()
    journal = busy_day(house, ENTRIES)
    last = journal.sequence - journal.sequence % BATCH
    messages = [journal.message(at, at + BATCH - 1) for at in range(1, last, BATCH)]
    rows = rows_of(journal)[:last]
    runs = Runs(0.0, 0.0)
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is not ingest's to sweep
    per_group = GROUP // BATCH
    for at in range(0, len(messages), per_group):
        group = messages[at : at + per_group]
        runs.ours += await _timed(_ours(house, group))
        chosen = rows[at * BATCH : (at + per_group) * BATCH]
        runs.floor += await _timed(_floor(database, chosen))
    gc.unfreeze()
    await database.close()
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
    def work(session: Session) -> int:
        table = Entry.__table__.c
        statement = insert(session, Entry).on_conflict_do_nothing()
        found = session.execute(statement.returning(table.journal, table.sequence), rows)
        return len(found.all())

    if await database.run(work) != len(rows):
        raise RuntimeError("the floor did not insert all rows")


def measure() -> list[dict[str, Any]]:
    """Return one result per database: entries a second, durable and acknowledged."""
    folder = Path(tempfile.mkdtemp(prefix="loquet-bench-"))
    try:
        found = [_result("sqlite", asyncio.run(compare(f"sqlite+aiosqlite:///{folder}/b.db")))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with postgres.running() as socket:
        asyncio.run(postgres.command(socket, "CREATE DATABASE bench"))
        found.append(_result("postgresql", asyncio.run(compare(postgres.url(socket, "bench")))))
    return found


def _result(database: str, runs: Runs) -> dict[str, Any]:
    ratio = runs.floor / runs.ours
    return {
        "name": f"ingest.{database}",
        "value": round(ENTRIES / runs.ours),
        "unit": "entries/s",
        "floor": round(ENTRIES / runs.floor),
        "ratio": round(ratio, 3),
        "goal": f">= {GOAL} of the bare batch insert",
        "met": ratio >= GOAL,
    }


if __name__ == "__main__":
    for each in measure():
        print(each)
