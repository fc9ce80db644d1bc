"""Some days of the simulated month through the real ingest: signed batches in, headcounts out."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from loquet_contract.wire.events import (
    AccessGranted,
    AccessTaken,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DoorOpened,
    OpeningCause,
)
from loquet_contract.wire.messages import Online
from loquet_contract.wire.topics import Channel
from loquet_server.database import Database
from loquet_server.headcount.facts import Crossing, Source
from loquet_server.headcount.reading import headcounts
from loquet_server.ingest.service import Message
from loquet_server.migrations import migrate
from loquet_server.models import AccessPoint, Desk, Holder, PeopleCorrection
from tests.bench.month_people import DAY, DESKS, MEMBERS, MINUTE, Day, Exit, Month
from tests.server.house import SITE, UNIT, House

EVERY = 30 * MINUTE
DOOR, AREA = DoorId("quiet"), AreaId("calme")
CAUSES = {Source.RELEASE: OpeningCause.COMMAND, Source.OPENING: OpeningCause.EXIT}


def errors(days: int = 5) -> tuple[list[float], list[bool]]:
    """Return how wrong the server was at each half hour with people, and whether it covered it."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), days))


async def _run(folder: Path, days: int) -> tuple[list[float], list[bool]]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'loquet.db'}")
    wrong: list[float] = []
    covered: list[bool] = []
    try:
        await migrate(database)
        house = House(database)
        await house.build()
        await _furnish(house)
        for day in Month(Exit.READER, seed=11).days(days):
            async for truth, found in _live(house, day):
                if truth:
                    assert found.present is not None
                    assert found.low is not None
                    assert found.high is not None
                    wrong.append(abs(found.present - truth))
                    covered.append(found.low <= truth <= found.high)
    finally:
        await database.close()
    return wrong, covered


async def _furnish(house: House) -> None:
    async with house.database.with_transaction() as session:
        session.add_all(
            Holder(id=f"h{n}", site=SITE, name=f"H{n}") for n in range(MEMBERS) if n != 1
        )
        session.add_all(
            Desk(id=f"k{n}", site=SITE, area=AREA, unit=UNIT, name=str(n)) for n in range(DESKS)
        )
        session.add(
            AccessPoint(
                id="out", door=DOOR, reader="out", area_from=AREA, area_to="salle", exit=True
            )
        )


async def _live(house: House, day: Day) -> Any:
    """Yield the truth and what the server says, every half hour of a day."""
    facts = sorted(_facts(day), key=lambda each: each[0])
    outage = next(iter(day.outages), (0, 0))
    for now in range(day.begins + EVERY, day.begins + DAY, EVERY):
        cut = outage[0] <= now < outage[1]
        said = encode(Online(UNIT, not cut, BootId("b1"))).encode()
        messages = [Message(house.journal.topic(Channel.ONLINE), said)]
        while facts and facts[0][0] <= now:
            at, event = facts.pop(0)
            house.journal.write(event, at)
        if not cut and house.journal.sequence > _sent(house):
            messages.append(house.journal.message(_sent(house) + 1))
            house.sent = house.journal.sequence  # type: ignore[attr-defined]
        house.now = now / 1000
        await house.take(*messages)
        async with house.database.with_transaction() as session:
            session.add_all(
                PeopleCorrection(
                    site=SITE,
                    area=AREA,
                    at=each.at,
                    people=each.people,
                    estimated=0,
                    actor=each.actor,
                )
                for each in day.corrections
                if now - EVERY < each.at <= now
            )
        async with house.database.reading() as session:
            yield day.people(now), (await session.run_sync(headcounts, SITE, now))[AREA]


def _sent(house: House) -> int:
    return int(getattr(house, "sent", 0))


def _facts(day: Day) -> Iterator[tuple[int, Any]]:
    for each in day.told:
        yield from _of_door(each.crossing)
    taken: list[str] = []
    free = [f"k{n}" for n in range(DESKS)]
    for at, change in sorted(day.seats):
        if change > 0 and free:
            taken.append(free.pop())
            yield at, DeskOccupied(DeskId(taken[-1]), AREA, DeskEvidence.PRESENCE)
        elif change < 0 and taken:
            free.append(taken.pop(0))
            yield at, DeskFreed(DeskId(free[-1]), AREA, DeskEvidence.HOLD_ENDED)


def _of_door(crossing: Crossing) -> Iterator[tuple[int, Any]]:
    if crossing.source in CAUSES:
        yield crossing.at, DoorOpened(DOOR, CAUSES[crossing.source])
        return
    grant = GrantId(f"g{crossing.sequence}")
    point = AccessPointId("quiet" if crossing.direction > 0 else "out")
    yield (
        crossing.at,
        AccessGranted(
            DOOR,
            point,
            grant,
            HolderId(crossing.holder),
            CredentialDigest("digest"),
            RuleId("r1"),
            1,
        ),
    )
    yield crossing.at + 1000, AccessTaken(DOOR, grant)
