"""Facts about doors."""

from collections.abc import Iterable

from loquet_contract.wire.events import (
    DoorClosed,
    DoorForcedOpen,
    DoorHeldOpen,
    DoorHeldOpenSoon,
    DoorOpened,
    DoorReleased,
    DoorRelocked,
    ExitStuck,
    ExitStuckEnded,
    FireAlarm,
    FireRearmed,
    LockdownLifted,
    LockedDown,
    LockFault,
    LockFaultEnded,
    OpeningCause,
    ReleaseCause,
    RelockCause,
)
from loquet_server.ingest.projections import people
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import DoorRow, Fact, World

PROJECTIONS = Table()
_LEAF_ALARMS = (DoorForcedOpen.kind, DoorHeldOpen.kind)
_RANK = (
    DoorHeldOpenSoon.kind, ExitStuck.kind, LockFault.kind, DoorHeldOpen.kind, DoorForcedOpen.kind,
    FireAlarm.kind,
)  # fmt: skip
"""Of two alarms at one door the later in this list is shown."""


@PROJECTIONS.of(DoorReleased)
def released(world: World, fact: Fact, event: DoorReleased) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.lock = "released"
        if event.cause is ReleaseCause.SCHEDULE:
            row.mode = "unlocked"
        elif event.cause is ReleaseCause.FIRE:
            row.mode = "fire"


@PROJECTIONS.of(DoorRelocked)
def relocked(world: World, fact: Fact, event: DoorRelocked) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.lock = "locked"
        if event.cause in (RelockCause.SCHEDULE, RelockCause.REARM) or row.mode == "unknown":
            row.mode = _locked_mode(row)


@PROJECTIONS.of(DoorOpened)
def opened(world: World, fact: Fact, event: DoorOpened) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.leaf = "open"
        people.opened(world, fact, event.door, event.cause)
        if event.cause in (OpeningCause.EXIT, OpeningCause.UNSEEN_EXIT):
            world.cross(world.doors[event.door].inside, world.day(fact), exits=1)


@PROJECTIONS.of(DoorClosed)
def closed(world: World, fact: Fact, event: DoorClosed) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.leaf = "closed"
        if row.alarm is not None:
            world.end(fact, event.door, *_LEAF_ALARMS)
            _quiet(world, event.door, row, *_LEAF_ALARMS, DoorHeldOpenSoon.kind)


@PROJECTIONS.of(DoorHeldOpenSoon)
def held_open_soon(world: World, fact: Fact, event: DoorHeldOpenSoon) -> None:
    """A pre-alarm is shown at the door; it is no incident yet."""
    row = world.door(fact, event.door)
    if row is not None:
        _ring(world, event.door, row, event.kind)


@PROJECTIONS.of(DoorForcedOpen, DoorHeldOpen, ExitStuck, LockFault)
def alarmed(
    world: World, fact: Fact, event: DoorForcedOpen | DoorHeldOpen | ExitStuck | LockFault
) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        _ring(world, event.door, row, event.kind)
        world.alarm(fact, event.kind, event.door, getattr(event, "detail", ""))


@PROJECTIONS.of(ExitStuckEnded, LockFaultEnded)
def alarm_ended(world: World, fact: Fact, event: ExitStuckEnded | LockFaultEnded) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        kind = event.kind.removesuffix("_ended")
        _quiet(world, event.door, row, kind)
        world.end(fact, event.door, kind)


@PROJECTIONS.of(FireAlarm)
def fire(world: World, fact: Fact, event: FireAlarm) -> None:
    for door in event.doors:
        row = world.door(fact, door)
        if row is not None:
            _ring(world, door, row, event.kind)
            row.mode = "fire"
    world.alarm(fact, event.kind, "")


@PROJECTIONS.of(FireRearmed)
def rearmed(world: World, fact: Fact, event: FireRearmed) -> None:
    fire_over(world, fact, event.doors)


def fire_over(world: World, fact: Fact, doors: Iterable[str]) -> None:
    """End a fire at these doors, whether a fact or the unit's own state has told so."""
    for door in doors:
        row = world.door(fact, door)
        if row is not None:
            _quiet(world, door, row, FireAlarm.kind)
            row.mode = _locked_mode(row) if row.mode == "fire" else row.mode
    world.end(fact, "", FireAlarm.kind)


@PROJECTIONS.of(LockedDown)
def locked_down(world: World, fact: Fact, event: LockedDown) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.lockdown = event.lockdown
        row.mode = row.mode if row.mode == "fire" else "locked_down"
        world.confirmed[event.lockdown, event.door] = fact.utc
        world.changes[fact.site, "lockdown", event.lockdown] = fact.utc


@PROJECTIONS.of(LockdownLifted)
def lifted(world: World, fact: Fact, event: LockdownLifted) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.lockdown = None
        row.mode = row.mode if row.mode == "fire" else "normal"
        world.lifted[event.lockdown, event.door] = (fact.utc, event.by)
        world.changes[fact.site, "lockdown", event.lockdown] = fact.utc


def start(world: World, fact: Fact) -> None:
    """Put all doors of a unit as a start finds them; it tells only what is otherwise.

    A fire that was never re-armed lasts through a start, and is not told again.
    """
    for door, place in world.doors.items():
        row = world.door(fact, door) if place.unit == fact.unit else None
        if row is None:
            continue
        row.lock, row.lockdown = "locked", None
        row.leaf = "closed" if place.has_contact else "unknown"
        _quiet(world, door, row, *_RANK[:-1])
        row.mode = "normal" if row.alarm is None else "fire"


def _locked_mode(row: DoorRow) -> str:
    return "locked_down" if row.lockdown else "normal"


def _ring(world: World, door: str, row: DoorRow, kind: str) -> None:
    world.alarms.setdefault(door, set()).add(kind)
    _show(world, door, row)


def _quiet(world: World, door: str, row: DoorRow, *kinds: str) -> None:
    world.alarms.get(door, set()).difference_update(kinds)
    _show(world, door, row)


def _show(world: World, door: str, row: DoorRow) -> None:
    """Show the gravest alarm that lasts."""
    lasting = [kind for kind in _RANK if kind in world.alarms.get(door, ())]
    row.alarm = lasting[-1] if lasting else None
