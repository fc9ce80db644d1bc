"""Days in a room, made up but plausible: who was really there, and what sensors would have said.

People come, work, talk, read without moving, go for lunch and coffee, and leave; somebody cleans
in the evening; draughts set off motion detectors in empty rooms; sensors die or stick. The same
seed gives the same day. Times are seconds after midnight.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
Span = tuple[float, float]
"""From, until."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody sits: seconds between two movements that a detector sees, usually and at most.

    ``deep``: the share of pauses that are long, as when reading.
    """

    pause: float
    deep: float
    longest: float


TALKING: Final = Habit(12.0, 0.0, 60.0)
TYPING: Final = Habit(35.0, 0.01, 300.0)
READING: Final = Habit(70.0, 0.05, 480.0)
HABITS: Final = (TALKING, TYPING, TYPING, READING, READING)


class Fault(StrEnum):
    """What may happen to a sensor."""

    DEAD = "dead"
    """Says nothing from some time on; its line stays idle."""
    STUCK = "stuck"
    """Active from some time on, without an end."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """``kind``: seat, presence or pir. ``sees``: the share of movements that it notices."""

    name: str
    kind: str
    sees: float = 0.9


@dataclass(frozen=True, slots=True)
class Sign:
    """A sensor's change."""

    at: float
    sensor: str
    active: bool


@dataclass(frozen=True, slots=True)
class Day:
    """What the sensors said, in order, and how many people were there from when on."""

    signs: tuple[Sign, ...]
    truth: tuple[tuple[float, int], ...]

    def people(self, at: float) -> int:
        """Return how many people are there at a time."""
        return next((count for since, count in reversed(self.truth) if since <= at), 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a day is made of."""

    people: int = 1
    draughts: int = 4
    cleaner: bool = True
    faults: dict[str, Fault] = field(default_factory=dict)


TWO_DETECTORS: Final = (Sensor("window", "pir", 0.9), Sensor("door", "pir", 0.5))


def made_day(seed: int, plan: Plan, sensors: Sequence[Sensor] = TWO_DETECTORS) -> Day:
    """Return one day of a room."""
    draw = random.Random(seed)
    stays = [(span, draw.choice(HABITS)) for _ in range(plan.people) for span in _stays(draw)]
    if plan.cleaner:
        start = draw.uniform(19.5 * HOUR, 21.5 * HOUR)
        stays.append(((start, start + draw.uniform(3, 9) * MINUTE), TALKING))
    movements = sorted(at for span, habit in stays for at in _movements(draw, span, habit))
    empty = _without(stays)
    signs: list[Sign] = []
    for sensor in sensors:
        spans = _seen(draw, sensor, stays, movements)
        spans += [span for each in _draughts(draw, plan, empty) for span in each if _is_pir(sensor)]
        signs += _signs(draw, sensor.name, spans, plan.faults.get(sensor.name))
    return Day(tuple(sorted(signs, key=lambda sign: sign.at)), _truth(span for span, _ in stays))


def breaks(draw: random.Random) -> Iterator[Span]:
    """Yield for how long somebody sits, and then is gone for a moment, in minutes, for ever."""
    while True:
        yield draw.uniform(25, 95), draw.triangular(2, 18, 5)


def pauses(draw: random.Random, habit: Habit) -> Iterator[float]:
    """Yield the seconds between movements of somebody who sits, for ever."""
    while True:
        if draw.random() < habit.deep:
            yield draw.uniform(2 * habit.pause, habit.longest)
        else:
            yield min(habit.longest, draw.expovariate(1 / habit.pause))


# ---- people -------------------------------------------------------------------------------


def _stays(draw: random.Random) -> Iterator[Span]:
    """Yield when one person is in the room: lunch outside, and a few breaks."""
    at = draw.triangular(7.5 * HOUR, 11 * HOUR, 9 * HOUR)
    end = at + draw.uniform(4, 9) * HOUR
    lunch = draw.uniform(12 * HOUR, 13.5 * HOUR)
    for sits, gone in breaks(draw):
        until = min(end, at + sits * MINUTE)
        if at < lunch <= until:
            until, gone, lunch = lunch, draw.uniform(30, 80), DAY
        yield at, until
        at = until + gone * MINUTE
        if at >= end:
            return


def _movements(draw: random.Random, span: Span, habit: Habit) -> Iterator[float]:
    """Yield when somebody moves: across the room first and last, and now and then between."""
    start, end = span
    for offset in range(0, 30, 4):
        yield start + offset
        yield max(start, end - offset)
    at = start
    for pause in pauses(draw, habit):
        at += pause
        if at >= end:
            return
        yield at


def _without(stays: Iterable[tuple[Span, Habit]]) -> list[Span]:
    """Return when nobody is there, apart from the minutes just after somebody left."""
    empty, at = [], 0.0
    for start, end in sorted(span for span, _ in stays):
        if start - at > 30 * MINUTE:
            empty.append((at + 10 * MINUTE, start - 10 * MINUTE))
        at = max(at, end)
    return [*empty, (at + 10 * MINUTE, DAY)] if at < DAY - 30 * MINUTE else empty


def _truth(spans: Iterable[Span]) -> tuple[tuple[float, int], ...]:
    changes: dict[float, int] = {0.0: 0}
    for start, end in spans:
        changes[start] = changes.get(start, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    count, found = 0, []
    for at in sorted(changes):
        count += changes[at]
        found.append((at, count))
    return tuple(found)


# ---- sensors ------------------------------------------------------------------------------


def _is_pir(sensor: Sensor) -> bool:
    return sensor.kind == "pir"


def _seen(
    draw: random.Random,
    sensor: Sensor,
    stays: Iterable[tuple[Span, Habit]],
    movements: Iterable[float],
) -> list[Span]:
    """Return when a sensor is active because somebody is there."""
    if _is_pir(sensor):
        return [(at, at + draw.uniform(3, 8)) for at in movements if draw.random() < sensor.sees]
    late, lapse = (2.0, 2.0) if sensor.kind == "seat" else (5.0, 12.0)
    found: list[Span] = []
    for (start, end), _ in stays:
        at = start + draw.uniform(0.5, late)
        while at < end:  # whoever leans forward leaves the seat for a second
            until = min(end, at + draw.expovariate(1 / (20 * MINUTE)))
            found.append((at, until))
            at = until + draw.uniform(0.5, lapse)
    return found


def _draughts(draw: random.Random, plan: Plan, empty: Sequence[Span]) -> list[list[Span]]:
    """Return false signs of motion: most alone, some twice within seconds."""
    found: list[list[Span]] = []
    for _ in range(plan.draughts if empty else 0):
        start, end = draw.choice(empty)
        at = draw.uniform(start, max(start, end))
        echo = [(at + 9, at + 12)] if draw.random() < 0.25 else []
        found.append([(at, at + draw.uniform(2, 5)), *echo])
    return found


def _signs(
    draw: random.Random, name: str, spans: Sequence[Span], fault: Fault | None
) -> Iterator[Sign]:
    at = draw.uniform(6 * HOUR, 20 * HOUR) if fault else DAY
    for start, end in _merged(spans):
        if start < at:
            yield Sign(start, name, True)
            yield Sign(min(end, at), name, False)
    if fault is Fault.STUCK:
        yield Sign(at, name, True)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans in order, those that touch as one."""
    begun: Span | None = None
    for start, end in sorted(spans):
        if begun is not None and start <= begun[1]:
            begun = begun[0], max(end, begun[1])
            continue
        if begun is not None:
            yield begun
        begun = start, end
    if begun is not None:
        yield begun
