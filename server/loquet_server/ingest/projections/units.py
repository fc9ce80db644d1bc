"""Facts about units themselves: mostly alarms, which open and close incidents."""

from loquet_contract.wire.events import (
    CommandRefused,
    DoorForcedOpen,
    DoorHeldOpen,
    ExitStuck,
    LockFault,
    MessageRefused,
    PolicyApplied,
    PolicyRefused,
    ReaderLost,
    ReaderReturned,
    StorageFailed,
    UnitStarted,
)
from loquet_contract.wire.signing import Purpose
from loquet_server.ingest.projections import desks, doors
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()
_ENDED = tuple(cls.kind for cls in (DoorForcedOpen, DoorHeldOpen, ExitStuck, LockFault, ReaderLost))
_PURPOSES = frozenset(purpose.value for purpose in Purpose)


@PROJECTIONS.of(UnitStarted)
def unit_started(world: World, fact: Fact, event: UnitStarted) -> None:
    """All begins anew; what the unit finds otherwise, the facts that follow tell again."""
    doors.start(world, fact)
    desks.start(world, fact)
    world.end(fact, None, *_ENDED)
    world.changes[fact.site, "unit", fact.unit] = fact.sequence


@PROJECTIONS.of(ReaderLost)
def reader_lost(world: World, fact: Fact, event: ReaderLost) -> None:
    world.alarm(fact, event.kind, event.reader, event.detail)


@PROJECTIONS.of(ReaderReturned)
def reader_returned(world: World, fact: Fact, event: ReaderReturned) -> None:
    world.end(fact, event.reader, ReaderLost.kind)


@PROJECTIONS.of(PolicyApplied)
def policy_applied(world: World, fact: Fact, event: PolicyApplied) -> None:
    world.end(fact, "", PolicyRefused.kind)
    world.changes[fact.site, "unit", fact.unit] = event.version


@PROJECTIONS.of(PolicyRefused, CommandRefused, StorageFailed)
def refused(
    world: World, fact: Fact, event: PolicyRefused | CommandRefused | StorageFailed
) -> None:
    world.alarm(fact, event.kind, "", event.detail)


@PROJECTIONS.of(MessageRefused)
def message_refused(world: World, fact: Fact, event: MessageRefused) -> None:
    purpose = event.purpose if event.purpose in _PURPOSES else ""
    world.alarm(fact, event.kind, purpose, event.detail)
