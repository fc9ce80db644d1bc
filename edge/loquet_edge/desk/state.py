"""What a desk is configured to be, what it is now, what may happen to it, what it asks for."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from loquet_contract.ids import AreaId, DeskId
from loquet_contract.wire.events import DeskEvidence, Event
from loquet_edge.desk.box import Box
from loquet_edge.desk_rules import (
    BADGE_LIMIT,
    DOOR_LIMIT,
    PIR_CONFIRM,
    PIR_HOLD,
    PIR_LONGEST_HOLD,
    PIR_STUCK,
    PRESENCE_HOLD,
    PRESENCE_STUCK,
    SEAT_HOLD,
    SEAT_STUCK,
)


class SensorKind(StrEnum):
    """What watches a desk, the strongest word first; each value is also a ``DeskEvidence``."""

    BADGE = "badge"
    """A reader at the desk: somebody checked in, and has not checked out."""
    SEAT = "seat"
    """A switch in the seat: its level says occupied or not, at any time."""
    PRESENCE = "presence"
    """A radar: sees somebody who sits still too, and takes a moment to be sure of nobody."""
    PIR = "pir"
    """A motion detector: motion says occupied, its absence says nothing for a while."""

    @property
    def evidence(self) -> DeskEvidence:
        return DeskEvidence(self.value)

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return _ORDER.index(self)


_ORDER = tuple(SensorKind)
STRONG = (SensorKind.BADGE, SensorKind.SEAT, SensorKind.PRESENCE)
"""Kinds that see a person who does not move."""


class DeskState(StrEnum):
    """What is known of a desk. That it is reserved is another fact, and not the unit's."""

    FREE = "free"
    OCCUPIED = "occupied"
    AWAY = "away"
    """Nobody is seen, but whoever sat there keeps the desk for a while."""
    UNKNOWN = "unknown"


class InvalidDeskConfig(ValueError):
    """A desk cannot work like this; the message names desk and key and says what to write."""


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """One sensor of a desk; times in seconds.

    ``hold``: how long a desk stays occupied after the last sign. ``stuck_after``: active for
    this long without a break is a fault, not a person. ``silent_after``: only for sensors
    that send frames of their own accord; None for a plain line, which cannot fall silent.
    ``longest_hold``: what the hold grows to while the desk stays occupied; None: it does not.
    ``confirm``: how long a lone sign at a free desk waits for a second one before it is
    forgotten; None: one sign is enough. ``name``: its own among the desk's sensors; else its
    kind's.
    """

    kind: SensorKind
    hold: float
    stuck_after: float
    silent_after: float | None = None
    longest_hold: float | None = None
    confirm: float | None = None
    name: str = ""

    @property
    def id(self) -> str:
        return self.name or self.kind.value


def seat_switch(
    hold: float = SEAT_HOLD, stuck_after: float = SEAT_STUCK, silent_after: float | None = None
) -> SensorConfig:
    """A seat switch."""
    return SensorConfig(SensorKind.SEAT, hold, stuck_after, silent_after)


def presence(
    hold: float = PRESENCE_HOLD,
    stuck_after: float = PRESENCE_STUCK,
    silent_after: float | None = None,
) -> SensorConfig:
    """A radar."""
    return SensorConfig(SensorKind.PRESENCE, hold, stuck_after, silent_after)


def pir(
    hold: float = PIR_HOLD, stuck_after: float = PIR_STUCK, silent_after: float | None = None
) -> SensorConfig:
    """A motion detector with a plain hold."""
    return SensorConfig(SensorKind.PIR, hold, stuck_after, silent_after)


def patient_pir(
    hold: float = PIR_HOLD,
    longest_hold: float = PIR_LONGEST_HOLD,
    confirm: float = PIR_CONFIRM,
    stuck_after: float = PIR_STUCK,
    silent_after: float | None = None,
) -> SensorConfig:
    """A motion detector whose hold grows with the stay, and that does not believe one draught."""
    return SensorConfig(
        SensorKind.PIR, hold, stuck_after, silent_after, max(hold, longest_hold), confirm
    )


