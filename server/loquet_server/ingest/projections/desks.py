"""Facts about desks: their state now, and the area's hours, which carry no identity.

An occupation counts in the hours only if its end was seen, and both its ends were dated by a
clock that was to be trusted: what a restart or a silent sensor cuts short says nothing. Who is
away keeps the desk: that time counts as occupied, and going and coming back is one occupation.
"""

from loquet_contract.wire.events import (
    DeskAway,
    DeskBadged,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DeskUnknown,
)
from loquet_server.ingest.projections import people
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import DeskRow, Fact, World

PROJECTIONS = Table()
_UNSEEN = (DeskEvidence.STARTED, DeskEvidence.SILENT)
"""Evidence of an end that nobody saw."""
_STATES = {
    DeskOccupied.kind: "occupied", DeskFreed.kind: "free", DeskUnknown.kind: "unknown",
    DeskAway.kind: "away",
}  # fmt: skip
_TAKEN = ("occupied", "away")


@PROJECTIONS.of(DeskOccupied, DeskFreed, DeskUnknown, DeskAway)
def became(
    world: World, fact: Fact, event: DeskOccupied | DeskFreed | DeskUnknown | DeskAway
) -> None:
    row = world.desk(fact, event.desk)
    if row is None:
        return
    state, area = _STATES[event.kind], world.desks[event.desk][2]
    if row.state != state:
        if row.state not in _TAKEN or event.evidence not in _UNSEEN:
            _count(world, fact, row, event.desk, area, state)
        _become(world, fact, row, area, state)
    row.evidence = event.evidence.value
    if isinstance(event, DeskAway) and fact.trusted:
        row.until = event.until * 1000
    world.changes[fact.site, "area", area] = fact.utc


@PROJECTIONS.of(DeskBadged)
def badged(world: World, fact: Fact, event: DeskBadged) -> None:
    """Whoever badges at a desk that is booked has come."""
    if world.desk(fact, event.desk) is not None:
        world.badged.append((event.desk, event.holder, fact.utc))


def start(world: World, fact: Fact) -> None:
    """Forget who sat at the unit's desks when it stopped: nobody saw them leave.

    Of a desk that was free it is known until the last that was heard of the unit.
    """
    heard = _heard(world, fact.unit)
    for desk, (_, unit, area) in world.desks.items():
        known = world.desk_rows.get(desk)
        if unit != fact.unit or known is None or known.state == "unknown":
            continue
        row = world.desk(fact, desk)
        if row is not None and row.state == "free":
            if fact.trusted and row.since > 0:
                world.known_for(area, row.since, min(heard, fact.utc))
            row.since = fact.utc if fact.trusted else 0
        elif row is not None:
            _become(world, fact, row, area, "unknown")
            row.evidence = DeskEvidence.STARTED.value
            world.changes[fact.site, "area", area] = fact.utc


def _heard(world: World, unit: str) -> int:
    """Return when the unit's desks or doors have last changed, as far as we were told."""
    desks = (row.since for desk, row in world.desk_rows.items() if world.desks[desk][1] == unit)
    doors = (row.changed_at for door, row in world.door_rows.items()
             if world.doors[door].unit == unit)  # fmt: skip
    return max((*desks, *doors), default=0)


def _count(world: World, fact: Fact, row: DeskRow, desk: str, area: str, state: str) -> None:
    """Count what ends here; a state whose beginning or end nobody could date counts not."""
    if not fact.trusted or row.since <= 0 or row.state == "unknown":
        return
    world.known_for(area, row.since, fact.utc)
    if row.state in _TAKEN:
        world.occupied_for(area, row.since, fact.utc)
        world.used(fact, desk, row.since, ended=state not in _TAKEN)


def _become(world: World, fact: Fact, row: DeskRow, area: str, state: str) -> None:
    at = fact.utc if fact.trusted else None
    if taken := (state in _TAKEN) - (row.state in _TAKEN):
        world.seat(area, taken, at)
    if seen := (state == "occupied") - (row.state == "occupied"):
        people.seated(world, fact, area, seen)  # who is away may well have left the house
    row.state, row.since, row.until = state, at or 0, None
