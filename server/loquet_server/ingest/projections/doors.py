"""Facts about doors."""

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
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

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
            row.mode = "normal"


@PROJECTIONS.of(DoorOpened)
def opened(world: World, fact: Fact, event: DoorOpened) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.leaf = "open"
        if event.cause in (OpeningCause.EXIT, OpeningCause.UNSEEN_EXIT):
            world.cross(world.doors[event.door].inside, world.day(fact), exits=1)


@PROJECTIONS.of(DoorClosed)
def closed(world: World, fact: Fact, event: DoorClosed) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.leaf = "closed"
        if row.alarm in _LEAF_ALARMS:
            world.end(fact, event.door, *_LEAF_ALARMS)
        if row.alarm in (*_LEAF_ALARMS, DoorHeldOpenSoon.kind):
            row.alarm = None


@PROJECTIONS.of(DoorHeldOpenSoon)
def held_open_soon(world: World, fact: Fact, event: DoorHeldOpenSoon) -> None:
    """A pre-alarm is shown at the door; it is no incident yet."""
    row = world.door(fact, event.door)
    if row is not None:
        row.alarm = _graver(row.alarm, event.kind)


@PROJECTIONS.of(DoorForcedOpen, DoorHeldOpen, ExitStuck, LockFault)
def alarmed(
    world: World, fact: Fact, event: DoorForcedOpen | DoorHeldOpen | ExitStuck | LockFault
) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        row.alarm = _graver(row.alarm, event.kind)
        world.alarm(fact, event.kind, event.door, getattr(event, "detail", "")[:500])


@PROJECTIONS.of(ExitStuckEnded, LockFaultEnded)
def alarm_ended(world: World, fact: Fact, event: ExitStuckEnded | LockFaultEnded) -> None:
    row = world.door(fact, event.door)
    if row is not None:
        kind = event.kind.removesuffix("_ended")
        row.alarm = None if row.alarm == kind else row.alarm
        world.end(fact, event.door, kind)


@PROJECTIONS.of(FireAlarm)
def fire(world: World, fact: Fact, event: FireAlarm) -> None:
    for door in event.doors:
        row = world.door(fact, door)
        if row is not None:
            row.alarm, row.mode = event.kind, "fire"
    world.alarm(fact, event.kind, "")


@PROJECTIONS.of(FireRearmed)
def rearmed(world: World, fact: Fact, event: FireRearmed) -> None:
    for door in event.doors:
        row = world.door(fact, door)
        if row is not None:
            row.alarm = None if row.alarm == FireAlarm.kind else row.alarm
            row.mode = "locked_down" if row.lockdown else "normal"
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


def _graver(one: str | None, other: str) -> str:
    if one is None or one not in _RANK:
        return other
    return max(one, other, key=_RANK.index)
