"""Facts about desks: their state now, and the area's hours, which carry no identity."""

from loquet_contract.wire.events import DeskFreed, DeskOccupied, DeskUnknown
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()
_STATES = {DeskOccupied.kind: "occupied", DeskFreed.kind: "free", DeskUnknown.kind: "unknown"}


@PROJECTIONS.of(DeskOccupied, DeskFreed, DeskUnknown)
def became(world: World, fact: Fact, event: DeskOccupied | DeskFreed | DeskUnknown) -> None:
    row = world.desk(fact, event.desk)
    if row is None:
        return
    state, area = _STATES[event.kind], world.desks[event.desk][2]
    if row.state != state:
        if row.state == "occupied":
            world.occupied_for(area, row.since, fact.utc)
            world.seat(area, -1, fact.utc)
        elif state == "occupied":
            world.seat(area, +1, fact.utc)
        row.state, row.since = state, fact.utc
    row.evidence = event.evidence.value
    world.changes[fact.site, "area", area] = fact.utc
