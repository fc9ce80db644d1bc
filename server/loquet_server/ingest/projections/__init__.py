"""One small function per kind of fact: what it changes in the world.

A kind without a function changes nothing beyond the record. A fact is projected exactly
once: when its entry is new.
"""

from functools import lru_cache

from loquet_contract.wire.codec import MalformedMessage, decode, parse
from loquet_contract.wire.events import (
    KINDS,
    DeskFreed,
    DeskOccupied,
    DeskUnknown,
    DoorClosed,
    DoorOpened,
    DoorReleased,
    DoorRelocked,
    Event,
)
from loquet_server.ingest.projections import (
    access,
    desks,
    doors,
    enrolments,
    people,
    proofs,
    readers,
    units,
    wires,
)
from loquet_server.ingest.projections.fitting import check
from loquet_server.ingest.projections.registry import Projection
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Fact, World

PROJECTIONS: dict[str, Projection] = {
    **access.PROJECTIONS, **desks.PROJECTIONS, **doors.PROJECTIONS, **enrolments.PROJECTIONS,
    **people.PROJECTIONS, **proofs.PROJECTIONS,
    **readers.PROJECTIONS, **units.PROJECTIONS,
    **wires.PROJECTIONS,
}  # fmt: skip


_FEW = frozenset(
    cls.kind
    for cls in (
        DoorReleased, DoorRelocked, DoorOpened, DoorClosed, DeskOccupied, DeskFreed, DeskUnknown,
    )
)  # fmt: skip
"""Kinds that say the same few things all day: read once, and remembered."""
_SHORT = 200


def project(world: World, fact: Fact, kind: str, body: object, text: str) -> None:
    """Change the world by one fact; an unreadable one is an incident and changes nothing.

    ``text`` is the body's canonical JSON.
    """
    projection = PROJECTIONS.get(kind)
    if projection is None:
        return
    if fact.utc > world.latest:
        fact = fact._replace(utc=world.now)
        detail = f"{kind} {fact.sequence}: its time is more than a year from now"
        world.trouble(fact, Trouble.FACT_UNREADABLE, detail)
        return
    try:
        if kind in _FEW and len(text) <= _SHORT:
            event = _remembered(kind, text)
        else:
            event = decode(KINDS[kind], body)
            check(event)
    except MalformedMessage as error:
        world.trouble(fact, Trouble.FACT_UNREADABLE, f"{kind} {fact.sequence}: {error}")
        return
    projection(world, fact, event)


@lru_cache(maxsize=4096)
def _remembered(kind: str, text: str) -> Event:
    """Return an event, which nobody can change; raise MalformedMessage."""
    event = decode(KINDS[kind], parse(text))
    check(event)
    return event
