"""A month of people in a coworking space, and what its doors and desks tell of them.

The truth is minute by minute: who came, sat, went to lunch, let a visitor in, left. Doors and
desks see part of it, as they do: somebody follows without a badge, two leave at one badge, a
sensor sticks, a reader dies for an hour, a unit is cut off and tells all at the end, a host
counts by eye now and then. Everything comes from one seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

from loquet_server.headcount.facts import Correction, Crossing, Source, Unseen
from loquet_server.headcount.reasons import Kind

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
FIRST = 1_764_543_600_000
"""Monday, 1 December 2025, 00:00 in Paris (UTC+1 all that month)."""
QUIET = 3 * 60 * MINUTE
MEMBERS = 46
DESKS = 40


class Exit(Enum):
    """How people leave."""

    READER = "exit reader"
    HANDLE = "sensed handle"
    BEAM = "beam counter"


@dataclass(frozen=True)
class Told:
    """A fact, and when the server heard of it."""

    heard: int
    crossing: Crossing


@dataclass
class Day:
    """One day from quiet hour to quiet hour."""

    begins: int
    told: list[Told] = field(default_factory=list)
    changes: list[tuple[int, int]] = field(default_factory=list)
    """The truth: at this moment so many more people."""
    seats: list[tuple[int, int]] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)
    outages: list[tuple[int, int]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)

    def people(self, at: int) -> int:
        """Return how many are inside."""
        return sum(change for when, change in self.changes if when <= at)

    def occupied(self, at: int) -> int:
        """Return how many desks say that they are taken."""
        return max(0, sum(change for when, change in self.seats if when <= at))

    def unseen(self, now: int) -> list[Unseen]:
        """Return what the server knows of what it does not see."""
        found = [
            Unseen(Kind.UNIT_OFFLINE, "hall", start)
            for start, end in self.outages
            if start + MINUTE <= now < end
        ]
        return found + [
            Unseen(Kind.READER_LOST, "out", start, end if end <= now else None, 1.0, False, True)
            for start, end in self.lost
            if start + MINUTE <= now
        ]


class Month:
    """Draws days."""

    def __init__(self, way_out: Exit, seed: int = 7) -> None:
        self._out, self._draw = way_out, random.Random(seed)
        self._sequence = 0

    def days(self, number: int = 30) -> list[Day]:
        """Return so many days."""
        return [self._day(index) for index in range(number)]

    def _day(self, index: int) -> Day:
        draw, midnight = self._draw, FIRST + index * DAY
        day = Day(midnight + QUIET)
        share = (0.55, 0.7, 0.6, 0.7, 0.5, 0.15, 0.0)[index % 7]
        self._troubles(day, midnight, index)
        for member in range(MEMBERS):
            if draw.random() < share:
                self._member(day, midnight, f"h{member}")
        for _ in range(draw.choice((0, 1, 1, 2, 3)) if share > 0.3 else 0):
            self._visitor(day, midnight)
        self._stuck(day, midnight, index)
        if index % 3 == 1 and share:
            at = midnight + draw.randint(10 * 60, 16 * 60) * MINUTE
            people = day.people(at)
            slip = draw.choice((-1, 1)) if people > 15 and draw.random() < 0.2 else 0
            day.corrections.append(Correction(at, index, people + slip, "Zoé"))
        return day

    # ---- people ---------------------------------------------------------------------------

    def _member(self, day: Day, midnight: int, holder: str) -> None:
        draw = self._draw
        comes = midnight + int(draw.gauss(9.2 * 60, 55)) * MINUTE + draw.randrange(MINUTE)
        goes = max(comes + 40 * MINUTE, midnight + int(draw.gauss(17.6 * 60, 80)) * MINUTE)
        stays = [(comes, goes)]
        noon = midnight + int(draw.gauss(12.4 * 60, 25)) * MINUTE
        if draw.random() < 0.55 and comes + 30 * MINUTE < noon < goes - 90 * MINUTE:
            stays = [(comes, noon), (noon + draw.randint(35, 90) * MINUTE, goes)]
        for start, end in stays:
            self._enter(day, start, holder)
            self._sit(day, start, end)
            self._leave(day, end, holder)

    def _visitor(self, day: Day, midnight: int) -> None:
        """Somebody without a badge, let in from afar, who leaves by the handle."""
        start = midnight + self._draw.randint(9 * 60, 16 * 60) * MINUTE
        end = start + self._draw.randint(20, 150) * MINUTE
        day.changes += [(start, 1), (end, -1)]
        if self._out is Exit.BEAM:
            self._beam(day, start, 1)
            self._beam(day, end, -1)
        else:
            self._tell(day, start, Source.RELEASE, 1)
            self._tell(day, end, Source.OPENING, -1)

    def _enter(self, day: Day, at: int, holder: str) -> None:
        day.changes.append((at, 1))
        follows = self._draw.random() < 0.03
        if not follows:
            self._tell(day, at, Source.BADGE, 1, holder)
        if self._out is Exit.BEAM:
            self._beam(day, at, 1)

    def _leave(self, day: Day, at: int, holder: str) -> None:
        day.changes.append((at, -1))
        if self._out is Exit.BEAM:
            self._beam(day, at, -1)
            return
        if self._draw.random() < 0.035:
            return
        if self._out is Exit.READER:
            if not any(start <= at < end for start, end in day.lost):
                self._tell(day, at, Source.BADGE, -1, holder)
        elif not any(start <= at < end for start, end in day.lost):
            self._tell(day, at, Source.OPENING, -1)
            if self._draw.random() < 0.02:  # somebody looked out, and nobody left
                self._tell(day, at + 50 * MINUTE, Source.OPENING, -1)

    def _beam(self, day: Day, at: int, direction: int) -> None:
        if not any(start <= at < end for start, end in day.lost) and self._draw.random() < 0.985:
            self._tell(day, at + 1500, Source.BEAM, direction)

    def _sit(self, day: Day, start: int, end: int) -> None:
        draw = self._draw
        if draw.random() < 0.1:
            return
        at = start + draw.randint(2, 9) * MINUTE
        while at + 10 * MINUTE < end:
            until = min(end, at + draw.randint(35, 120) * MINUTE)
            day.seats += [(at, 1), (until + 4 * MINUTE, -1)]
            at = until + draw.randint(6, 25) * MINUTE

    # ---- faults ---------------------------------------------------------------------------

    def _troubles(self, day: Day, midnight: int, index: int) -> None:
        draw = self._draw
        if index % 7 == 2:
            start = midnight + draw.randint(8 * 60, 16 * 60) * MINUTE
            day.outages.append((start, start + draw.randint(20, 150) * MINUTE))
        if index % 11 == 4:
            start = midnight + draw.randint(11 * 60, 17 * 60) * MINUTE
            day.lost.append((start, start + draw.randint(20, 70) * MINUTE))

    def _stuck(self, day: Day, midnight: int, index: int) -> None:
        draw = self._draw
        if index % 4 == 0:  # says taken all day, until it is found to be stuck
            start = midnight + draw.randint(8 * 60, 14 * 60) * MINUTE
            end = start + draw.randint(120, 300) * MINUTE
            day.seats += [(start, 1), (end, -1)]
            day.unknown.append((end, day.begins + DAY))
        if index % 5 == 0:
            day.unknown.append((day.begins, day.begins + DAY))

    def _tell(self, day: Day, at: int, source: Source, direction: int, holder: str = "") -> None:
        self._sequence += 1
        crossing = Crossing(at, "j", self._sequence, source, direction, holder, "front")
        heard = max([at, *(end for start, end in day.outages if start <= at < end)])
        day.told.append(Told(heard, crossing))
