"""What becomes of a booking: somebody came, nobody came, somebody left. Pure; UTC milliseconds.

It is a function of facts and of now, never of when it was asked: a server that was away
comes to the same end as one that watched. Nobody is taken for absent on the word of a unit
that is silent, or of a resource that nothing watches.
"""

from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS = 60_000
SETTLED_MS = 24 * 3_600_000
"""After the end, how long a late fact still counts."""


class Phase(StrEnum):
    """Where a booking stands."""

    COMING = "coming"
    WAITING = "waiting"
    """It has begun, and nobody was seen yet."""
    IN_USE = "in_use"
    RELEASED = "released"
    """Nobody came: it is free again."""
    ENDED = "ended"
    """Whoever had it has left before its end."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that counts.

    ``made``: when it was booked, or moved. ``release_after``: minutes, None: never (paid, or
    nothing watches the resource).
    ``watched``: what would have seen somebody is in touch. ``came``: first seen; ``left``: when
    it was left for good. ``released``: when it was given free already.
    """

    starts: int
    ends: int
    made: int = 0
    lead: int = 0
    release_after: int | None = 15
    watched: bool = True
    came: int | None = None
    left: int | None = None
    released: int | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """How it stands: ``free_at`` when the resource is free, ``due`` when to look again."""

    phase: Phase
    free_at: int
    due: int | None = None


def opens(facts: Facts) -> int:
    """Return from when somebody who comes counts as come."""
    return facts.starts - facts.lead * MINUTE_MS


def deadline(facts: Facts) -> int | None:
    """Return until when somebody has to come; None if nobody has to."""
    if facts.release_after is None:
        return None
    begins = max(facts.starts, facts.made)
    return min(begins + facts.release_after * MINUTE_MS, facts.ends)


def arrived(facts: Facts) -> bool:
    """True if somebody came in time, or before it was given free."""
    until = deadline(facts)
    if facts.came is None or not opens(facts) <= facts.came < facts.ends:
        return False
    return until is None or facts.came < until or not _free_before(facts, facts.came)


def _free_before(facts: Facts, at: int) -> bool:
    return facts.released is not None and facts.released <= at


def stand(facts: Facts, now: int) -> Stand:
    """Return how a booking stands now."""
    until = deadline(facts)
    if arrived(facts):
        return _kept(facts, now)
    if now < facts.starts:
        return Stand(Phase.COMING, facts.ends, facts.starts)
    if until is not None and now >= until and (facts.watched or facts.released is not None):
        return Stand(Phase.RELEASED, until)
    if now >= facts.ends:
        return Stand(Phase.OVER, facts.ends)
    return Stand(Phase.WAITING, facts.ends, until if until is not None else facts.ends)


def _kept(facts: Facts, now: int) -> Stand:
    came, left = facts.came, facts.left
    if came is not None and left is not None and came <= left < facts.ends and left <= now:
        return Stand(Phase.ENDED, left)
    if now >= facts.ends:
        return Stand(Phase.OVER, facts.ends)
    return Stand(Phase.IN_USE, facts.ends, facts.ends)
