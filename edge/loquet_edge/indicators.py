"""What people at a door see and hear: two LEDs and a buzzer."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from loquet_edge.door.effects import Feedback
from loquet_edge.drivers.ports import OutputLine

log = logging.getLogger(__name__)

REFUSED_SECONDS = 1.5
BEEP_SECONDS = 0.4
BLINK_SECONDS = 0.15
BLINKS = 2
"""Of the light that says granted: something was heard, and no lock moves."""


@dataclass(frozen=True, slots=True)
class _Look:
    granted: bool = False
    denied: bool = False
    buzzer: bool = False


_LOOKS = {
    Feedback.IDLE: _Look(),
    Feedback.GRANTED: _Look(granted=True),
    Feedback.UNLOCKED: _Look(granted=True),
    Feedback.FAULT: _Look(denied=True),
    Feedback.LOCKED_DOWN: _Look(denied=True),
    Feedback.PRE_ALARM: _Look(buzzer=True),
    Feedback.ALARM: _Look(denied=True, buzzer=True),
    Feedback.FIRE: _Look(granted=True, buzzer=True),
}


class Indicators:
    """The lights of one door; those that are not wired are None."""

    def __init__(
        self, granted: OutputLine | None, denied: OutputLine | None, buzzer: OutputLine | None
    ) -> None:
        self._lines = (granted, denied, buzzer)
        self._shown: list[bool] = [False, False, False]
        self._feedback = Feedback.IDLE
        self._refused_until = self._beep_until = 0.0
        self._blinks: list[float] = []
        """When the blinking light changes next; lit while an even number is left."""

    def show(self, feedback: Feedback, now: float) -> None:
        """Show this from now on."""
        self._feedback = feedback
        if feedback in (Feedback.GRANTED, Feedback.FIRE):
            self._refused_until = self._beep_until = 0.0
        self.refresh(now)

    def acknowledge(self, now: float) -> None:
        """Blink: something was heard."""
        self._blinks = [now + BLINK_SECONDS * each for each in range(1, 2 * BLINKS + 1)]
        self.refresh(now)

    def refuse(self, now: float) -> None:
        """Show for a moment that somebody was refused."""
        self._refused_until, self._beep_until = now + REFUSED_SECONDS, now + BEEP_SECONDS
        self.refresh(now)

    @property
    def deadline(self) -> float | None:
        """When ``refresh`` is due, in monotonic seconds."""
        ends = [end for end in (self._refused_until, self._beep_until) if end]
        return min((*ends, *self._blinks[:1]), default=None)

    def refresh(self, now: float) -> None:
        """Show what is right at ``now``."""
        if self._refused_until <= now:
            self._refused_until = 0.0
        if self._beep_until <= now:
            self._beep_until = 0.0
        self._blinks = [each for each in self._blinks if each > now]
        look = _LOOKS[self._feedback]
        refused = bool(self._refused_until)
        lit = len(self._blinks) % 2 == 0 if self._blinks else look.granted
        wanted = (
            lit and not refused,
            look.denied or refused,
            look.buzzer or bool(self._beep_until),
        )
        for at, (line, active) in enumerate(zip(self._lines, wanted, strict=True)):
            if line is not None and active != self._shown[at]:
                self._drive(line, active)
            self._shown[at] = active

    def _drive(self, line: OutputLine, active: bool) -> None:
        try:
            line.drive(active)
        except OSError as error:
            log.error("%s", error)  # a light that fails keeps nobody out
