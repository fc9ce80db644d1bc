"""What a unit's other wires tell: cases that are opened, mains that fail, somebody who rings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from loquet_contract.ids import DoorId
from loquet_contract.wire.events import Event
from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    MainsReturned,
    TamperClosed,
    TamperOpened,
)
from loquet_edge.drivers.catalogue import request_input
from loquet_edge.inbox import Item, WireMoved

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig
    from loquet_edge.config_wires import InputConfig
    from loquet_edge.doorway import Doorway
    from loquet_edge.drivers.ports import Lines, LineSubscriber

RING_SECONDS = 20.0
"""Who leans on the bell is told of once in this time; each press is answered at the door."""
TAMPER, MAINS, DOORBELL = "tamper", "mains", "doorbell"


class OtherWires:
    """Turns levels of these wires into facts; a wire is named as in ``unit.toml``."""

    def __init__(self, doorways: Mapping[DoorId, Doorway] | None = None) -> None:
        self._doorways = dict(doorways or {})
        self._levels: dict[str, bool] = {}
        self._rung: dict[DoorId, float] = {}

    @property
    def levels(self) -> Mapping[str, bool]:
        """What is active now, by wire: a case that is open, mains that are gone, a bell."""
        return self._levels

    def start(self, levels: Mapping[str, bool], now: float) -> list[Event]:
        """Take in the first levels; a case that is open and mains that are gone are news."""
        found: list[Event] = []
        for wire, active in levels.items():
            self._levels[wire] = False
            if active and not wire.startswith(DOORBELL):
                found += self.moved(wire, active, now)
            self._levels[wire] = active
        return found

    def moved(self, wire: str, active: bool, now: float) -> list[Event]:
        """Return the facts of a change."""
        if self._levels.get(wire) == active:
            return []
        self._levels[wire] = active
        kind, _, name = wire.partition(":")
        door = DoorId(name) if name else None
        if kind == MAINS:
            return [MainsLost() if active else MainsReturned()]
        if kind == TAMPER:
            return [TamperOpened(door) if active else TamperClosed(door)]
        return self._ring(door, now) if active and door is not None else []

    def _ring(self, door: DoorId, now: float) -> list[Event]:
        if door in self._doorways:
            self._doorways[door].rung(now)
        if now < self._rung.get(door, float("-inf")) + RING_SECONDS:
            return []
        self._rung[door] = now
        return [DoorbellRung(door)]


def watch_wires(lines: Lines, config: UnitConfig, put: Callable[[Item], None]) -> dict[str, bool]:
    """Have each change put on the queue; return the levels now. Raises LineError."""
    found: dict[str, bool] = {}
    for wire in _wired(config):
        line = request_input(lines, wire)
        line.subscribe(_teller(put, wire.name))
        found[wire.name] = line.active
    return found


def _wired(config: UnitConfig) -> Iterator[InputConfig]:
    """Give every such input that is wired."""
    case = config.case
    wires = [case.tamper, case.mains]
    wires += [wire for door in config.doors for wire in (door.tamper, door.doorbell)]
    yield from (wire for wire in wires if wire is not None)


def _teller(put: Callable[[Item], None], wire: str) -> LineSubscriber:
    return lambda active, _at: put(WireMoved(wire, active))
