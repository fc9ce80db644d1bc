"""The desks of a unit, each with its machine."""

from collections.abc import Mapping

from loquet_contract.ids import DeskId
from loquet_contract.wire.events import Event
from loquet_edge.config import DeskConfig as WiredDesk
from loquet_edge.desk import Desk, DeskConfig, deadline, step
from loquet_edge.desk.state import (
    DeskEvent,
    SensorActive,
    SensorConfig,
    SensorIdle,
    SensorKind,
    Start,
    TimePassed,
    pir,
    seat_switch,
)


def machine_config(config: WiredDesk) -> DeskConfig:
    """Return what the machine needs to know of a desk; raise InvalidDeskConfig."""
    sensors: list[SensorConfig] = []
    if config.seat is not None:
        sensors.append(seat_switch(hold=config.seat_hold))
    if config.pir is not None:
        sensors.append(pir(hold=config.hold))
    return DeskConfig(config.id, config.area, tuple(sensors))


class DeskHall:
    """Feeds desks and returns their facts."""

    def __init__(self, configs: tuple[WiredDesk, ...]) -> None:
        self._desks = {config.id: Desk.new(machine_config(config)) for config in configs}

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = [at for desk in self._desks.values() if (at := deadline(desk)) is not None]
        return min(due, default=None)

    @property
    def states(self) -> Mapping[DeskId, str]:
        """Return each desk's state, in a word."""
        return {name: desk.state.value for name, desk in self._desks.items()}

    def start(self, levels: Mapping[DeskId, Mapping[SensorKind, bool]], now: float) -> list[Event]:
        """Begin, with the sensors' levels as read."""
        found: list[Event] = []
        for name in self._desks:
            read = levels.get(name, {})
            active = frozenset(kind for kind, on in read.items() if on)
            found += self._feed(name, Start(active, frozenset(read) - active), now)
        return found

    def sense(self, desk: DeskId, kind: SensorKind, active: bool, now: float) -> list[Event]:
        """Take in a sensor's change."""
        return self._feed(desk, SensorActive(kind) if active else SensorIdle(kind), now)

    def pass_time(self, now: float) -> list[Event]:
        """Do what is due at ``now``."""
        found: list[Event] = []
        for name, desk in self._desks.items():
            due = deadline(desk)
            if due is not None and due <= now:
                found += self._feed(name, TimePassed(), now)
        return found

    def _feed(self, name: DeskId, event: DeskEvent, now: float) -> list[Event]:
        self._desks[name], effects = step(self._desks[name], event, now)
        return [effect.event for effect in effects]
