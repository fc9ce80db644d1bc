"""What a desk is configured to be, what it is now, what may happen to it, what it asks for."""

import math
from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.ids import AreaId, DeskId
from loquet_contract.wire.events import DeskEvidence, Event


class SensorKind(StrEnum):
    """What watches a desk; each value is also a ``DeskEvidence``."""

    SEAT = "seat"
    """A switch in the seat: its level says occupied or not, at any time."""
    PIR = "pir"
    """A motion detector: motion says occupied, its absence says nothing for a while."""

    @property
    def evidence(self) -> DeskEvidence:
        return DeskEvidence(self.value)


class DeskState(StrEnum):
    """What is known of a desk. Away and reserved will join them."""

    FREE = "free"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"


class InvalidDeskConfig(ValueError):
    """A desk cannot work like this; the message names desk and key and says what to write."""


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """One sensor of a desk; times in seconds.

    ``hold``: how long a desk stays occupied after the last sign. ``stuck_after``: active for
    this long without a break is a fault, not a person. ``silent_after``: only for sensors
    that send frames of their own accord; None for a plain line, which cannot fall silent.
    """

    kind: SensorKind
    hold: float
    stuck_after: float
    silent_after: float | None = None


def seat_switch(
    hold: float = 10.0, stuck_after: float = 57_600.0, silent_after: float | None = None
) -> SensorConfig:
    """A seat switch; by default 16 hours of unbroken sitting is a bag or a short circuit."""
    return SensorConfig(SensorKind.SEAT, hold, stuck_after, silent_after)


def pir(
    hold: float = 300.0, stuck_after: float = 3_600.0, silent_after: float | None = None
) -> SensorConfig:
    """A motion detector; by default an hour of unbroken motion is a fan or a broken sensor."""
    return SensorConfig(SensorKind.PIR, hold, stuck_after, silent_after)


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk and its sensors, at most one of each kind and at least one."""

    id: DeskId
    area: AreaId
    sensors: tuple[SensorConfig, ...]

    def __post_init__(self) -> None:
        """Raise InvalidDeskConfig when a time or the set of sensors cannot work."""
        kinds = [sensor.kind for sensor in self.sensors]
        if not kinds or len(set(kinds)) != len(kinds):
            raise InvalidDeskConfig(
                f"desk {self.id!r}: sensors: give one or more, each of a different kind"
            )
        for sensor in self.sensors:
            for key in ("hold", "stuck_after", "silent_after"):
                self._check(sensor, key)

    def _check(self, sensor: SensorConfig, key: str) -> None:
        value = getattr(sensor, key)
        if value is None and key == "silent_after":
            return
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and value > 0):
            raise InvalidDeskConfig(
                f"desk {self.id!r}: {sensor.kind} {key} = {value!r}: "
                "write a number of seconds greater than 0"
            )


# ---- events -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """The first event: the sensors whose level could be read, by level."""

    active: frozenset[SensorKind] = frozenset()
    idle: frozenset[SensorKind] = frozenset()


@dataclass(frozen=True, slots=True)
class SensorActive:
    """Seat taken, or motion seen: a change of level, or a frame that repeats it."""

    kind: SensorKind


@dataclass(frozen=True, slots=True)
class SensorIdle:
    """Seat empty, or motion ended: a change of level, or a frame that repeats it."""

    kind: SensorKind


@dataclass(frozen=True, slots=True)
class SensorLost:
    """The driver says that the sensor cannot be read any more."""

    kind: SensorKind


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time; due at ``deadline``."""


DeskEvent = Start | SensorActive | SensorIdle | SensorLost | TimePassed


# ---- effects ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Append this fact to the journal."""

    event: Event


DeskEffect = Report


# ---- state --------------------------------------------------------------------------------


class Phase(StrEnum):
    """What one sensor has to say."""

    UNHEARD = "unheard"
    """Nothing yet."""
    WAITING = "waiting"
    """Idle, but not for long enough to mean anything."""
    ACTIVE = "active"
    HOLDING = "holding"
    """Idle again; the last sign still counts."""
    QUIET = "quiet"
    """Idle for long enough: nobody."""
    LOST = "lost"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor now. ``until`` ends its phase; ``silent_at`` is when it counts as lost."""

    config: SensorConfig
    phase: Phase = Phase.UNHEARD
    until: float | None = None
    silent_at: float | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk now. Made with ``Desk.new(config)``, then given ``Start``."""

    config: DeskConfig
    sensors: tuple[Sensor, ...]
    state: DeskState = DeskState.UNKNOWN
    evidence: DeskEvidence = DeskEvidence.STARTED
    started: bool = False
    time: float = -math.inf
    """The latest time seen; time never runs backwards here."""

    @classmethod
    def new(cls, config: DeskConfig) -> "Desk":
        return cls(config, tuple(Sensor(sensor) for sensor in config.sensors))
