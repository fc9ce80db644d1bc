"""Runs a desk's machine, or a plain hold, over a recording.

A row is one look at the sensors, not a level that lasts until the next row: motion that one row
shows is a sign at that moment. A seat shows its level, which lasts.
"""

import re
from collections.abc import Sequence

from loquet_contract.ids import AreaId, DeskId
from loquet_edge.desk import Desk, DeskConfig, DeskState, step
from loquet_edge.desk.state import (
    SensorActive,
    SensorConfig,
    SensorIdle,
    SensorKind,
    Start,
    patient_pir,
    pir,
    presence,
    seat_switch,
)
from loquet_edge.replay.recording import BadRecording, Recording, Row

LOST_AFTER = 600.0
"""Seconds without a row after which the sensors of a recording are silent, at least."""


def plain_sensor(kind: SensorKind, hold: float | None) -> SensorConfig:
    """Return a sensor as it is without configuration; ``hold``: a plain one for motion."""
    if kind is SensorKind.SEAT:
        return seat_switch()
    if kind is SensorKind.PRESENCE:
        return presence()
    return patient_pir() if hold is None else pir(hold)


def desk_for(recording: Recording, hold: float | None = None) -> DeskConfig:
    """Return a desk with the recording's sensors, as they are without configuration."""
    sensors = [plain_sensor(kind, hold) for _, kind in recording.sensors]
    return _named(recording, sensors, DeskConfig(DeskId("replay"), AreaId("replay"), (pir(),)))


def desk_like(recording: Recording, config: DeskConfig) -> DeskConfig:
    """Return ``config`` with the recording's sensors set as its own of the same kind are."""
    sensors = []
    for name, kind in recording.sensors:
        own = next((each for each in config.sensors if each.kind is kind), None)
        if own is None:
            raise BadRecording(
                f"desk {config.id!r} has no {kind} sensor for the column {name!r};"
                f" name the columns to use with --pir, --presence or --seat"
            )
        sensors.append(own)
    return _named(recording, sensors, config)


def _named(recording: Recording, sensors: Sequence[SensorConfig], like: DeskConfig) -> DeskConfig:
    silent = max(LOST_AFTER, 10 * recording.interval)
    own = [
        SensorConfig(
            each.kind, each.hold, each.stuck_after, silent, each.longest_hold, each.confirm,
            f"{at}-{re.sub(r'[^a-z0-9]+', '-', name.lower())}",
        )
        for at, (each, (name, _)) in enumerate(zip(sensors, recording.sensors, strict=True))
    ]  # fmt: skip
    return DeskConfig(like.id, like.area, tuple(own), like.away)


def states(recording: Recording, config: DeskConfig) -> list[DeskState]:
    """Return what the machine says of the desk at each row."""
    desk, found = Desk.new(config), []
    desk, _ = step(desk, Start(), recording.rows[0].at)
    for row in recording.rows:
        desk = _look(desk, row)
        found.append(desk.state)
    return found


def _look(desk: Desk, row: Row) -> Desk:
    for sensor, level in zip(desk.config.sensors, row.levels, strict=True):
        if level:
            desk, _ = step(desk, SensorActive(sensor.id), row.at)
        if level is not None and (not level or sensor.kind is SensorKind.PIR):
            desk, _ = step(desk, SensorIdle(sensor.id), row.at)
    return desk


def plain_hold(recording: Recording, hold: float) -> list[DeskState]:
    """Return what holding the last sign of any sensor for ``hold`` seconds says at each row."""
    last, found = None, []
    for row in recording.rows:
        if any(row.levels):
            last = row.at
        taken = last is not None and row.at - last <= hold
        found.append(DeskState.OCCUPIED if taken else DeskState.FREE)
    return found
