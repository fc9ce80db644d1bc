"""Whether somebody else takes our session at the broker: two servers under one name. Pure.

A broker gives a session to whoever comes last and hangs up on the other, who comes again, and so
on without end. MQTT 3.1.1 does not say why a broker hangs up. But a network or a broker that
fails also refuses or does not answer; whoever is let in each time and hung up on soon has a rival.
"""

from collections import deque
from typing import Final

TAKEN: Final = 3
WITHIN_SECONDS: Final = 60.0
CALM_SECONDS: Final = 120.0
"""A session that lasts so long has no rival: twice the longest pause of either side."""
PAUSES: Final = (1, 15)
"""Seconds before we come again, at first and at most."""
RIVAL_PAUSES: Final = (30, 60)
"""The same while there is a rival: whoever looks must find one of the two at work."""


class Rivalry:
    """What happened to one named session; ``at`` in monotonic seconds."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._taken: deque[float] = deque(maxlen=TAKEN)
        self._suspected = False

    def began(self, at: float) -> None:
        """The broker has let us in."""
        self._began = at

    def unanswered(self) -> None:
        """The broker could not be reached, or did not let us in: it explains what came before."""
        self._began = None
        self._taken.clear()

    def ended(self, at: float) -> bool:
        """The broker has hung up; return True if it has just become clear that there is a rival."""
        suspected = self.suspected(at)
        if self._began is not None:
            self._taken.append(at)
        self._began = None
        rapid = len(self._taken) == TAKEN and at - self._taken[0] <= WITHIN_SECONDS
        self._suspected = suspected or rapid
        return self._suspected and not suspected

    def suspected(self, at: float) -> bool:
        """Return whether there is a rival: until a session has lasted."""
        if self._began is not None and at - self._began >= CALM_SECONDS:
            self._suspected = False
        return self._suspected
