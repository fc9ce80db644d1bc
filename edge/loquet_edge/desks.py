"""The desks of a unit, each with its machine; wired sensors, the space's own ones, and badges."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from loquet_contract.ids import AreaId, CredentialDigest, DeskId, DoorId, HolderId
from loquet_contract.wire.events import DeskAway, DeskBadged, DeskUnknown, Event
from loquet_contract.wire.events import DeskEvidence as Evidence
from loquet_edge.config_desks import DeskConfig as WiredDesk
from loquet_edge.desk import Desk, DeskConfig, deadline, refit, step
from loquet_edge.desk.state import (
    Badged,
    DeskEffect,
    DeskEvent,
    DoorMoved,
    Report,
    SensorActive,
    SensorConfig,
    SensorIdle,
    SensorKind,
    SensorLost,
    Start,
    TimePassed,
    desk_reader,
)

BADGES = "desk_badges"
"""The note in which check-ins outlive a restart: desk to holder and UTC second of its end."""


class Notes(Protocol):
    """Keeps a few words over a restart: ``state_store.StateStore``."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Fitting:
    """What a space's own sensors, heard over the network, add to a desk.

    ``door``: one of them is the contact of the room's door.
    """

    area: AreaId
    sensors: tuple[SensorConfig, ...]
    door: bool = False


def machine_config(config: WiredDesk) -> DeskConfig:
    """Return what the machine needs to know of a desk; raise InvalidDeskConfig."""
    sensors = [
        SensorConfig(
            SensorKind(each.kind), each.hold, each.stuck, None, each.longest_hold, each.confirm,
            "" if each.name == each.kind else each.name,
        )
        for each in config.sensors
    ]  # fmt: skip
    sensors += [
        SensorConfig(
            SensorKind.PRESENCE, each.hold, each.stuck, each.silent,
            name="" if each.name == SensorKind.PRESENCE else each.name,
        )
        for each in config.radars
    ]  # fmt: skip
    if config.badge_limit is not None:
        sensors.insert(0, desk_reader(config.badge_limit))
    return DeskConfig(
        config.id, config.area, tuple(sensors), config.away, config.door is not None,
        config.door_limit,
    )  # fmt: skip


