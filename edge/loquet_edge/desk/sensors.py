"""What one sensor of a desk makes of a level, a frame or the time."""

from dataclasses import replace

from loquet_edge.desk.state import Desk, Phase, Sensor, SensorKind

RETURN_SECONDS = 180.0
"""A desk freed less than this ago was more likely left too early by us than by its person."""
ECHO_SECONDS = 20.0
"""A second sign counts when it comes at least this long after the first: one draught can make
a detector fire twice."""
STEADY_SECONDS = 45.0
"""A lone detector that sees motion for this long without a break needs no second sign."""
GROWTH = 0.2
"""Seconds by which a hold grows for each second of the stay: two minutes more after ten."""
SOMEBODY = (Phase.ACTIVE, Phase.HOLDING)
_LEVELS = (SensorKind.SEAT, SensorKind.BADGE)
"""Kinds whose first idle level is a sign of nobody at once."""


def hear(sensor: Sensor, now: float) -> Sensor:
    """Return the sensor with its time to fall silent begun anew."""
    silent_after = sensor.config.silent_after
    return sensor if silent_after is None else replace(sensor, silent_at=now + silent_after)


def lose(sensor: Sensor) -> Sensor:
    """Return the sensor as one that cannot be read; whoever checked in stays so until the end."""
    until = sensor.until if checked_in(sensor) else None
    return replace(sensor, phase=Phase.LOST, until=until, silent_at=None)


def checked_in(sensor: Sensor) -> bool:
    """True for a reader whose check-in has not ended, though it may be lost meanwhile."""
    reader = sensor.config.kind is SensorKind.BADGE
    return reader and sensor.phase in (Phase.HOLDING, Phase.LOST) and sensor.until is not None


def activate(sensor: Sensor, now: float) -> Sensor:
    """Return the sensor after a believed sign of somebody."""
    if sensor.phase in (Phase.ACTIVE, Phase.STUCK):
        return sensor
    return replace(sensor, phase=Phase.ACTIVE, until=now + sensor.config.stuck_after)


def doubt(sensor: Sensor, now: float) -> Sensor:
    """Return the sensor after a sign that is not believed yet."""
    if sensor.phase is Phase.DOUBTED:
        return sensor
    return replace(sensor, phase=Phase.DOUBTED, until=now + STEADY_SECONDS)


def rest(sensor: Sensor, desk: Desk, now: float) -> Sensor:
    """Return the sensor after it went idle, or said again that it is."""
    if sensor.phase in (Phase.HOLDING, Phase.WAITING, Phase.QUIET):
        return sensor
    if checked_in(sensor):
        return replace(sensor, phase=Phase.HOLDING)
    if sensor.phase is Phase.ACTIVE:
        return replace(sensor, phase=Phase.HOLDING, until=now + hold_of(sensor, desk, now))
    if sensor.phase is Phase.DOUBTED or sensor.config.kind in _LEVELS:
        return replace(sensor, phase=Phase.QUIET, until=None)
    return replace(sensor, phase=Phase.WAITING, until=now + sensor.config.hold)


def hold_of(sensor: Sensor, desk: Desk, now: float) -> float:
    """Return for how many seconds a sign of this sensor holds, after the stay so far."""
    config = sensor.config
    if config.longest_hold is None:
        return config.hold
    return min(config.longest_hold, config.hold + GROWTH * max(0.0, now - desk.since))


def expire(sensor: Sensor, now: float) -> Sensor:
    """Return the sensor with what has ended by ``now`` ended."""
    if sensor.silent_at is not None and sensor.silent_at <= now:
        return lose(sensor)
    if sensor.until is None or sensor.until > now:
        return sensor
    if sensor.phase is Phase.DOUBTED:
        return activate(sensor, now)
    if sensor.phase is Phase.LOST:
        return replace(sensor, until=None)
    phase = Phase.STUCK if sensor.phase is Phase.ACTIVE else Phase.QUIET
    return replace(sensor, phase=phase, until=None)


def yield_to(stronger: SensorKind, sensor: Sensor) -> Sensor:
    """Return the sensor, its hold dropped if a stronger one has just seen somebody go."""
    if sensor.phase is Phase.HOLDING and sensor.config.kind.rank > stronger.rank:
        return replace(sensor, phase=Phase.QUIET, until=None)
    return sensor
