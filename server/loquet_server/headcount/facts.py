"""What is seen of an area, and what is made of it: the values that the estimate is told. Pure.

Times are UTC milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from loquet_server.headcount.reasons import Kind, Reason


class Source(StrEnum):
    """What saw a crossing. Of ``DESK`` the direction is one desk more or less that is taken."""

    BADGE = "badge"
    BEAM = "beam"
    OPENING = "opening"
    """A leaf that was opened from inside: somebody leaves."""
    BUTTON = "button"
    """An exit button at a door whose leaf nobody sees: weak."""
    RELEASE = "release"
    """A leaf that was opened after a release from afar: somebody is let in."""
    OPEN = "open"
    """A leaf that moved while the door stood unlocked: in or out."""
    ELSEWHERE = "elsewhere"
    """A badge that entered another area."""
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody went through; ``direction``: 1 in, -1 out, 0 nobody knows."""

    at: int
    journal: str
    sequence: int
    source: Source
    direction: int
    holder: str = ""
    door: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Correction:
    """Somebody counted."""

    at: int
    id: int
    people: int
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A span in which part of the ways (``share``, 0 to 1) was not seen, and why.

    ``inward``, ``outward``: which directions. ``end`` None: it lasts.
    """

    kind: Kind
    name: str
    start: int
    end: int | None = None
    share: float = 1.0
    inward: bool = True
    outward: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """All that was seen of an area since ``begins``, the last quiet hour.

    ``counted``: doors with a beam counter, each with the spans in which it sees. ``occupied``:
    desks that are taken now; ``unknown``: desks of which nobody knows.
    """

    begins: int
    crossings: Sequence[Crossing] = ()
    corrections: Sequence[Correction] = ()
    unseen: Sequence[Unseen] = ()
    counted: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    occupied: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Between ``low`` and ``high``, most likely ``best``; ``since``: when the count was sure.

    ``known``: who is believed inside, and since when; ``left``: how many of these may have left
    unnamed; ``crossings``: how many were seen since the quiet hour.
    """

    best: int
    low: int
    high: int
    since: int
    reasons: tuple[Reason, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    left: int = 0
    crossings: int = 0
    ceiling: int = 0
    """What the facts allow at most."""
