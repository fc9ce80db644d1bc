"""Facts about people whom no badge names: beams, handles, buttons, desks. No row says who."""

from typing import Final

from loquet_contract.wire.events import (
    BeamCrossed,
    CounterLost,
    CounterReturned,
    ExitRequested,
    OpeningCause,
)
from loquet_server.headcount.facts import Source
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import Fact, World

PROJECTIONS = Table()
_OPENINGS: Final = {
    OpeningCause.EXIT: (Source.OPENING, -1),
    OpeningCause.UNSEEN_EXIT: (Source.OPENING, -1),
    OpeningCause.FIRE: (Source.OPENING, -1),
    OpeningCause.COMMAND: (Source.RELEASE, 1),
    OpeningCause.SCHEDULE: (Source.OPEN, 0),
    OpeningCause.FORCED: (Source.OPEN, 0),
}
"""What an opening says of people; a grant's opening says nothing beyond the grant."""


@PROJECTIONS.of(BeamCrossed)
def crossed(world: World, fact: Fact, event: BeamCrossed) -> None:
    if world.door(fact, event.door) is not None:
        known = world.counters.get((event.door, event.counter), fact.utc)
        world.counters[event.door, event.counter] = min(known, fact.utc)
        _through(world, fact, event.door, Source.BEAM, 1 if event.inward else -1)


@PROJECTIONS.of(CounterLost)
def counter_lost(world: World, fact: Fact, event: CounterLost) -> None:
    if world.door(fact, event.door) is not None:
        world.alarm(fact, event.kind, event.door, f"{event.counter}: {event.detail}")


@PROJECTIONS.of(CounterReturned)
def counter_returned(world: World, fact: Fact, event: CounterReturned) -> None:
    if world.door(fact, event.door) is not None:
        world.end(fact, event.door, CounterLost.kind)


@PROJECTIONS.of(ExitRequested)
def exit_requested(world: World, fact: Fact, event: ExitRequested) -> None:
    """A button is all that tells of an exit where nobody sees the leaf."""
    place = world.doors.get(event.door)
    if place is not None and place.unit == fact.unit and not place.has_contact:
        _through(world, fact, event.door, Source.BUTTON, -1)


def opened(world: World, fact: Fact, door: str, cause: OpeningCause) -> None:
    """Note who may have gone through an open leaf."""
    if cause in _OPENINGS:
        _through(world, fact, door, *_OPENINGS[cause])


def seated(world: World, fact: Fact, area: str, difference: int) -> None:
    """Note that one desk more or less is taken."""
    if area in world.sensed:
        _write(world, fact, area, None, None, Source.DESK, difference)


def _through(world: World, fact: Fact, door: str, source: Source, direction: int) -> None:
    place = world.doors[door]
    if place.inside is not None and {place.inside, place.beyond} & world.sensed:
        _write(world, fact, place.inside, place.beyond, door, source, direction)


def _write(
    world: World,
    fact: Fact,
    area: str,
    beyond: str | None,
    door: str | None,
    source: Source,
    direction: int,
) -> None:
    key = (fact.journal, fact.sequence)
    last = world.people[-1] if world.people else None
    again = last is not None and (last["journal"], last["sequence"]) == key
    row = {
        "journal": fact.journal,
        "sequence": fact.sequence,
        "part": last["part"] + 1 if last is not None and again else 0,
        "site": fact.site,
        "area": area,
        "beyond": beyond,
        "door": door,
        "source": source.value,
        "direction": direction,
        "at": fact.utc if fact.trusted else world.now,
    }
    world.people.append(row)
    world.peopled |= world.sensed & {area, beyond or area}
