"""Two beams across a door: somebody went in, somebody went out, or nothing that counts.

How it thinks. The beams stand a hand apart, so that a person breaks the first, then both, then
only the second, and then neither. That full path in one direction, and only that, is a person
who went through. Who turns round, stands in the doorway, swings an arm or carries a chair
backwards leaves another trace, and that counts nothing: a count that is too low is set right by
people and desks, one that was invented is believed. Nor does a path that takes longer than
people take.

A beam that stays broken sees nobody, and one that never breaks while the other does so again and
again looks past people: either way the counter is lost, says so, and is back when both beams are
clear, or when somebody was seen to go through.

Time never runs backwards, and repeated events do nothing.
"""

import math
from dataclasses import replace

from loquet_contract.wire.events import BeamCrossed, CounterLost, CounterReturned, Event
from loquet_edge.beam.state import (
    Beam,
    BeamBroken,
    BeamClear,
    Counter,
    CounterEvent,
    Look,
    Start,
    TimePassed,
)

BLIND_AFTER = 20
"""Times in a row that one beam alone may be broken before the other is taken for blind."""
_OUTER, _INNER = frozenset({Beam.OUTER}), frozenset({Beam.INNER})
_BOTH = _OUTER | _INNER
_INWARD, _OUTWARD = (_OUTER, _BOTH, _INNER), (_INNER, _BOTH, _OUTER)


def step(counter: Counter, event: CounterEvent, now: float) -> tuple[Counter, tuple[Event, ...]]:
    """The counter after ``event`` at monotonic ``now`` seconds, and what is to be recorded."""
    if isinstance(event, Start):
        return _start(counter, event, now), ()
    now = now if now > counter.time else counter.time
    told: tuple[Event, ...] = ()
    at = deadline(counter)
    if at is not None and at <= now:
        counter, told = _blocked(counter)
    counter, news = _look(counter, _broken(counter, event), now)
    return replace(counter, time=now), told + news


def deadline(counter: Counter) -> float | None:
    """When ``step(counter, TimePassed(), now)`` is due, in monotonic seconds; None: not at all."""
    if not counter.broken or counter.lost is not None:
        return None
    return counter.began + counter.config.stuck


def _start(counter: Counter, event: Start, now: float) -> Counter:
    """Who stands in the beams at the start came from nobody knows where."""
    if counter.time > -math.inf:
        return counter
    path = None if event.broken else ()
    return replace(counter, broken=event.broken, path=path, began=now, time=now)


def _broken(counter: Counter, event: BeamBroken | BeamClear | TimePassed) -> Look:
    match event:
        case BeamBroken(beam):
            return counter.broken | {beam}
        case BeamClear(beam):
            return counter.broken - {beam}
        case TimePassed():
            return counter.broken


def _look(counter: Counter, broken: Look, now: float) -> tuple[Counter, tuple[Event, ...]]:
    if broken == counter.broken:
        return counter, ()
    if not broken:
        return _cleared(counter, now)
    began = counter.began if counter.broken else now
    path = None if counter.path is None else (*counter.path, broken)
    if path is not None and path not in (_INWARD[: len(path)], _OUTWARD[: len(path)]):
        path = None
    return replace(counter, broken=broken, path=path, began=began), ()


def _cleared(counter: Counter, now: float) -> tuple[Counter, tuple[Event, ...]]:
    """Both beams are clear: judge the path, and begin anew."""
    config = counter.config
    in_time = now - counter.began <= config.longest
    told: tuple[Event, ...] = ()
    if in_time and counter.path in (_INWARD, _OUTWARD):
        told = (BeamCrossed(config.door, config.id, counter.path == _INWARD),)
    alone = _alone(counter)
    after = replace(counter, broken=frozenset(), path=(), alone=alone)
    if counter.lost is not None and abs(alone) < BLIND_AFTER:
        after = replace(after, lost=None, alone=0)
        told = (CounterReturned(config.door, config.id), *told)
    elif counter.lost is None and abs(alone) >= BLIND_AFTER:
        blind = Beam.INNER if alone > 0 else Beam.OUTER
        after = replace(after, lost=f"the {blind} beam sees nobody, the other one does")
        told = (*told, CounterLost(config.door, config.id, after.lost or ""))
    return after, told


def _alone(counter: Counter) -> int:
    """Return the count of lone breaks after the one that has just ended."""
    if counter.path not in ((_OUTER,), (_INNER,)):
        return 0
    by = 1 if counter.path == (_OUTER,) else -1
    return counter.alone + by if counter.alone * by >= 0 else by


def _blocked(counter: Counter) -> tuple[Counter, tuple[Event, ...]]:
    config = counter.config
    which = " and ".join(sorted(counter.broken, reverse=True))
    detail = f"the {which} beam has been broken for {config.stuck:g} s"
    after = replace(counter, lost=detail, path=None, alone=0)
    return after, (CounterLost(config.door, config.id, detail),)
