"""What is announced, one message a device, so that Home Assistant finds everything by itself.

Rules: https://www.home-assistant.io/integrations/mqtt/ (device discovery), .../lock.mqtt/,
.../binary_sensor.mqtt/, .../sensor.mqtt/. A lock asks for a code when it is unlocked: here the
code is the reason, so that no door opens without one. The command is never retained.
"""

import json
from typing import Any, Final

from loquet_server.homeassistant.house import (
    Announced,
    AreaThing,
    DeskThing,
    DoorThing,
    House,
    Names,
    UnitThing,
)
from loquet_server.web.i18n import N_, translations

SHORTEST: Final = 3
LONGEST: Final = 200
REASON: Final = f"^.{{{SHORTEST},{LONGEST}}}$"
COMMAND: Final = '{{ {"command": value, "reason": code} | tojson }}'
SUPPORT: Final = "https://www.home-assistant.io/integrations/mqtt/"
COUNTS: Final = (
    ("desks_free", N_("Free desks"), "mdi:desk"),
    ("desks_occupied", N_("Occupied desks"), "mdi:desk"),
    ("desks_away", N_("Desks away for a while"), "mdi:coffee-outline"),
    ("desks_unknown", N_("Desks nobody can tell of"), "mdi:help-circle-outline"),
)
PRESENT: Final = (
    ("present", N_("People inside"), "mdi:account-group"),
    ("present_low", N_("People inside, at least"), "mdi:account-group-outline"),
    ("present_high", N_("People inside, at most"), "mdi:account-group-outline"),
)
SEEN: Final = (("seen_today", N_("People seen today"), "mdi:account-clock"),)


def announcements(house: House, names: Names, *, commands: bool) -> dict[str, Announced]:
    """Return what is to stand announced: topic to device."""
    tell = _Teller(house, names, commands)
    found = {names.config("unit", each.id): tell.unit(each) for each in house.units}
    found |= {names.config("door", each.id): tell.door(each) for each in house.doors}
    found |= {names.config("area", each.id): tell.area(each) for each in house.areas}
    return found


def parting(before: Announced, now: Announced) -> Announced | None:
    """Return the announcement that takes away what a device no longer has; None if nothing is.

    A component that is left with its platform alone is removed.
    """
    old, new = before.get("cmps", {}), now["cmps"]
    gone = {
        key: {"p": each["p"]}
        for key, each in old.items()
        if isinstance(each, dict) and "p" in each and (key not in new or new[key]["p"] != each["p"])
    }
    return {**now, "cmps": {**new, **gone}} if gone else None


class _Teller:
    """Makes the announcements of one house."""

    def __init__(self, house: House, names: Names, commands: bool) -> None:
        self._house = house
        self._names = names
        self._commands = commands
        self._say = translations(house.language).gettext

    def unit(self, unit: UnitThing) -> Announced:
        connected = self._component(
            "binary_sensor", "unit", unit.id, "online", self._say("Connection"), None,
            state_topic=self._names.state("units", unit.id, "online"), payload_on="online",
            payload_off="offline", device_class="connectivity", entity_category="diagnostic",
        )  # fmt: skip
        return self._device("unit", unit.id, unit.name, self._say("Unit"), {"online": connected})

    def door(self, door: DoorThing) -> Announced:
        parts = {"bolt" if not self._commands else "lock": self._lock(door)}
        if door.has_contact:
            parts["leaf"] = self._door_sensor(door, "leaf", "Leaf", "door")
        parts["forced"] = self._door_sensor(door, "forced", "Forced open", "tamper")
        parts["alarm"] = self._door_sensor(door, "alarm", "Alarm", "problem")
        return self._device("door", door.id, door.name, self._say("Door"), parts, door.unit)

    def area(self, area: AreaThing) -> Announced:
        kinds = [*(COUNTS if area.shows_desks else ()), *(PRESENT if area.exit_sensing else SEEN)]
        topic = self._names.state("areas", area.id, "counts")
        parts = {
            key: self._component(
                "sensor", "area", area.id, key, self._say(name), None, state_topic=topic,
                value_template=f"{{{{ value_json.{key} }}}}", state_class="measurement", icon=icon,
            )
            for key, name, icon in kinds
        }  # fmt: skip
        parts |= {f"desk_{desk.id}": self._desk(desk) for desk in area.desks}
        return self._device("area", area.id, area.name, self._say("Area"), parts)

    def _lock(self, door: DoorThing) -> dict[str, Any]:
        topic = self._names.state("doors", door.id, "lock")
        if not self._commands:
            return self._component(
                "binary_sensor", "door", door.id, "bolt", self._say("Lock"), door.unit,
                state_topic=topic, device_class="lock",
            )  # fmt: skip
        return self._component(
            "lock", "door", door.id, "lock", None, door.unit, state_topic=topic,
            command_topic=self._names.state("doors", door.id, "command"), retain=False,
            optimistic=False, code_format=REASON, command_template=COMMAND,
        )  # fmt: skip

    def _door_sensor(self, door: DoorThing, what: str, name: str, kind: str) -> dict[str, Any]:
        return self._component(
            "binary_sensor", "door", door.id, what, self._say(name), door.unit,
            state_topic=self._names.state("doors", door.id, what), device_class=kind,
        )  # fmt: skip

    def _desk(self, desk: DeskThing) -> dict[str, Any]:
        name = self._say("Desk %(name)s") % {"name": desk.name}
        return self._component(
            "binary_sensor", "desk", desk.id, "occupied", name, desk.unit,
            state_topic=self._names.state("desks", desk.id, "occupied"), device_class="occupancy",
        )  # fmt: skip

    def _component(
        self, platform: str, noun: str, thing: str, what: str, name: str | None,
        unit: str | None, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Return one entity; it is there while this server is, and its unit if it has one."""
        there: list[dict[str, str]] = [{"topic": self._names.online}]
        if unit is not None:
            there.append({"topic": self._names.state("units", unit, "online")})
        return {
            "p": platform,
            "unique_id": f"{self._names.object(noun, thing)}_{what}",
            "name": name,
            "qos": 1,
            "availability": there,
            "availability_mode": "all",
            **more,
        }

    def _device(
        self, noun: str, thing: str, name: str, model: str, parts: dict[str, dict[str, Any]],
        unit: str | None = None,
    ) -> Announced:  # fmt: skip
        device: dict[str, Any] = {
            "ids": [self._names.object(noun, thing)],
            "name": name,
            "mf": "Loquet",
            "mdl": model,
            "sa": self._house.name,
        }
        if unit is not None:
            device["via_device"] = self._names.object("unit", unit)
        if self._house.url:
            device["cu"] = self._house.url
        origin = {"name": "Loquet", "sw": self._house.version, "url": SUPPORT}
        return {"dev": device, "o": origin, "cmps": parts}


def written(found: Announced) -> str:
    """Return an announcement as it is sent."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_WORDS = (N_("Leaf"), N_("Forced open"), N_("Alarm"), N_("Desk %(name)s"), N_("Lock"))
