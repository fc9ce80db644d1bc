"""The counters of people of a unit, each with its machine."""

from collections.abc import Mapping

from loquet_contract.ids import CounterId
from loquet_contract.wire.events import Event
from loquet_edge.beam import Counter, CounterConfig, deadline, step
from loquet_edge.beam.state import Beam, BeamBroken, BeamClear, CounterEvent, Start, TimePassed
from loquet_edge.config_desks import CounterConfig as WiredCounter


def machine_config(config: WiredCounter) -> CounterConfig:
    """Return what the machine needs to know of a counter; raise InvalidCounterConfig."""
    return CounterConfig(config.id, config.door, config.longest, config.stuck)


class CounterHall:
    """Feeds counters and returns their facts."""

    def __init__(self, configs: tuple[WiredCounter, ...] = ()) -> None:
        self._counters = {config.id: Counter(machine_config(config)) for config in configs}

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due, in monotonic seconds."""
        due = [at for each in self._counters.values() if (at := deadline(each)) is not None]
        return min(due, default=None)

    def start(self, levels: Mapping[CounterId, frozenset[Beam]], now: float) -> list[Event]:
        """Begin, with the beams that are broken."""
        found: list[Event] = []
        for name in self._counters:
            found += self._feed(name, Start(levels.get(name, frozenset())), now)
        return found

    def look(self, counter: CounterId, beam: Beam, broken: bool, now: float) -> list[Event]:
        """Take in a beam's change."""
        return self._feed(counter, BeamBroken(beam) if broken else BeamClear(beam), now)

    def pass_time(self, now: float) -> list[Event]:
        """Do what is due at ``now``."""
        found: list[Event] = []
        for name, counter in self._counters.items():
            due = deadline(counter)
            if due is not None and due <= now:
                found += self._feed(name, TimePassed(), now)
        return found

    def _feed(self, name: CounterId, event: CounterEvent, now: float) -> list[Event]:
        self._counters[name], found = step(self._counters[name], event, now)
        return list(found)
