"""The lines of desks and counters: each change is put on the queue, the first levels are read."""

from collections.abc import Callable

from loquet_contract.ids import CounterId, DeskId
from loquet_edge.beam.state import Beam
from loquet_edge.config import UnitConfig
from loquet_edge.config_readers import reader_output
from loquet_edge.desk_taps import DeskReaders
from loquet_edge.drivers.catalogue import request_input, request_outputs
from loquet_edge.drivers.ports import InputLine, Lines, LineSubscriber
from loquet_edge.inbox import BeamChanged, Item, SensorChanged
from loquet_edge.indicators import Indicators

Put = Callable[[Item], None]


def watch_desks(lines: Lines, config: UnitConfig, put: Put) -> dict[DeskId, dict[str, bool]]:
    """Return the level of each wired sensor, by desk and name."""
    found: dict[DeskId, dict[str, bool]] = {}
    for desk in config.desks:
        for sensor in desk.sensors:
            line = request_input(lines, sensor.wire)
            line.subscribe(_tell_sensor(put, desk.id, sensor.name))
            found.setdefault(desk.id, {})[sensor.name] = line.active
    return found


def watch_counters(lines: Lines, config: UnitConfig, put: Put) -> dict[CounterId, frozenset[Beam]]:
    """Return the beams that are broken, by counter."""
    found: dict[CounterId, frozenset[Beam]] = {}
    for counter in config.counters:
        beams = {Beam.OUTER: counter.outer, Beam.INNER: counter.inner}
        watched: dict[Beam, InputLine] = {}
        for beam, wire in beams.items():
            watched[beam] = request_input(lines, wire)
            watched[beam].subscribe(_tell_beam(put, counter.id, beam))
        found[counter.id] = frozenset(beam for beam, line in watched.items() if line.active)
    return found


def desk_readers(lines: Lines, config: UnitConfig) -> DeskReaders:
    """Return where the readers at desks stand, with their lights."""
    lights: dict[DeskId, Indicators] = {}
    for desk in config.desks:
        readers = [each for each in config.desk_readers if each.desk == desk.id]
        granted, denied, buzzer = (
            request_outputs(lines, desk.led_granted, *(reader_output(r, "led") for r in readers)),
            request_outputs(lines, desk.led_denied),
            request_outputs(lines, desk.buzzer, *(reader_output(r, "buzzer") for r in readers)),
        )
        if granted or denied or buzzer:
            lights[desk.id] = Indicators(granted, denied, buzzer)
    return DeskReaders({each.id: each.desk for each in config.desk_readers}, lights)


def _tell_sensor(put: Put, desk: DeskId, sensor: str) -> LineSubscriber:
    return lambda active, _at: put(SensorChanged(desk, sensor, active))


def _tell_beam(put: Put, counter: CounterId, beam: Beam) -> LineSubscriber:
    return lambda active, _at: put(BeamChanged(counter, beam, active))
