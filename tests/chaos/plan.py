"""Which fault strikes whom, when and for how long: all of it from one seed, before it begins."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be done to a town. Those of one ``Stroke.place`` never meet."""

    KILL_DOOR = "SIGKILL door"
    KILL_LINK = "SIGKILL link"
    KILL_LOCKGUARD = "SIGKILL lockguard"
    KILL_LIGHT = "SIGKILL a process of light units"
    KILL_SERVER = "SIGKILL server"
    KILL_BROKER = "SIGKILL broker"
    KILL_DATABASE = "SIGKILL PostgreSQL postmaster"
    HANG_SERVER = "SIGSTOP server"
    HANG_BROKER = "SIGSTOP broker"
    CUT = "cable cut (reset)"
    STALL = "cable stalled"
    TEAR = "cable that breaks connections"
    DELAY = "cable with delay"
    LOSS = "packets lost (nftables)"
    SILENCE = "partition without a word (nftables)"
    CLOCK = "clock jump"
    ADRIFT = "clock no longer synchronised"
    UNIT_DISK = "unit's disk full"
    SERVER_DISK = "server's disk full"
    SLOW_DISK = "unit's disk slow (5 s a sync)"


OFFICE = (
    Kind.KILL_SERVER, Kind.KILL_BROKER, Kind.KILL_DATABASE, Kind.HANG_SERVER, Kind.HANG_BROKER,
    Kind.SERVER_DISK,
)  # fmt: skip
WHOLE_ONLY = (Kind.KILL_DOOR, Kind.KILL_LINK, Kind.KILL_LOCKGUARD, Kind.ADRIFT, Kind.SLOW_DISK)
LINES = (Kind.CUT, Kind.STALL, Kind.TEAR, Kind.DELAY, Kind.LOSS, Kind.SILENCE)
PACKETS = (Kind.LOSS, Kind.SILENCE)
STEPS = (-86_400 * 3650, -86_400, -3600, -130, 90, 3600, 86_400 * 2)
"""Seconds by which clocks jump: ten years back is a clock without a battery."""
RECOVERY_SECONDS = 6.0
"""Between two strokes at the office: long enough that it is at work again in between."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One fault; times are seconds since the beginning."""

    at: float
    kind: Kind
    victims: tuple[str, ...]
    seconds: float
    number: int
    """What else has to be drawn: a clock's step, per cent of packets."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom there is to strike."""

    whole: Sequence[str]
    light: Sequence[str]
    processes: Sequence[str]


def plan(seed: int, seconds: float, cast: Cast, kinds: Sequence[Kind]) -> list[Stroke]:
    """Return the strokes of a run, in order: every kind once, then as it comes."""
    draw = random.Random(seed)
    found: list[Stroke] = []
    busy: dict[str, float] = {}
    for kind, at in zip(_kinds(draw, kinds), _moments(draw, seconds), strict=False):
        stroke = _stroke(draw, kind, at, min(6.0, seconds / 8), cast)
        places = _places(stroke)
        if any(busy.get(place, 0.0) > at for place in places):
            continue
        rest = RECOVERY_SECONDS if kind in OFFICE else 1.0
        busy |= dict.fromkeys(places, at + stroke.seconds + rest)
        found.append(stroke)
    return found


def _kinds(draw: random.Random, kinds: Sequence[Kind]) -> Iterator[Kind]:
    while True:
        yield from draw.sample(list(kinds), len(kinds))


def _moments(draw: random.Random, seconds: float) -> Iterator[float]:
    at = 0.0
    while at < seconds:
        yield at
        at += draw.expovariate(1.0)


def _stroke(draw: random.Random, kind: Kind, at: float, longest: float, cast: Cast) -> Stroke:
    lasts, number = 1.0 + draw.random() * longest, 0
    everybody = [*cast.whole, *cast.light]
    victims: Sequence[str] = ()
    if kind in WHOLE_ONLY:
        victims = [draw.choice(cast.whole)]
    elif kind in LINES:
        victims = draw.sample(everybody, draw.randrange(1, max(2, len(everybody) // 3)))
        number = draw.randrange(5, 40)
    elif kind is Kind.CLOCK:
        victims, number = draw.sample(everybody, min(3, len(everybody))), draw.choice(STEPS)
    elif kind is Kind.UNIT_DISK:
        victims = [draw.choice([*cast.whole, *cast.processes])]
    elif kind is Kind.KILL_LIGHT:
        victims = [draw.choice(cast.processes)]
    return Stroke(at, kind, tuple(victims), lasts, number)


def _places(stroke: Stroke) -> list[str]:
    """Return what a stroke holds: nobody else may touch it meanwhile."""
    if stroke.kind in OFFICE:
        return ["office"]
    what = "line" if stroke.kind in LINES else str(stroke.kind)
    return [f"{what} {victim}" for victim in stroke.victims]
