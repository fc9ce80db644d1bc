"""All mapped sensors of a unit: what each said last, and what a desk is to hear of it.

A *retained* message is one that the broker kept: it was true when it was said, nobody knows
when. A level (a seat, a contact, presence) is believed, since such a sensor speaks again when it
changes; motion is not, since it was motion then. A sensor that says by its availability topic
that it is gone, or nothing for too long, or whose broker cannot be reached, is lost: its desk
becomes unknown, never free. What cannot be read changes nothing, and is said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from loquet_contract.ids import SensorId
from loquet_contract.wire.payloads import InvalidPath, Unreadable, meaning, value_at
from loquet_contract.wire.sensors import Hearing, SensorMapping, SensorSeen, Watches

AWAY_SECONDS = 30.0
"""So long may the space's broker be away before all that hangs on it is unknown."""
MAX_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """What a desk hears of a sensor: active, idle, or lost."""

    sensor: SensorId
    hearing: Hearing


@dataclass(slots=True)
class _Sensor:
    mapping: SensorMapping
    hearing: Hearing = Hearing.UNHEARD
    """As the desk knows it: active, idle, lost, or nothing yet."""
    unreadable: str = ""
    at: int | None = None
    available: bool = True
    silent_at: float | None = None


class Sensors:
    """Feeds what comes under topics to the sensors that listen there. Monotonic seconds."""

    def __init__(
        self, mappings: Iterable[SensorMapping], now: float, away: float = AWAY_SECONDS
    ) -> None:
        self._patience = away
        self._sensors = {each.sensor: _Sensor(each) for each in mappings}
        self._by_topic: dict[str, list[_Sensor]] = {}
        self._by_availability: dict[str, list[_Sensor]] = {}
        for sensor in self._sensors.values():
            self._by_topic.setdefault(sensor.mapping.topic, []).append(sensor)
            availability = sensor.mapping.availability
            if availability is not None:
                self._by_availability.setdefault(availability.topic, []).append(sensor)
            self._listen(sensor, now)
        self._away_at: float | None = now + away

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics that are listened to, sorted."""
        return tuple(sorted({*self._by_topic, *self._by_availability}))

    @property
    def deadline(self) -> float | None:
        """When ``pass_time`` is due."""
        return min(self._deadlines(), default=None)

    def seen(self) -> Mapping[SensorId, SensorSeen]:
        """Return how each stands, for a page."""
        return {name: _seen(sensor) for name, sensor in self._sensors.items()}

    def frames(self) -> list[Frame]:
        """Return what desks should know, for one who knows nothing yet."""
        return [
            Frame(name, sensor.hearing)
            for name, sensor in self._sensors.items()
            if sensor.hearing is not Hearing.UNHEARD
        ]

    def connected(self) -> None:
        """The session with the space's broker is open."""
        self._away_at = None

    def disconnected(self, now: float) -> None:
        """It is gone; sensors are lost unless it comes back soon."""
        if self._away_at is None:
            self._away_at = now + self._patience

    def hear(self, topic: str, payload: bytes, retained: bool, now: float, utc: int) -> list[Frame]:
        """Take in a message; ``utc`` in milliseconds."""
        found: list[Frame] = []
        for sensor in self._by_availability.get(topic, ()):
            found += self._availability(sensor, payload, now)
        for sensor in self._by_topic.get(topic, ()):
            found += self._value(sensor, payload, retained, now, utc)
        return found

    def pass_time(self, now: float) -> list[Frame]:
        """Lose what has been silent for too long."""
        away = self._away_at is not None and self._away_at <= now
        if away:
            self._away_at = float("inf")
        found: list[Frame] = []
        for sensor in self._sensors.values():
            silent = sensor.silent_at is not None and sensor.silent_at <= now
            if silent:
                sensor.silent_at = None
            if away or silent:
                found += self._lose(sensor)
        return found

    def _deadlines(self) -> Iterator[float]:
        if self._away_at is not None and self._away_at != float("inf"):
            yield self._away_at
        for sensor in self._sensors.values():
            if sensor.silent_at is not None:
                yield sensor.silent_at

    def _availability(self, sensor: _Sensor, payload: bytes, now: float) -> list[Frame]:
        about = sensor.mapping.availability
        assert about is not None
        try:
            said = value_at(payload, about.path).casefold()
        except (Unreadable, InvalidPath):
            return []
        if said == about.offline.casefold():
            sensor.available = False
            return self._lose(sensor)
        if said == about.online.casefold() and not sensor.available:
            sensor.available = True
            self._listen(sensor, now)
        return []

    def _value(
        self, sensor: _Sensor, payload: bytes, retained: bool, now: float, utc: int
    ) -> list[Frame]:
        mapping = sensor.mapping
        if not payload:
            return []  # a retained message was cleared
        try:
            active = meaning(payload, mapping.path, mapping.active, mapping.idle)
        except (Unreadable, InvalidPath) as error:
            sensor.unreadable = str(error)[:MAX_DETAIL]
            return []
        sensor.unreadable = ""
        if retained and mapping.watches is Watches.PIR:
            return []
        sensor.at = utc
        self._listen(sensor, now)
        if not sensor.available:
            return []
        sensor.hearing = Hearing.ACTIVE if active else Hearing.IDLE
        return [Frame(mapping.sensor, sensor.hearing)]

    def _listen(self, sensor: _Sensor, now: float) -> None:
        silent_after = sensor.mapping.silent_after
        sensor.silent_at = None if silent_after is None else now + silent_after

    def _lose(self, sensor: _Sensor) -> list[Frame]:
        if sensor.hearing is Hearing.LOST:
            return []
        sensor.hearing = Hearing.LOST
        return [Frame(sensor.mapping.sensor, Hearing.LOST)]


def _seen(sensor: _Sensor) -> SensorSeen:
    if sensor.unreadable:
        return SensorSeen(Hearing.UNREADABLE, sensor.at, sensor.unreadable)
    return SensorSeen(sensor.hearing, sensor.at)
