"""What a counter is configured to be, what it is now, what may happen to it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.ids import CounterId, DoorId


class Beam(StrEnum):
    """One of the two; who comes in breaks the outer one first."""

    OUTER = "outer"
    INNER = "inner"


class InvalidCounterConfig(ValueError):
    """A counter cannot work like this; the message names counter and key."""


@dataclass(frozen=True, slots=True)
class CounterConfig:
    """Two beams at a door; times in seconds.

    ``longest``: a passage that takes longer counts nothing. ``stuck``: a beam that is broken
    for longer sees no people.
    """

    id: CounterId
    door: DoorId
    longest: float = 8.0
    stuck: float = 60.0

    def __post_init__(self) -> None:
        """Raise InvalidCounterConfig when a time cannot work."""
        for key in ("longest", "stuck"):
            value = getattr(self, key)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and math.isfinite(value) and value > 0):
                raise InvalidCounterConfig(
                    f"counter {self.id!r}: {key} = {value!r}: "
                    "write a number of seconds greater than 0"
                )


# ---- events -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """The first event: the beams that are broken."""

    broken: frozenset[Beam] = frozenset()


@dataclass(frozen=True, slots=True)
class BeamBroken:
    """Something is in the beam."""

    beam: Beam


@dataclass(frozen=True, slots=True)
class BeamClear:
    """Nothing is in the beam any more."""

    beam: Beam


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time; due at ``deadline``."""


CounterEvent = Start | BeamBroken | BeamClear | TimePassed


# ---- state --------------------------------------------------------------------------------


Look = frozenset[Beam]
"""The beams that are broken at one moment."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter now; times in monotonic seconds. Made with its config, then given ``Start``."""

    config: CounterConfig
    broken: Look = frozenset()
    path: tuple[Look, ...] | None = ()
    """What was seen since both beams were last clear; None: nothing that could still count."""
    began: float = 0.0
    """When the first of the beams that are broken now was broken."""
    alone: int = 0
    """Passages in a row, by sign, in which one beam was broken and the other never was:
    above zero the outer one alone, below zero the inner one."""
    lost: str | None = None
    """Why the counter does not see; None if it does."""
    time: float = -math.inf
