"""Facts about units themselves: mostly alarms, which open and close incidents."""

from loquet_contract.wire.events import (
    CommandRefused,
    CounterLost,
    DoorForcedOpen,
    DoorHeldOpen,
    ExitStuck,
    JournalStarted,
    LockFault,
    MessageRefused,
    PolicyApplied,
    PolicyRefused,
    ReaderLost,
    ReaderReturned,
    StorageFailed,
    UnitStarted,
)
from loquet_contract.wire.events_clock import ServerTimeDoubted, ServerTimeSettled
from loquet_contract.wire.events_storage import StorageEased, StorageShort
from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFailed
from loquet_contract.wire.signing import Purpose
from loquet_server.days import DAY_MS
from loquet_server.ingest.projections import desks, doors, readers, wires
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Fact, World
from loquet_server.web import details

PROJECTIONS = Table()
_ENDED = tuple(
    cls.kind
    for cls in (DoorForcedOpen, DoorHeldOpen, ExitStuck, LockFault, ReaderLost, CounterLost)
)
_PURPOSES = frozenset(purpose.value for purpose in Purpose)


@PROJECTIONS.of(UnitStarted)
def unit_started(world: World, fact: Fact, event: UnitStarted) -> None:
    """All begins anew; what the unit finds otherwise, the facts that follow tell again."""
    desks.start(world, fact)
    doors.start(world, fact)
    for door, digest in (event.wires or {}).items():
        if (place := world.doors.get(door)) is not None and place.unit == fact.unit:
            world.wired[door] = (fact, digest)
    world.end(fact, None, *_ENDED, *readers.ENDED_BY_START, *wires.ENDED_BY_START)
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


@PROJECTIONS.of(StorageShort)
def storage_short(world: World, fact: Fact, event: StorageShort) -> None:
    detail = details.SHORT % {"free": event.free_mb, "waiting": event.unconfirmed}
    world.alarm(fact, event.kind, "", detail)


@PROJECTIONS.of(StorageEased)
def storage_eased(world: World, fact: Fact, event: StorageEased) -> None:
    world.end(fact, "", StorageShort.kind)


@PROJECTIONS.of(JournalStarted)
def journal_started(world: World, fact: Fact, event: JournalStarted) -> None:
    """After damage: tell what was saved, and what was not."""
    if event.previous is not None and event.proven is not None:
        first, last = event.saved_from or 1, event.proven
        detail = details.repaired(event.previous, first, last, event.reached)
        world.alarm(fact, Trouble.JOURNAL_DAMAGED, event.previous, detail)


@PROJECTIONS.of(MessageRefused)
def message_refused(world: World, fact: Fact, event: MessageRefused) -> None:
    purpose = event.purpose if event.purpose in _PURPOSES else ""
    world.alarm(fact, event.kind, purpose, event.detail)


@PROJECTIONS.of(ServerTimeDoubted)
def server_time_doubted(world: World, fact: Fact, event: ServerTimeDoubted) -> None:
    days = max(0, event.claimed - event.known) // DAY_MS
    world.alarm(fact, event.kind, "", details.AHEAD % {"days": days})


@PROJECTIONS.of(ServerTimeSettled)
def server_time_settled(world: World, fact: Fact, event: ServerTimeSettled) -> None:
    world.end(fact, "", ServerTimeDoubted.kind)


@PROJECTIONS.of(SoftwareUpdated)
def software_updated(world: World, fact: Fact, event: SoftwareUpdated) -> None:
    world.updates.append((fact, event))
    world.end(fact, "", UpdateFailed.kind)


@PROJECTIONS.of(UpdateFailed)
def update_failed(world: World, fact: Fact, event: UpdateFailed) -> None:
    world.updates.append((fact, event))
    said = f"release {event.version}: {event.detail}; the unit runs {event.kept}"
    world.alarm(fact, event.kind, "", said)
