"""The desk: occupied, free or unknown, from sensors that know less than they seem to.

How it thinks.

*Each sensor has a phase of its own.* Active is a sign of somebody. When it ends, the sign
holds for a while, since people lean forward and sit still; then the sensor is quiet, which is
a sign of nobody. A seat switch shows a level, so its first idle level is a sign at once. A
motion detector that is idle has merely seen nothing yet: at the start, or when it comes back,
it waits for its hold time before its silence means anything.

*A sensor that says nothing says nothing.* One that sends frames and falls silent is lost; one
that its driver gave up is lost; one that is active for longer than a person can sit is stuck
until it is idle again. Lost and stuck are never free: an empty frame buffer is not an empty chair.

*The desk is the sum.* Any sign of somebody makes it occupied. With no such sign it is free
only if every one of its sensors says nobody; while one is unheard, waiting, lost or stuck, it
is unknown, and says why. A report is made when the state changes, or why it is unknown.

*Time* never runs backwards: an older ``now`` counts as the latest one seen. Deadlines that
passed are run first, in order, each at its own time, before the event. Repeated and
impossible events, as from a bouncing switch or for a sensor the desk lacks, do nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from loquet_contract.wire import events as facts
from loquet_contract.wire.events import DeskEvidence, Event
from loquet_edge.desk.state import (
    Desk,
    DeskEffect,
    DeskEvent,
    DeskState,
    Phase,
    Report,
    Sensor,
    SensorActive,
    SensorIdle,
    SensorKind,
    SensorLost,
    Start,
    TimePassed,
)

_SOMEBODY = (Phase.ACTIVE, Phase.HOLDING)


def step(desk: Desk, event: DeskEvent, now: float) -> tuple[Desk, tuple[DeskEffect, ...]]:
    """The desk after ``event`` at monotonic ``now`` seconds, and what is to be reported."""
    now = now if now > desk.time else desk.time
    told = list[Event]()
    while (at := deadline(desk)) is not None and at <= now:
        expired = replace(desk, sensors=tuple(_expire(each, at) for each in desk.sensors))
        desk, news = _conclude(desk, expired, ended=True)
        told += news
    desk, news = _conclude(desk, _turn(desk, event, now), ended=False)
    told += news
    return replace(desk, time=now), tuple(Report(fact) for fact in told)


def deadline(desk: Desk) -> float | None:
    """When ``step(desk, TimePassed(), now)`` is due, in monotonic seconds; None: not at all."""
    return min(_deadlines(desk.sensors), default=None)


def _deadlines(sensors: Iterable[Sensor]) -> Iterator[float]:
    for sensor in sensors:
        for at in (sensor.until, sensor.silent_at):
            if at is not None:
                yield at


def _expire(sensor: Sensor, now: float) -> Sensor:
    if sensor.silent_at is not None and sensor.silent_at <= now:
        return _lose(sensor)
    if sensor.until is None or sensor.until > now:
        return sensor
    phase = Phase.STUCK if sensor.phase is Phase.ACTIVE else Phase.QUIET
    return replace(sensor, phase=phase, until=None)


def _turn(desk: Desk, event: DeskEvent, now: float) -> Desk:
    match event:
        case Start():
            return _start(desk, event, now)
        case SensorActive(kind):
            return _update(desk, kind, lambda sensor: _activate(_hear(sensor, now), now))
        case SensorIdle(kind):
            return _update(desk, kind, lambda sensor: _rest(_hear(sensor, now), now))
        case SensorLost(kind):
            return _update(desk, kind, _lose)
        case TimePassed():
            return desk


def _start(desk: Desk, event: Start, now: float) -> Desk:
    if desk.started:
        return desk
    sensors = []
    for sensor in desk.sensors:
        heard = _hear(sensor, now)
        if sensor.config.kind in event.active:
            heard = _activate(heard, now)
        elif sensor.config.kind in event.idle:
            heard = _rest(heard, now)
        sensors.append(heard)
    return replace(desk, sensors=tuple(sensors), started=True)


def _update(desk: Desk, kind: SensorKind, change: Callable[[Sensor], Sensor]) -> Desk:
    sensors = (change(each) if each.config.kind is kind else each for each in desk.sensors)
    return replace(desk, sensors=tuple(sensors))


def _hear(sensor: Sensor, now: float) -> Sensor:
    silent_after = sensor.config.silent_after
    return sensor if silent_after is None else replace(sensor, silent_at=now + silent_after)


def _activate(sensor: Sensor, now: float) -> Sensor:
    if sensor.phase in (Phase.ACTIVE, Phase.STUCK):
        return sensor
    return replace(sensor, phase=Phase.ACTIVE, until=now + sensor.config.stuck_after)


def _rest(sensor: Sensor, now: float) -> Sensor:
    if sensor.phase in (Phase.HOLDING, Phase.WAITING, Phase.QUIET):
        return sensor
    if sensor.phase is Phase.ACTIVE:
        return replace(sensor, phase=Phase.HOLDING, until=now + sensor.config.hold)
    if sensor.config.kind is SensorKind.SEAT:
        return replace(sensor, phase=Phase.QUIET, until=None)
    return replace(sensor, phase=Phase.WAITING, until=now + sensor.config.hold)


def _lose(sensor: Sensor) -> Sensor:
    return replace(sensor, phase=Phase.LOST, until=None, silent_at=None)


# ---- the sum of the sensors ---------------------------------------------------------------


def _conclude(before: Desk, desk: Desk, *, ended: bool) -> tuple[Desk, tuple[Event, ...]]:
    """Tell the state when it changed, or why it is unknown; ``ended``: time alone did it."""
    state = _sum(desk.sensors)
    if state is before.state and state is not DeskState.UNKNOWN:
        return desk, ()
    evidence = _evidence(desk.sensors, state, ended=ended)
    first = desk.started and not before.started
    if state is before.state and evidence is before.evidence and not first:
        return desk, ()
    return replace(desk, state=state, evidence=evidence), (_fact(desk, state, evidence),)


def _sum(sensors: tuple[Sensor, ...]) -> DeskState:
    if any(sensor.phase in _SOMEBODY for sensor in sensors):
        return DeskState.OCCUPIED
    quiet = all(sensor.phase is Phase.QUIET for sensor in sensors)
    return DeskState.FREE if quiet else DeskState.UNKNOWN


def _evidence(sensors: tuple[Sensor, ...], state: DeskState, *, ended: bool) -> DeskEvidence:
    phases = {sensor.phase for sensor in sensors}
    if state is DeskState.OCCUPIED:
        return next(each.config.kind for each in sensors if each.phase in _SOMEBODY).evidence
    if state is DeskState.FREE:
        return DeskEvidence.HOLD_ENDED if ended else DeskEvidence.SEAT
    if Phase.LOST in phases:
        return DeskEvidence.SILENT
    return DeskEvidence.STUCK if Phase.STUCK in phases else DeskEvidence.STARTED


def _fact(desk: Desk, state: DeskState, evidence: DeskEvidence) -> Event:
    kinds: dict[DeskState, type[facts.DeskOccupied | facts.DeskFreed | facts.DeskUnknown]] = {
        DeskState.OCCUPIED: facts.DeskOccupied,
        DeskState.FREE: facts.DeskFreed,
        DeskState.UNKNOWN: facts.DeskUnknown,
    }
    return kinds[state](desk.config.id, desk.config.area, evidence)
