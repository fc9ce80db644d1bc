"""What people at a door see and hear: the lights and the buzzer of a door, a desk or a reader.

A pattern is colours and a rhythm. Where a colour is not wired, the lights that are show its
rhythm: blue is red and green together, and a single light shows everything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from loquet_contract.feedback import DARK, Beat, Shown
from loquet_edge.drivers.ports import DimmableLine
from loquet_edge.feedback import Player
from loquet_edge.feedback.voice import Voice

if TYPE_CHECKING:
    from loquet_edge.drivers.ports import OutputLine

log = logging.getLogger(__name__)

Minute = Callable[[], int | None]
"""The minute of the day by the unit's own time zone; None while the clock is not trusted."""


NIGHT_SECONDS = 30.0
"""How often somebody looks whether it has become night, where that changes anything."""


def no_minute() -> None:
    """Nobody knows what time it is: it counts as day."""


class Face:
    """Something that shows patterns to people; what it does with a beat, a subclass says."""

    def __init__(
        self,
        voice: Voice | None = None,
        minute: Minute = no_minute,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """``tell`` hears what is shown, by name, whenever that changes."""
        self._voice = Voice() if voice is None else voice
        self._minute, self._tell, self._told = minute, tell, Shown.IDLE
        self._player = Player(self._voice.volume)
        self._deadline: float | None = None

    def state(self, shown: Shown, now: float) -> None:
        """Show this from now on."""
        self._player.state(shown, now)
        self.refresh(now)

    def wait(self, shown: Shown | None, now: float, until: float | None = None) -> None:
        """Show that something is waited for, until then at most."""
        self._player.wait(shown, now, until)
        self.refresh(now)

    def answer(self, shown: Shown, now: float) -> None:
        """Tell somebody something."""
        self._player.answer(shown, now)
        self.refresh(now)

    @property
    def deadline(self) -> float | None:
        """When ``refresh`` is due, in monotonic seconds."""
        return self._deadline

    def refresh(self, now: float) -> None:
        """Show what is right at ``now``."""
        night = self._is_night()
        self._player.night(night)
        due = self._player.deadline(now)
        look = now + NIGHT_SECONDS if self._voice.night is not None else None
        self._deadline = min((at for at in (due, look) if at is not None), default=None)
        self._play(self._player.beat(now), dim=night)
        shown = self._player.shown(now)
        if self._tell is not None and shown is not self._told:
            self._told = shown
            self._tell(shown.value)

    def _is_night(self) -> bool:
        night = self._voice.night
        minute = None if night is None else self._minute()
        return night is not None and minute is not None and night.holds(minute)

    def _play(self, beat: Beat, *, dim: bool) -> None:
        """Nobody looks: there is no light here."""


class Indicators(Face):
    """Lights and a buzzer on lines of the unit; those that are not wired are None."""

    def __init__(
        self,
        green: OutputLine | None,
        red: OutputLine | None,
        buzzer: OutputLine | None,
        blue: OutputLine | None = None,
        *,
        voice: Voice | None = None,
        minute: Minute = no_minute,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(voice, minute, tell)
        self._lines = (red, green, blue, buzzer)
        self._driven: list[tuple[bool, bool]] = [(False, False)] * 4

    @property
    def deadline(self) -> float | None:
        """When ``refresh`` is due; never where there is nothing to see or to hear."""
        shows = self._tell is not None or any(line is not None for line in self._lines)
        return self._deadline if shows else None

    def _play(self, beat: Beat, *, dim: bool) -> None:
        for at, active in enumerate(self._wanted(beat)):
            self._drive(at, active, dim=dim and at < 3)

    def _wanted(self, beat: Beat) -> tuple[bool, bool, bool, bool]:
        """Return red, green, blue and buzzer, by the lights that there are."""
        red, green, blue, _ = (line is not None for line in self._lines)
        wanted = (
            (beat.red or (beat.blue and not blue)) and red,
            (beat.green or (beat.blue and not blue)) and green,
            beat.blue and blue,
        )
        if beat.lit and not any(wanted):
            wanted = (red, green, blue)
        return *wanted, beat.sound

    def _drive(self, at: int, active: bool, *, dim: bool) -> None:
        line = self._lines[at]
        wanted = (active, active and dim)
        if line is None or self._driven[at] == wanted:
            return
        self._driven[at] = wanted
        try:
            if wanted[1] and isinstance(line, DimmableLine):
                line.drive_dim()
            else:
                line.drive(active)
        except OSError as error:
            log.error("%s", error)  # a light that fails keeps nobody out


class ReaderFace(Face):
    """The lights and the sounder that a reader has inside; ``show`` hears each beat."""

    def __init__(
        self,
        show: Callable[[Beat], None],
        voice: Voice | None = None,
        minute: Minute = no_minute,
    ) -> None:
        super().__init__(voice, minute)
        self._show, self._shown = show, DARK

    def _play(self, beat: Beat, *, dim: bool) -> None:
        wanted = replace(beat, seconds=DARK.seconds)
        if wanted != self._shown:
            self._shown = wanted
            self._show(wanted)


class Faces:
    """All that people at one door see and hear.

    How the door stands is shown everywhere; an answer is given at the reader that was used where
    that has lights of its own, else at the door's.
    """

    def __init__(self, door: Face, readers: Mapping[str, Face] | None = None) -> None:
        self._door = door
        self._readers = dict(readers or {})

    def add(self, reader: str, face: Face) -> None:
        """A reader has lights of its own."""
        self._readers[reader] = face

    def state(self, shown: Shown, now: float) -> None:
        """Show this from now on, everywhere."""
        for face in self._all:
            face.state(shown, now)

    def wait(
        self, shown: Shown | None, now: float, reader: str = "", until: float | None = None
    ) -> None:
        """Show at a reader that something is waited for, until then at most."""
        self._at(reader).wait(shown, now, until)

    def answer(self, shown: Shown, now: float, reader: str = "") -> None:
        """Tell whoever stands at a reader something."""
        self._at(reader).answer(shown, now)

    @property
    def deadline(self) -> float | None:
        """When ``refresh`` is due, in monotonic seconds."""
        return min((at for face in self._all if (at := face.deadline) is not None), default=None)

    def refresh(self, now: float) -> None:
        """Show what is right at ``now``."""
        for face in self._all:
            due = face.deadline
            if due is not None and due <= now:
                face.refresh(now)

    @property
    def _all(self) -> tuple[Face, ...]:
        return (self._door, *self._readers.values())

    def _at(self, reader: str) -> Face:
        return self._readers.get(reader, self._door)