def desk_reader(limit: float = BADGE_LIMIT) -> SensorConfig:
    """A reader; who forgot to check out counts as gone after ``limit`` seconds."""
    return SensorConfig(SensorKind.BADGE, limit, limit)


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk and its sensors, each with a name of its own; times in seconds.

    ``away``: how long somebody whom a strong sensor saw leave keeps the desk; 0: not at all.
    ``door``: whether a door tells this desk that it opens and closes, so that who was seen
    behind it closed stays until it opens. ``door_limit``: how long that is believed at most
    without another sign.
    """

    id: DeskId
    area: AreaId
    sensors: tuple[SensorConfig, ...]
    away: float = 0.0
    door: bool = False
    door_limit: float = DOOR_LIMIT

    def __post_init__(self) -> None:
        """Raise InvalidDeskConfig when a time or the set of sensors cannot work."""
        names = [sensor.id for sensor in self.sensors]
        if not names or len(set(names)) != len(names):
            raise InvalidDeskConfig(
                f"desk {self.id!r}: sensors: give one or more, each with a name of its own"
            )
        for sensor in self.sensors:
            for key in ("hold", "stuck_after", "silent_after", "longest_hold", "confirm"):
                self._check(sensor.id, key, getattr(sensor, key))
            if sensor.longest_hold is not None and sensor.longest_hold < sensor.hold:
                raise InvalidDeskConfig(
                    f"desk {self.id!r}: {sensor.id} longest_hold = {sensor.longest_hold:g}: "
                    f"must not be shorter than hold ({sensor.hold:g} s)"
                )
        self._check("desk", "away", self.away or None)
        self._check("desk", "door_limit", self.door_limit)

    def _check(self, what: str, key: str, value: object) -> None:
        if value is None and key in ("silent_after", "longest_hold", "confirm", "away"):
            return
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and value > 0):  # type: ignore[arg-type, operator]
            raise InvalidDeskConfig(
                f"desk {self.id!r}: {what} {key} = {value!r}: "
                "write a number of seconds greater than 0"
            )


# ---- events -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """The first event: the sensors whose level could be read, by name and level.

    ``badge``: who was checked in when the unit stopped, and for how many seconds that still
    counts.
    """

    active: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    badge: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class SensorActive:
    """Seat taken, or somebody seen: a change of level, or a frame that repeats it."""

    sensor: str


@dataclass(frozen=True, slots=True)
class SensorIdle:
    """Seat empty, or motion ended: a change of level, or a frame that repeats it."""

    sensor: str


@dataclass(frozen=True, slots=True)
class SensorLost:
    """The driver says that the sensor cannot be read any more."""

    sensor: str


@dataclass(frozen=True, slots=True)
class Badged:
    """A known badge was held to the desk's reader; ``key`` only tells one from another."""

    key: str


@dataclass(frozen=True, slots=True)
class DoorMoved:
    """The door of the room opened or closed; the first one says how it stands."""

    open: bool


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time; due at ``deadline``."""


DeskEvent = Start | SensorActive | SensorIdle | SensorLost | Badged | DoorMoved | TimePassed


# ---- effects ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Append this fact to the journal.

    ``ends``: the monotonic second of the fact's ``until``, which only a clock can turn to UTC.
    """

    event: Event
    ends: float | None = None


DeskEffect = Report


# ---- state --------------------------------------------------------------------------------


class Phase(StrEnum):
    """What one sensor has to say."""

    UNHEARD = "unheard"
    """Nothing yet."""
    WAITING = "waiting"
    """Idle, but not for long enough to mean anything."""
    DOUBTED = "doubted"
    """Active at a free desk, and alone with it: not believed yet."""
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
    """A desk now; times in monotonic seconds. Made with ``Desk.new``, then given ``Start``."""

    config: DeskConfig
    sensors: tuple[Sensor, ...]
    state: DeskState = DeskState.UNKNOWN
    evidence: DeskEvidence = DeskEvidence.STARTED
    started: bool = False
    time: float = -math.inf
    """The latest time seen; time never runs backwards here."""
    since: float = -math.inf
    """Since when somebody has been there, small gaps included; as of the latest occupation."""
    freed_at: float = -math.inf
    best: SensorKind | None = None
    """The strongest kind that has seen whoever is there."""
    away_until: float | None = None
    doubt_at: float | None = None
    """When the sign came that waits for a second one."""
    badge: str | None = None
    """Who is checked in."""
    badged_by: str | None = None
    """Who badged last, in or out."""
    badged_at: float = -math.inf
    box: Box = field(default_factory=Box)

    @classmethod
    def new(cls, config: DeskConfig) -> "Desk":
        return cls(config, tuple(Sensor(sensor) for sensor in config.sensors))
