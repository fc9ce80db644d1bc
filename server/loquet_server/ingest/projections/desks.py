"""Facts about desks: their state now, and the area's hours, which carry no identity.

An occupation counts in the hours only if its end was seen, and both its ends were dated by a
clock that was to be trusted: what a restart or a silent sensor cuts short says nothing.
"""

from loquet_contract.wire.events import DeskEvidence, DeskFreed, DeskOccupied, DeskUnknown
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import DeskRow, Fact, World

PROJECTIONS = Table()
_UNSEEN = (DeskEvidence.STARTED, DeskEvidence.SILENT)
"""Evidence of an end that nobody saw."""
_STATES = {DeskOccupied.kind: "occupied", DeskFreed.kind: "free", DeskUnknown.kind: "unknown"}


@PROJECTIONS.of(DeskOccupied, DeskFreed, DeskUnknown)
def became(world: World, fact: Fact, event: DeskOccupied | DeskFreed | DeskUnknown) -> None:
    row = world.desk(fact, event.desk)
    if row is None:
        return
    state, area = _STATES[event.kind], world.desks[event.desk][2]
    if row.state != state:
        if row.state == "occupied" and event.evidence not in _UNSEEN:
            _count(world, fact, row, area)
        _become(world, fact, row, area, state)
    row.evidence = event.evidence.value
    world.changes[fact.site, "area", area] = fact.utc


def start(world: World, fact: Fact) -> None:
    """Forget who sat at the unit's desks when it stopped: nobody saw them leave."""
    for desk, (_, unit, area) in world.desks.items():
        known = world.desk_rows.get(desk)
        if unit != fact.unit or known is None or known.state != "occupied":
            continue
        row = world.desk(fact, desk)
        if row is not None:
            _become(world, fact, row, area, "unknown")
            row.evidence = DeskEvidence.STARTED.value
            world.changes[fact.site, "area", area] = fact.utc


def _count(world: World, fact: Fact, row: DeskRow, area: str) -> None:
    if fact.trusted and row.since > 0:
        world.occupied_for(area, row.since, fact.utc)


def _become(world: World, fact: Fact, row: DeskRow, area: str, state: str) -> None:
    at = fact.utc if fact.trusted else None
    if row.state == "occupied":
        world.seat(area, -1, at)
    elif state == "occupied":
        world.seat(area, +1, at)
    row.state, row.since = state, at or 0
