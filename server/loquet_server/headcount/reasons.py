"""Why a count is as sure or as unsure as it is: a closed list, put into words by ``words``. Pure.

A reason travels as text, ``kind|count|at|name``, so that it can stand in any answer.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Closed; only ever added to."""

    CORRECTED = "corrected"
    """Somebody (``name``) counted at ``at``."""
    RESET = "reset"
    """Counted from zero since ``at``."""
    FOLLOWED = "followed"
    """So many may have followed somebody in."""
    PAIRED = "paired"
    """So many may have left together with somebody else."""
    MISSED_EXIT = "missed_exit"
    """So many left unseen, as was found out later."""
    UNKNOWN_EXIT = "unknown_exit"
    """So many left who had not been seen coming in."""
    LET_IN = "let_in"
    """So many were let in without a badge."""
    STOOD_OPEN = "stood_open"
    """So often somebody passed a door that stood unlocked."""
    BUTTONS = "buttons"
    """So many exits are known from a button alone."""
    UNIT_OFFLINE = "unit_offline"
    UNIT_BEHIND = "unit_behind"
    """Its facts have come only up to ``at``."""
    READER_LOST = "reader_lost"
    COUNTER_LOST = "counter_lost"
    DESKS_FLOOR = "desks_floor"
    """So many desks are taken, which is more than the doors tell."""
    DESKS_UNKNOWN = "desks_unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``at`` in UTC milliseconds, 0 for none."""

    kind: Kind
    count: int = 0
    at: int = 0
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}|{self.count}|{self.at}|{self.name}"


def reason_of(text: str) -> Reason:
    """Return the reason that a text says; raise ValueError."""
    kind, count, at, name = text.split("|", 3)
    return Reason(Kind(kind), int(count), int(at), name)
