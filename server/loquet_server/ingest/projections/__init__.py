"""One small function per kind of fact: what it changes in the world.

A kind without a function changes nothing beyond the record. A fact is projected exactly
once: when its entry is new.
"""

from loquet_contract.wire.codec import MalformedMessage, decode
from loquet_contract.wire.events import KINDS
from loquet_server.ingest.projections import access, desks, doors, units
from loquet_server.ingest.projections.registry import Projection
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Fact, World

PROJECTIONS: dict[str, Projection] = {
    **access.PROJECTIONS, **desks.PROJECTIONS, **doors.PROJECTIONS, **units.PROJECTIONS,
}  # fmt: skip


def project(world: World, fact: Fact, kind: str, body: object) -> None:
    """Change the world by one fact; an unreadable one is an incident and changes nothing."""
    projection = PROJECTIONS.get(kind)
    if projection is None:
        return
    try:
        event = decode(KINDS[kind], body)
    except MalformedMessage as error:
        world.trouble(fact, Trouble.FACT_UNREADABLE, f"{kind} {fact.sequence}: {error}"[:500])
        return
    projection(world, fact, event)
