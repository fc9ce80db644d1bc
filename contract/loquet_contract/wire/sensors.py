"""Sensors that a space owns already and that speak on its own broker, not on ours.

The server says what is listened to and what it means (``SensorPlan``, signed, retained); the
unit connects outward to the space's broker and says what it hears there (``SensorsSeen``,
signed, on change), with the raw payloads only while somebody looks at the page where sensors
are mapped. Nothing that such a broker sends reaches a door: it can only change a desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from loquet_contract.ids import AreaId, DeskId, SensorId, SiteId, UnitId

MAX_SENSORS = 500
MAX_TOPIC = 256
"""Characters; the MQTT of home automation is far shorter."""
MAX_SHOWN = 200
"""Topics in one preview."""
MAX_PAYLOAD = 2048
"""Characters of a payload in a preview."""
MAX_SEEN = 256 * 1024
"""Bytes of one signed ``SensorsSeen`` on the wire; previews are cut to it."""


class Watches(StrEnum):
    """What a sensor watches; as the kinds of sensors that are wired to a unit."""

    SEAT = "seat"
    PRESENCE = "presence"
    PIR = "pir"
    DOOR = "door"
    """A contact: active while the door is open."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Where a sensor's own program says whether it is there: a topic, a path, two values."""

    topic: str
    path: str = ""
    online: str = "online"
    offline: str = "offline"


@dataclass(frozen=True, slots=True)
class SensorMapping:
    """One sensor, and what its messages mean for a desk.

    ``path``: a JMESPath expression into a JSON payload; empty for a payload that is plain text.
    ``active`` and ``idle``: the values, written as text (``true``, ``ON``, ``1``) and compared
    without regard to case; a value that is in neither means nothing. ``silent_after``: seconds
    without a word after which it counts as lost; None where it speaks on change only.
    """

    sensor: SensorId
    desk: DeskId
    area: AreaId
    watches: Watches
    topic: str
    active: tuple[str, ...]
    idle: tuple[str, ...]
    path: str = ""
    silent_after: int | None = None
    hold: int | None = None
    """Seconds; None for the usual of its kind."""
    availability: Availability | None = None


@dataclass(frozen=True, slots=True)
class SensorPlan:
    """All sensors of a unit; ``version`` only grows.

    ``preview_until`` (UTC seconds): until then the unit also shows what else it hears under
    ``preview`` (MQTT topic filters).
    """

    kind: ClassVar[str] = "sensor_plan"
    site: SiteId
    unit: UnitId
    version: int
    created: int
    sensors: tuple[SensorMapping, ...] = ()
    preview_until: int = 0
    preview: tuple[str, ...] = ("#",)


class Hearing(StrEnum):
    """What is known of one sensor."""

    UNHEARD = "unheard"
    ACTIVE = "active"
    IDLE = "idle"
    UNREADABLE = "unreadable"
    """Its last message means nothing by its mapping; ``SensorSeen.detail`` says why."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SensorSeen:
    """One mapped sensor: how it stands, and when it last said so (UTC milliseconds)."""

    hearing: Hearing
    at: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """The last message under one topic, for somebody who maps it; ``at`` in UTC milliseconds."""

    topic: str
    payload: str
    at: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class SensorsSeen:
    """What a unit hears on the space's broker; ``broker`` is empty while the session is open."""

    kind: ClassVar[str] = "sensors_seen"
    site: SiteId
    unit: UnitId
    utc: int
    version: int
    broker: str = ""
    sensors: Mapping[SensorId, SensorSeen] = field(default_factory=dict)
    topics: tuple[TopicSeen, ...] = ()
    dropped: int = 0
    """Messages that were not looked at, because they came too fast."""
