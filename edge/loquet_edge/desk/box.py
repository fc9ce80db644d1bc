"""The door of a room as a sensor: who was seen behind the closed door is still there.

How it thinks. While the door stands open nobody knows who is in. Once it has closed, a sign
that begins a little later can only come from somebody who stayed inside, and no one can leave
without opening the door: so the room is held, however still it is. When the door opens the
room is held for one more hold, since whoever was in may be leaving or may be receiving a
parcel; after that the sensors decide again. A door that closes on silence proves nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

SETTLE_SECONDS = 15.0
"""A motion detector still sees the back of who has just closed the door: that is no sign yet."""


class BoxPhase(StrEnum):
    """How the door stands, and what was seen behind it."""

    OPEN = "open"
    """Open, or never heard of."""
    SHUT = "shut"
    """Closed, and nobody was seen since."""
    HELD = "held"
    """Closed, and somebody was seen since."""


@dataclass(frozen=True, slots=True)
class Box:
    """The door now. ``until``: how long it is a sign of somebody; ``shut_at``: when it closed."""

    phase: BoxPhase = BoxPhase.OPEN
    until: float | None = None
    shut_at: float = 0.0


def door_moved(box: Box, opened: bool, now: float, hold: float) -> Box:
    """Return the box after its door opened or closed; ``hold`` (seconds) follows an opening."""
    if opened:
        until = now + hold if box.phase is BoxPhase.HELD else box.until
        return Box(BoxPhase.OPEN, until)
    return box if box.phase is not BoxPhase.OPEN else Box(BoxPhase.SHUT, box.until, now)


def person_seen(box: Box, now: float, limit: float) -> Box:
    """Return the box after a new sign; it is held for ``limit`` seconds after the last one."""
    settled = box.phase is BoxPhase.SHUT and now >= box.shut_at + SETTLE_SECONDS
    if settled or box.phase is BoxPhase.HELD:
        return replace(box, phase=BoxPhase.HELD, until=now + limit)
    return box


def box_expired(box: Box, now: float) -> Box:
    """Return the box with what has ended by ``now`` ended."""
    if box.until is None or box.until > now:
        return box
    phase = BoxPhase.OPEN if box.phase is BoxPhase.OPEN else BoxPhase.SHUT
    return replace(box, phase=phase, until=None)
