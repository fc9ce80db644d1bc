"""Facts that readers tell of themselves: an open cover, a failing supply."""

from loquet_contract.wire.events_readers import (
    ReaderPowerFailed,
    ReaderPowerReturned,
    ReaderTampered,
    ReaderTamperEnded,
)
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()
ENDED_BY_START = (ReaderTampered.kind, ReaderPowerFailed.kind)
"""A unit that starts asks its readers anew, and tells again what is still so."""


@PROJECTIONS.of(ReaderTampered, ReaderPowerFailed)
def began(world: World, fact: Fact, event: ReaderTampered | ReaderPowerFailed) -> None:
    world.alarm(fact, event.kind, event.reader)


@PROJECTIONS.of(ReaderTamperEnded)
def closed(world: World, fact: Fact, event: ReaderTamperEnded) -> None:
    world.end(fact, event.reader, ReaderTampered.kind)


@PROJECTIONS.of(ReaderPowerReturned)
def supplied(world: World, fact: Fact, event: ReaderPowerReturned) -> None:
    world.end(fact, event.reader, ReaderPowerFailed.kind)
