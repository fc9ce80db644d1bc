"""How things stand, in the words of Home Assistant: topic to payload."""

import json
from typing import Final

from loquet_server.homeassistant.house import House, Names

UNKNOWN: Final = "None"
"""What sets a state to unknown: lock, binary sensor and sensor alike."""
LOCK: Final = {"locked": "LOCKED", "released": "UNLOCKED", "fault": "JAMMED"}
LEAF: Final = {"open": "ON", "closed": "OFF"}
DESK: Final = {"occupied": "ON", "away": "ON", "free": "OFF"}
BOLT: Final = {"locked": "OFF", "released": "ON"}
"""A binary sensor of class lock: ON means that it is not locked."""


def states(house: House, names: Names, *, commands: bool) -> dict[str, str]:
    """Return what is to stand retained for each thing."""
    found: dict[str, str] = {}
    for unit in house.units:
        found[names.state("units", unit.id, "online")] = "online" if unit.online else "offline"
    for door in house.doors:
        lock = (LOCK if commands else BOLT).get(door.lock, UNKNOWN)
        found[names.state("doors", door.id, "lock")] = lock
        if door.has_contact:
            found[names.state("doors", door.id, "leaf")] = LEAF.get(door.leaf, UNKNOWN)
        forced = door.alarm == "door_forced_open"
        found[names.state("doors", door.id, "forced")] = _on(forced)
        found[names.state("doors", door.id, "alarm")] = _on(door.alarm is not None and not forced)
    for area in house.areas:
        found[names.state("areas", area.id, "counts")] = json.dumps(dict(area.counts))
        for desk in area.desks:
            found[names.state("desks", desk.id, "occupied")] = DESK.get(desk.state, UNKNOWN)
    return found


def _on(value: bool) -> str:
    return "ON" if value else "OFF"
