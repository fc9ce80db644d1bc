"""What a door asks for: the outputs of its machine, to be performed in the order given.

At most one lock effect, and it comes first; then at most one signal; then the reports.
"""

from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.wire.events import Event


class Feedback(StrEnum):
    """What LEDs and buzzer show until told otherwise. Refusals are the runner's to show."""

    IDLE = "idle"
    GRANTED = "granted"
    UNLOCKED = "unlocked"
    """Held unlocked by a schedule."""
    FAULT = "fault"
    LOCKED_DOWN = "locked_down"
    PRE_ALARM = "pre_alarm"
    ALARM = "alarm"
    FIRE = "fire"


@dataclass(frozen=True, slots=True)
class Release:
    """Release the lock until a monotonic time in seconds; None: until told otherwise.

    It replaces the release before. A lease that ends earlier is the runner's to renew.
    """

    until: float | None


@dataclass(frozen=True, slots=True)
class Relock:
    """Lock the lock, now."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Show this from now on. Repeated for each accepted grant, so that each one is answered."""

    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Report:
    """Append this fact to the journal."""

    event: Event


Effect = Release | Relock | Signal | Report
