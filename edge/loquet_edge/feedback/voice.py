"""How loud and how bright a door or a reader speaks, by day and by night."""

from dataclasses import dataclass
from enum import StrEnum


class Volume(StrEnum):
    """How much of a pattern is heard: nothing, short beeps, or all of it."""

    OFF = "off"
    LOW = "low"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Night:
    """A time of each day, in minutes since midnight by the unit's own time zone."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Return whether it is night at that minute; a night may go over midnight."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Voice:
    """How a door speaks: at night each sound is one step lower, and the lights are dim."""

    volume: Volume = Volume.NORMAL
    night: Night | None = None
