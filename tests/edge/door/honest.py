"""A month of honest people at one door, and what its wires say of them.

The people are drawn from a seeded chance; what they do is what people do: go in alone, hold the
door for others, come back for what they forgot, take a delivery, leave by whatever way their door
has, badge and then do not come. The wires are as bad as wires are: contacts bounce, a slow leaf
touches its frame twice. What a contact says goes through its debouncing, as on a unit, before the
machine hears of it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from loquet_contract.ids import GrantId
from loquet_contract.wire.events import Event
from loquet_edge.door import Door, DoorConfig, ExitStyle, deadline, events, step
from loquet_edge.door.effects import Report
from loquet_edge.door.events import DoorEvent

DEBOUNCE = {"leaf": 0.03, "exit": 0.01}
"""Seconds for which a level must be stable: those of ``loquet_edge.config``."""
DAY = 86_400.0
OPENS, CLOSES = 8 * 3600.0, 20 * 3600.0


@dataclass(slots=True)
class Wire:
    """A contact behind its debouncing: told only when its level has been stable."""

    level: bool = False
    told: bool = False
    turns: int = 0


@dataclass(slots=True)
class Life:
    """One door through its days: what happens when, and what it told of it."""

    config: DoorConfig
    draw: Random
    now: float = 0.0
    door: Door = field(init=False)
    told: list[Event] = field(default_factory=list)
    passages: int = 0
    _todo: list[tuple[float, int, object]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)
    _wires: dict[str, Wire] = field(default_factory=lambda: {"leaf": Wire(), "exit": Wire()})

    def __post_init__(self) -> None:
        self.door = Door(self.config)
        self._feed(events.Start(False, False, False, False))

    # ---- what the world does --------------------------------------------------------------

    def at(self, seconds: float, what: object) -> None:
        """Have an event happen, or a wire change, at a moment from now on."""
        heapq.heappush(self._todo, (self.now + seconds, next(self._order), what))

    def turn(self, seconds: float, wire: str, level: bool) -> float:
        """Have a contact change and bounce; return when it rests, in seconds from now."""
        for _ in range(self.draw.choice((0, 0, 1, 3, 9))):
            self.at(seconds, (wire, level))
            seconds += self.draw.uniform(0.0001, 0.004)
            self.at(seconds, (wire, not level))
            seconds += self.draw.uniform(0.0001, 0.004)
        self.at(seconds, (wire, level))
        return seconds

    def run(self) -> None:
        """Let everything happen, each deadline of the door in its time."""
        while self._todo:
            at, _, what = heapq.heappop(self._todo)
            self._pass(at)
            self.now = at
            if isinstance(what, tuple):
                self._move(*what)
            elif isinstance(what, Settled):
                self._settle(what)
            else:
                assert isinstance(what, DoorEvent)
                self._feed(what)

    def rest(self, seconds: float) -> None:
        """Let time pass with nobody there."""
        self.run()
        self._pass(self.now + seconds)
        self.now += seconds

    # ---- what the unit makes of it --------------------------------------------------------

    def _move(self, name: str, level: bool) -> None:
        wire = self._wires[name]
        if wire.level == level:
            return
        wire.level, wire.turns = level, wire.turns + 1
        self.at(DEBOUNCE[name], Settled(name, wire.turns))

    def _settle(self, settled: Settled) -> None:
        wire = self._wires[settled.wire]
        if wire.turns != settled.turns or wire.told == wire.level:
            return
        wire.told = wire.level
        if settled.wire == "leaf":
            self._feed(events.LeafOpened() if wire.level else events.LeafClosed())
        else:
            self._feed(events.ExitPressed() if wire.level else events.ExitReleased())

    def _pass(self, until: float) -> None:
        while (due := deadline(self.door)) is not None and due <= until:
            self.now = due
            self._feed(events.TimePassed())

    def _feed(self, event: DoorEvent) -> None:
        self.door, effects = step(self.door, event, self.now)
        self.told += [each.event for each in effects if isinstance(each, Report)]


@dataclass(frozen=True, slots=True)
class Settled:
    """A contact has been stable since its ``turns``-th change, unless it changed again."""

    wire: str
    turns: int


class House:
    """What people do at one door; every method leaves the leaf closed and nobody in the way."""

    def __init__(self, life: Life) -> None:
        self.life, self.draw = life, life.draw
        self._grants = itertools.count()

    @property
    def config(self) -> DoorConfig:
        return self.life.config

    # ---- acts -----------------------------------------------------------------------------

    def grant(self, seconds: float, *, extended: bool = False) -> None:
        """Somebody badges and is let in."""
        name = GrantId(f"g{next(self._grants)}")
        self.life.at(seconds, events.GrantGiven(name, extended))

    def swing(self, begins: float, lasts: float) -> float:
        """The leaf opens and falls shut; return when it rests."""
        self.life.passages += 1
        self.life.turn(begins, "leaf", True)
        shut = self.life.turn(begins + lasts, "leaf", False)
        if self.draw.random() < 0.2:  # a slow leaf meets its frame, springs back, and rests
            self.life.turn(shut + 0.05, "leaf", True)
            shut = self.life.turn(shut + 0.05 + self.draw.uniform(0.06, 0.5), "leaf", False)
        return shut

    def ask_to_leave(self, begins: float) -> float:
        """Begin to leave as this door wants it; return when the leaf can be opened."""
        match self.config.exit:
            case ExitStyle.READER:
                self.life.at(begins, events.ExitAsked())
                return begins
            case ExitStyle.BUTTON | ExitStyle.SENSOR:
                pressed = self.life.turn(begins, "exit", True)
                self.life.turn(pressed + self.draw.uniform(0.1, 2.0), "exit", False)
                return pressed + DEBOUNCE["exit"]
            case ExitStyle.UNSEEN:
                return begins

    # ---- people ---------------------------------------------------------------------------

    def comes(self) -> None:
        """Somebody badges, and goes in within the release, if only just."""
        self.grant(0.0)
        reaches = self.draw.choice((0.3, 1.0, 2.0, self.config.release - 0.01))
        self.swing(reaches, self.draw.uniform(1.5, 6.0))

    def comes_with_others(self) -> None:
        """Several badge one after the other, and the first holds the door for all."""
        count = self.draw.randint(2, 5)
        for at in range(count):
            self.grant(at * 0.8)
        self.swing(0.8 * count + 0.5, min(2.0 + 2.5 * count, self.config.pre_alarm - 1.0))

    def comes_slowly(self) -> None:
        """Somebody who needs longer has an extended release, and uses nearly all of it."""
        self.grant(0.0, extended=True)
        self.swing(self.config.extended_release - 0.5, self.draw.uniform(8.0, 15.0))

    def delivers(self) -> None:
        """The office lets a carrier in with an extended release; the leaf stays open long."""
        self.life.at(0.0, events.CommandRelease(extended=True))
        self.swing(self.draw.uniform(3.0, 14.0), self.config.alarm - 1.0)

    def badges_and_stays_out(self) -> None:
        """Somebody badges, gets a telephone call, and goes away."""
        self.grant(0.0)

    def badges_twice(self) -> None:
        """Somebody was not quick enough, and badges again."""
        self.grant(0.0)
        self.grant(self.config.release + self.draw.uniform(-1.0, 2.0))
        self.swing(self.config.release + 2.5, self.draw.uniform(1.5, 6.0))

    def leaves(self) -> None:
        """Somebody leaves, and opens at once or after a word."""
        may = self.ask_to_leave(0.0)
        self.swing(may + self.draw.choice((0.1, 0.5, 3.0)), self.draw.uniform(1.5, 6.0))

    def leaves_and_holds(self) -> None:
        """Somebody leaves, and holds the door for those who come: some badge, some do not."""
        may = self.ask_to_leave(0.0)
        self.grant(may + 2.0)
        self.swing(may + 0.5, self.draw.uniform(6.0, self.config.pre_alarm - 1.0))

    def crosses(self) -> None:
        """One badges outside while another asks to leave inside."""
        self.grant(0.0)
        may = self.ask_to_leave(self.draw.uniform(-0.5, 1.0) + 0.5)
        self.swing(may + 0.4, self.draw.uniform(2.0, 7.0))

    def forgets_something(self) -> None:
        """Somebody leaves, turns at once and badges in again while the leaf still swings."""
        may = self.ask_to_leave(0.0)
        shut = self.swing(may + 0.5, 2.0)
        self.grant(shut - 1.0)
        self.grant(shut + 1.5)
        self.swing(shut + 2.2, 2.0)

    def airs(self) -> None:
        """The door stands open on purpose while the schedule holds it unlocked."""
        self.life.at(0.0, events.UnlockScheduleBegan())
        shut = self.swing(5.0, 900.0)
        for each in range(10):
            shut = self.swing(shut + 20.0 + each, 3.0)
        self.life.at(shut + 5.0, events.UnlockScheduleEnded())

    HABITS = (
        (comes, 40), (leaves, 30), (comes_with_others, 8), (leaves_and_holds, 8), (crosses, 6),
        (forgets_something, 4), (badges_twice, 4), (badges_and_stays_out, 3), (comes_slowly, 3),
        (delivers, 2),
    )  # fmt: skip


def a_month(config: DoorConfig, seed: int, days: int = 30, visits: int = 60) -> Life:
    """Return the life of a door over so many days with so many visits each."""
    life = Life(config, Random(seed))
    people = House(life)
    habits, weights = zip(*House.HABITS, strict=True)
    for day in range(days):
        life.rest(day * DAY + OPENS - life.now)
        if day % 7 == 2:
            people.airs()
            life.rest(600.0)
        pause = (CLOSES - OPENS) / visits
        for habit in life.draw.choices(habits, weights, k=visits):
            habit(people)
            life.rest(life.draw.uniform(2.0, pause))
    return life
