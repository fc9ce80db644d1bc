"""How the programs that people use say things: what a form is filled with, what is recognised.

Sources, read in their own documentation: Zigbee2MQTT (MQTT topics and messages; device
availability; "contact: indicates if the contact is closed (= true) or open (= false)"), ESPHome
(MQTT client component: ``TOPIC_PREFIX/binary_sensor/NAME/state``, ``TOPIC_PREFIX/status``),
Tasmota (``stat/TOPIC/POWER``, ``tele/TOPIC/SENSOR``, ``tele/TOPIC/LWT``).
"""

import json
import re
from dataclasses import dataclass

from loquet_contract.wire.sensors import Availability, Watches
from loquet_server.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of sensor as one program says it. ``text`` is what a person would call it."""

    text: str
    watches: Watches
    path: str
    active: str
    idle: str
    silent_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """A topic that looks like a sensor."""

    preset: Preset
    topic: str
    name: str
    availability: Availability | None = None


_TRUE, _FALSE = "true", "false"
_Z2M = {
    "occupancy": Preset(N_("Zigbee2MQTT: motion"), Watches.PIR, "occupancy", _TRUE, _FALSE),
    "presence": Preset(N_("Zigbee2MQTT: presence"), Watches.PRESENCE, "presence", _TRUE, _FALSE),
    # A magnet beside its reed says true: the door is closed.
    "contact": Preset(N_("Zigbee2MQTT: door or window"), Watches.DOOR, "contact", _FALSE, _TRUE),
}
_ESPHOME = Preset(N_("ESPHome: binary sensor"), Watches.PRESENCE, "", "ON", "OFF")
_TASMOTA_POWER = Preset(N_("Tasmota: switch"), Watches.SEAT, "", "ON", "OFF")
_TASMOTA_SWITCH = re.compile(r"Switch\d+")


def recognise(topic: str, payload: str) -> Recognised | None:
    """Return what a topic with such a payload looks like, or None."""
    parts = topic.split("/")
    if len(parts) >= 4 and parts[-3] == "binary_sensor" and parts[-1] == "state":
        online = Availability("/".join([*parts[:-3], "status"]))
        return Recognised(_ESPHOME, topic, parts[-2], online)
    if len(parts) == 3 and parts[0] == "stat" and re.fullmatch(r"POWER\d*", parts[2]):
        return Recognised(_TASMOTA_POWER, topic, parts[1], _tasmota(parts[1]))
    found = _object(payload)
    if len(parts) == 3 and parts[0] == "tele" and parts[2] == "SENSOR":
        switch = next((key for key in found if _TASMOTA_SWITCH.fullmatch(key)), None)
        if switch is None:
            return None
        preset = Preset(N_("Tasmota: switch"), Watches.SEAT, switch, "ON", "OFF", 15)
        return Recognised(preset, topic, parts[1], _tasmota(parts[1]))
    for key, preset in _Z2M.items():
        if isinstance(found.get(key), bool):
            online = Availability(f"{topic}/availability", "state")
            return Recognised(preset, topic, parts[-1], online)
    return None


def _tasmota(name: str) -> Availability:
    return Availability(f"tele/{name}/LWT", "", "Online", "Offline")


def _object(payload: str) -> dict[str, object]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
