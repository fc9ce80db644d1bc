"""Facts of a unit's other wires: cases, mains, and who rings at a door."""

from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    MainsReturned,
    TamperClosed,
    TamperOpened,
)
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()
ENDED_BY_START = (TamperOpened.kind, MainsLost.kind)
"""A unit that starts tells again what is still so."""
RING_MS = 10 * 60 * 1000
"""Who rang longer ago than that, while the unit was offline, has gone again."""


@PROJECTIONS.of(TamperOpened)
def opened(world: World, fact: Fact, event: TamperOpened) -> None:
    if event.door is None or world.door(fact, event.door) is not None:
        world.alarm(fact, event.kind, event.door or "")


@PROJECTIONS.of(TamperClosed)
def closed(world: World, fact: Fact, event: TamperClosed) -> None:
    world.end(fact, event.door or "", TamperOpened.kind)


@PROJECTIONS.of(MainsLost)
def lost(world: World, fact: Fact, event: MainsLost) -> None:
    world.alarm(fact, event.kind, "")


@PROJECTIONS.of(MainsReturned)
def returned(world: World, fact: Fact, event: MainsReturned) -> None:
    world.end(fact, "", MainsLost.kind)


@PROJECTIONS.of(DoorbellRung)
def rung(world: World, fact: Fact, event: DoorbellRung) -> None:
    """Each ring is news of its own: the one before is over, and hosts are told again."""
    if world.now - fact.utc > RING_MS or world.door(fact, event.door) is None:
        return
    world.end(fact, event.door, event.kind)
    world.alarm(fact, event.kind, event.door)
