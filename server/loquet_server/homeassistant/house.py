"""The house as Home Assistant is told of it: things and how they stand, without anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class UnitThing:
    id: str
    name: str
    online: bool


@dataclass(frozen=True, slots=True)
class DoorThing:
    """``lock``, ``leaf`` and ``alarm`` in the words of ``DoorState``."""

    id: str
    name: str
    unit: str | None
    has_contact: bool
    lock: str
    leaf: str
    alarm: str | None


@dataclass(frozen=True, slots=True)
class DeskThing:
    id: str
    name: str
    unit: str | None
    state: str


@dataclass(frozen=True, slots=True)
class AreaThing:
    """``counts``: numbers by name; None where nobody knows. ``shows_desks``: their counts may be
    told."""

    id: str
    name: str
    exit_sensing: bool
    shows_desks: bool
    counts: Mapping[str, int | None]
    desks: tuple[DeskThing, ...]


@dataclass(frozen=True, slots=True)
class House:
    """One space at one moment. ``server``: tells this server from others at the same broker."""

    server: str
    site: str
    name: str
    language: str
    version: str
    url: str
    units: tuple[UnitThing, ...]
    doors: tuple[DoorThing, ...]
    areas: tuple[AreaThing, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Topics and ids; stable as long as the server's key is."""

    server: str
    prefix: str

    @property
    def base(self) -> str:
        """Under which all states are."""
        return f"loquet_home/{self.server}"

    @property
    def online(self) -> str:
        """Where it stands whether this server is there; the last will says it is not."""
        return f"{self.base}/online"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.prefix}/status"

    def state(self, noun: str, thing: str, what: str) -> str:
        """Return where a thing's state stands."""
        return f"{self.base}/{noun}/{thing}/{what}"

    def object(self, noun: str, thing: str) -> str:
        """Return a device's id."""
        return f"loquet_{self.server}_{noun}_{thing}"

    def config(self, noun: str, thing: str) -> str:
        """Return where a device is announced."""
        return f"{self.prefix}/device/{self.object(noun, thing)}/config"

    def is_config(self, topic: str) -> bool:
        """True if this server announced a device there."""
        return topic.startswith(f"{self.prefix}/device/loquet_{self.server}_")

    def door_of(self, topic: str) -> str | None:
        """Return the door that a command is for, or None."""
        parts = topic.removeprefix(f"{self.base}/doors/").split("/")
        right = topic.startswith(f"{self.base}/doors/") and len(parts) == 2
        return parts[0] if right and parts[1] == "command" else None


Announced = dict[str, Any]
"""The plain form of a device's announcement."""
