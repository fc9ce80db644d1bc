"""Facts about units themselves: mostly alarms, which open and close incidents."""

from loquet_contract.wire.events import (
    CommandRefused,
    MessageRefused,
    PolicyApplied,
    PolicyRefused,
    ReaderLost,
    ReaderReturned,
    StorageFailed,
)
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()


@PROJECTIONS.of(ReaderLost)
def reader_lost(world: World, fact: Fact, event: ReaderLost) -> None:
    world.alarm(fact, event.kind, event.reader[:64], event.detail[:500])


@PROJECTIONS.of(ReaderReturned)
def reader_returned(world: World, fact: Fact, event: ReaderReturned) -> None:
    world.end(fact, event.reader[:64], ReaderLost.kind)


@PROJECTIONS.of(PolicyApplied)
def policy_applied(world: World, fact: Fact, event: PolicyApplied) -> None:
    world.end(fact, "", PolicyRefused.kind)
    world.changes[fact.site, "unit", fact.unit] = event.version


@PROJECTIONS.of(PolicyRefused, CommandRefused, StorageFailed)
def refused(
    world: World, fact: Fact, event: PolicyRefused | CommandRefused | StorageFailed
) -> None:
    world.alarm(fact, event.kind, "", event.detail[:500])


@PROJECTIONS.of(MessageRefused)
def message_refused(world: World, fact: Fact, event: MessageRefused) -> None:
    world.alarm(fact, event.kind, event.purpose[:64], event.detail[:500])
