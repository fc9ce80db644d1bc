"""Facts about proofs of doors, and about what units found when they looked at themselves."""

from loquet_contract.wire.events_proof import DoorProofMoved, DoorProven, UnitExamined
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()


@PROJECTIONS.of(DoorProofMoved)
def proof_moved(world: World, fact: Fact, event: DoorProofMoved) -> None:
    """Keep how a proof stands; ``proofs`` writes it."""
    if world.door(fact, event.door) is None:
        return
    world.proofs.append((fact, event))
    world.changes[fact.site, "proof", event.door] = fact.sequence


@PROJECTIONS.of(DoorProven)
def door_proven(world: World, fact: Fact, event: DoorProven) -> None:
    """Keep the signed report of a proof that ended."""
    if world.door(fact, event.door) is None:
        return
    world.proofs.append((fact, event))
    world.changes[fact.site, "proof", event.door] = fact.sequence


@PROJECTIONS.of(UnitExamined)
def unit_examined(world: World, fact: Fact, event: UnitExamined) -> None:
    """Keep what the unit found last."""
    world.exams[fact.unit] = (fact, event)
    world.changes[fact.site, "unit", fact.unit] = fact.sequence
