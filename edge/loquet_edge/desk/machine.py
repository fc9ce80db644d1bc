"""The desk: occupied, free, away or unknown, from sensors that know less than they seem to.

How it thinks.

*Each sensor has a phase of its own.* Active is a sign of somebody. When it ends, the sign
holds for a while, since people lean forward and sit still; then the sensor is quiet, which is
a sign of nobody. A seat switch shows a level, so its first idle level is a sign at once. A
motion detector that is idle has merely seen nothing yet: at the start, or when it comes back,
it waits for its hold time before its silence means anything.

*A sensor that says nothing says nothing.* One that sends frames and falls silent is lost; one
that its driver gave up is lost; one that is active for longer than a person can sit is stuck
until it is idle again. Lost and stuck are never free: an empty frame buffer is not an empty chair.

*The desk is the sum.* Any sign of somebody makes it occupied, and the strongest one is its
reason: badge or seat, then radar, then motion, then the closed door of the room. With no such
sign it is free only if every one of its sensors says nobody; while one is unheard, waiting, lost
or stuck, it is unknown, and says why. (A reader that is lost takes nothing from a desk that has
sensors too: nobody must check in. Whoever had checked in still is when it comes back in time.)
A report is made when the state changes, or why it is unknown.

*The stronger word stands.* Nothing weaker contradicts a check-in or a seat that is taken. And
when a stronger sensor has seen somebody go, what weaker ones merely still hold is dropped; what
they see from then on counts again.

*A patient motion detector* doubts and trusts as a person would. At a desk that has been free for
a while, one lone sign is a draught until a second one follows. The longer the stay, the longer
a silence is forgiven. And who is seen again right after the desk was freed had never left.

*Away* is a courtesy to who was surely there: when a badge's, seat's or radar's sign ends after a
real stay, the desk is kept for a while, with a countdown, before it is free. Checking out ends
a stay for good.

*Time* never runs backwards: an older ``now`` counts as the latest one seen. Deadlines that
passed are run first, in order, each at its own time, before the event. Repeated and
impossible events, as from a bouncing switch or for a sensor the desk lacks, do nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from loquet_edge.desk.box import Box, box_expired, door_moved, person_seen
from loquet_edge.desk.sensors import (
    ECHO_SECONDS,
    RETURN_SECONDS,
    activate,
    checked_in,
    doubt,
    expire,
    hear,
    hold_of,
    lose,
    rest,
    yield_to,
)
from loquet_edge.desk.state import (
    Badged,
    Desk,
    DeskConfig,
    DeskEffect,
    DeskEvent,
    DeskState,
    DoorMoved,
    Phase,
    Sensor,
    SensorActive,
    SensorIdle,
    SensorKind,
    SensorLost,
    Start,
    TimePassed,
)
from loquet_edge.desk.sum import conclude

BOUNCE_SECONDS = 3.0
"""The same badge again within this time was held to the reader once."""


def step(desk: Desk, event: DeskEvent, now: float) -> tuple[Desk, tuple[DeskEffect, ...]]:
    """The desk after ``event`` at monotonic ``now`` seconds, and what is to be reported."""
    now = now if now > desk.time else desk.time
    told = list[DeskEffect]()
    while (at := deadline(desk)) is not None and at <= now:
        desk, news = conclude(desk, _expire(desk, at), at, ended=True)
        told += news
    desk, news = conclude(desk, _turn(desk, event, now), now, ended=False)
    told += news
    return replace(desk, time=now), tuple(told)


def refit(desk: Desk, config: DeskConfig, now: float) -> tuple[Desk, tuple[DeskEffect, ...]]:
    """The desk with other sensors; those that stay as they are keep what they know.

    A desk that was never told to start begins with this.
    """
    if desk.started and desk.config == config:
        return desk, ()
    now = now if now > desk.time else desk.time
    known = {each.config: each for each in desk.sensors}
    sensors = tuple(known.get(each) or Sensor(each) for each in config.sensors)
    box = desk.box if config.door else Box()
    after = replace(desk, config=config, sensors=sensors, started=True, box=box)
    desk, news = conclude(desk, after, now, ended=False)
    return replace(desk, time=now), news


def deadline(desk: Desk) -> float | None:
    """When ``step(desk, TimePassed(), now)`` is due, in monotonic seconds; None: not at all."""
    return min(_deadlines(desk), default=None)


def _deadlines(desk: Desk) -> Iterator[float]:
    for at in (desk.away_until, desk.box.until):
        if at is not None:
            yield at
    for sensor in desk.sensors:
        for at in (sensor.until, sensor.silent_at):
            if at is not None:
                yield at


def _expire(desk: Desk, now: float) -> Desk:
    sensors = tuple(expire(each, now) for each in desk.sensors)
    box = box_expired(desk.box, now)
    for before, after in zip(desk.sensors, sensors, strict=True):
        if before.phase is Phase.HOLDING and after.phase is Phase.QUIET:
            sensors = tuple(yield_to(before.config.kind, each) for each in sensors)
        if before.phase is Phase.DOUBTED and after.phase is Phase.ACTIVE:
            box = person_seen(box, now, desk.config.door_limit)
    away = None if desk.away_until is not None and desk.away_until <= now else desk.away_until
    return replace(
        desk,
        sensors=sensors,
        badge=desk.badge if any(map(checked_in, sensors)) else None,
        away_until=away,
        box=box,
    )


def _turn(desk: Desk, event: DeskEvent, now: float) -> Desk:
    match event:
        case Start():
            return _start(desk, event, now)
        case SensorActive(name):
            return _see(desk, name, now)
        case SensorIdle(name):
            return _update(desk, name, lambda sensor: rest(hear(sensor, now), desk, now))
        case SensorLost(name):
            return _update(desk, name, lose)
        case Badged(key):
            return _badge(desk, key, now)
        case DoorMoved(opened):
            return _move_door(desk, opened, now)
        case TimePassed():
            return desk


def _start(desk: Desk, event: Start, now: float) -> Desk:
    if desk.started:
        return desk
    sensors = []
    for sensor in desk.sensors:
        heard = hear(sensor, now)
        if sensor.config.id in event.active:
            heard = activate(heard, now)
        elif sensor.config.id in event.idle:
            heard = rest(heard, desk, now)
        sensors.append(heard)
    desk = replace(desk, sensors=tuple(sensors), started=True)
    if event.badge is None or event.badge[1] <= 0:
        return desk
    return _check_in(desk, event.badge[0], now + event.badge[1])


def _update(desk: Desk, name: str, change: Callable[[Sensor], Sensor]) -> Desk:
    sensors = (change(each) if each.config.id == name else each for each in desk.sensors)
    return replace(desk, sensors=tuple(sensors))


def _is_reader(sensor: Sensor) -> bool:
    return sensor.config.kind is SensorKind.BADGE


# ---- signs of somebody --------------------------------------------------------------------


def _see(desk: Desk, name: str, now: float) -> Desk:
    sensor = next((each for each in desk.sensors if each.config.id == name), None)
    if sensor is None:
        return desk
    if sensor.phase is Phase.ACTIVE or not _doubtful(desk, sensor, now):
        fresh = sensor.phase not in (Phase.ACTIVE, Phase.STUCK)
        found = _update(desk, name, lambda each: activate(hear(each, now), now))
        box = person_seen(desk.box, now, desk.config.door_limit) if fresh else desk.box
        return replace(found, doubt_at=None, box=box)
    found = _update(desk, name, lambda each: doubt(hear(each, now), now))
    forgotten = desk.doubt_at is None or now > desk.doubt_at + (sensor.config.confirm or 0.0)
    return replace(found, doubt_at=now if forgotten else desk.doubt_at)


def _doubtful(desk: Desk, sensor: Sensor, now: float) -> bool:
    """True for a sign that alone is none: the first one at a desk that has been free for long."""
    confirm = sensor.config.confirm
    if confirm is None or desk.state is not DeskState.FREE:
        return False
    if now < desk.freed_at + RETURN_SECONDS and not _contradicted(desk, sensor):
        return False
    return desk.doubt_at is None or not ECHO_SECONDS <= now - desk.doubt_at <= confirm


def _contradicted(desk: Desk, sensor: Sensor) -> bool:
    """True if a stronger sensor works, and says nobody."""
    return any(
        each.phase is Phase.QUIET
        and not _is_reader(each)
        and each.config.kind.rank < sensor.config.kind.rank
        for each in desk.sensors
    )


def _badge(desk: Desk, key: str, now: float) -> Desk:
    sensor = next(filter(_is_reader, desk.sensors), None)
    if sensor is None or (key == desk.badged_by and now < desk.badged_at + BOUNCE_SECONDS):
        return desk
    desk = replace(desk, badged_by=key, badged_at=now)
    if sensor.phase is Phase.HOLDING and key == desk.badge:
        return _check_out(desk)
    return _check_in(desk, key, now + sensor.config.hold)


def _check_in(desk: Desk, key: str, until: float) -> Desk:
    def hold(sensor: Sensor) -> Sensor:
        if _is_reader(sensor):
            return replace(sensor, phase=Phase.HOLDING, until=until)
        return sensor

    return replace(desk, sensors=tuple(map(hold, desk.sensors)), badge=key)


def _check_out(desk: Desk) -> Desk:
    def let_go(sensor: Sensor) -> Sensor:
        if _is_reader(sensor):
            return replace(sensor, phase=Phase.QUIET, until=None)
        return yield_to(SensorKind.BADGE, sensor)

    sensors = tuple(map(let_go, desk.sensors))
    return replace(desk, sensors=sensors, badge=None, best=None)


def _move_door(desk: Desk, opened: bool, now: float) -> Desk:
    if not desk.config.door:
        return desk
    watching = (each for each in desk.sensors if not _is_reader(each))
    hold = max((hold_of(each, desk, now) for each in watching), default=0.0)
    return replace(desk, box=door_moved(desk.box, opened, now, hold))