class DeskHall:
    """Feeds desks and returns their facts.

    ``utc`` turns monotonic seconds to UTC; without ``notes`` no check-in outlives a restart.
    """

    def __init__(
        self,
        configs: tuple[WiredDesk, ...],
        utc: Callable[[float], float] = lambda monotonic: monotonic,
        notes: Notes | None = None,
    ) -> None:
        self._wired = {config.id: machine_config(config) for config in configs}
        self._desks = {name: Desk.new(config) for name, config in self._wired.items()}
        self._behind: dict[DoorId, list[DeskId]] = {}
        for config in configs:
            if config.door is not None:
                self._behind.setdefault(config.door, []).append(config.id)
        self._utc, self._notes = utc, notes

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = [at for desk in self._desks.values() if (at := deadline(desk)) is not None]
        return min(due, default=None)

    @property
    def states(self) -> Mapping[DeskId, str]:
        """Return each desk's state, in a word."""
        return {name: desk.state.value for name, desk in self._desks.items()}

    def start(self, levels: Mapping[DeskId, Mapping[str, bool]], now: float) -> list[Event]:
        """Begin, with the sensors' levels as read, by desk and name."""
        found: list[Event] = []
        kept = self._kept(now)
        for name, desk in self._desks.items():
            read = dict(levels.get(name, {}))
            if any(each.kind is SensorKind.BADGE for each in desk.config.sensors):
                read[SensorKind.BADGE] = False
            active = frozenset(sensor for sensor, on in read.items() if on)
            start = Start(active, frozenset(read) - active, kept.get(name))
            found += self._feed(name, start, now)
        return found

    def sense(self, desk: DeskId, sensor: str, active: bool, now: float) -> list[Event]:
        """Take in a sensor's change, or a frame that repeats it."""
        return self._feed(desk, SensorActive(sensor) if active else SensorIdle(sensor), now)

    def lose(self, desk: DeskId, sensor: str, now: float) -> list[Event]:
        """A sensor cannot be read any more."""
        return self._feed(desk, SensorLost(sensor), now)

    def door_moved(self, door: DoorId, opened: bool, now: float) -> list[Event]:
        """A door opened or closed; the desks of its room hear of it."""
        found: list[Event] = []
        for desk in self._behind.get(door, ()):
            found += self._feed(desk, DoorMoved(opened), now)
        return found

    def room_door_moved(self, desk: DeskId, opened: bool, now: float) -> list[Event]:
        """The door of one desk's room opened or closed, as the space's own contact says."""
        return self._feed(desk, DoorMoved(opened), now)

    def badge(
        self, desk: DeskId, holder: HolderId, credential: CredentialDigest, now: float
    ) -> list[Event]:
        """A known badge was held to a desk's reader: it checks in, or out."""
        known = self._desks.get(desk)
        if known is None:
            return []
        told = self._feed(desk, Badged(holder), now)
        if self._desks[desk].badged_at == known.badged_at:
            return told  # the same badge, still in the reader's field
        self._keep()
        return [DeskBadged(desk, known.config.area, holder, credential), *told]

    def pass_time(self, now: float) -> list[Event]:
        """Do what is due at ``now``."""
        found: list[Event] = []
        for name, desk in self._desks.items():
            due = deadline(desk)
            if due is not None and due <= now:
                found += self._feed(name, TimePassed(), now)
        return found

    def fit(self, fittings: Mapping[DeskId, Fitting], now: float) -> list[Event]:
        """Let the space's own sensors watch these desks, and no others any more."""
        found: list[Event] = []
        for name in {*self._desks, *fittings}:
            config = self._fitted(name, fittings.get(name))
            if config is not None:
                known = self._desks.get(name) or Desk.new(config)
                self._desks[name], effects = refit(known, config, now)
                found += self._facts(effects)
            elif name in self._desks:
                gone = self._desks.pop(name)
                found.append(DeskUnknown(name, gone.config.area, Evidence.SILENT))
        return found

    def _fitted(self, name: DeskId, fitting: Fitting | None) -> DeskConfig | None:
        wired = self._wired.get(name)
        if fitting is None:
            return wired
        if wired is None:
            if not fitting.sensors:
                return None
            return DeskConfig(name, fitting.area, fitting.sensors, door=fitting.door)
        sensors = (*wired.sensors, *fitting.sensors)
        return replace(wired, sensors=sensors, door=wired.door or fitting.door)

    def _feed(self, name: DeskId, event: DeskEvent, now: float) -> list[Event]:
        desk = self._desks.get(name)
        if desk is None:
            return []
        self._desks[name], effects = step(desk, event, now)
        return self._facts(effects)

    def _facts(self, effects: tuple[DeskEffect, ...]) -> list[Event]:
        return [self._dated(effect) for effect in effects]

    def _dated(self, report: Report) -> Event:
        if isinstance(report.event, DeskAway) and report.ends is not None:
            return replace(report.event, until=round(self._utc(report.ends)))
        return report.event

    # ---- check-ins over a restart ---------------------------------------------------------

    def _keep(self) -> None:
        if self._notes is None:
            return
        kept = {
            name: [desk.badge, round(self._utc(sensor.until))]
            for name, desk in self._desks.items()
            for sensor in desk.sensors
            if desk.badge is not None
            and sensor.config.kind is SensorKind.BADGE
            and sensor.until is not None
        }
        self._notes.put(BADGES, json.dumps(kept))

    def _kept(self, now: float) -> dict[DeskId, tuple[str, float]]:
        """Return who was checked in, and for how many seconds that still counts."""
        found: dict[DeskId, tuple[str, float]] = {}
        note = None if self._notes is None else self._notes.get(BADGES)
        with contextlib.suppress(ValueError, TypeError, AttributeError):  # a note that rotted
            for name, (holder, until) in json.loads(note or "{}").items():
                found[DeskId(name)] = (str(holder), float(until) - self._utc(now))
        return found
