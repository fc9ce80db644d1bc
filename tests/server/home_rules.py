"""What Home Assistant's documentation asks of an announced device, each rule with its page.

Read by a person from the pages as they stood in 2025; a device that breaks one is named with it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MQTT = "https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery"
LOCK = "https://www.home-assistant.io/integrations/lock.mqtt/"
BINARY = "https://www.home-assistant.io/integrations/binary_sensor.mqtt/"
SENSOR = "https://www.home-assistant.io/integrations/sensor.mqtt/"
BINARY_CLASSES = "https://www.home-assistant.io/integrations/binary_sensor/#device-class"
REQUIRED = {
    "lock": (LOCK, ("command_topic",)),
    "binary_sensor": (BINARY, ("state_topic",)),
    "sensor": (SENSOR, ("state_topic",)),
}
COMMON = {
    "p", "unique_id", "name", "qos", "availability", "availability_mode", "state_topic",
    "value_template", "icon", "entity_category",
}  # fmt: skip
KEYS = {
    "lock": COMMON | {"command_topic", "command_template", "code_format", "optimistic", "retain"},
    "binary_sensor": COMMON | {"device_class", "payload_on", "payload_off"},
    "sensor": COMMON | {"state_class", "device_class", "unit_of_measurement"},
}
"""Keys of these pages that we use; a misspelt one is refused by Home Assistant, without a word."""
CLASSES = {"connectivity", "door", "opening", "tamper", "problem", "occupancy", "lock"}
DEVICE_KEYS = {"ids", "name", "mf", "mdl", "sa", "via_device", "cu", "sw", "hw", "cns"}
TOPIC = re.compile(r"[^+#\x00]+")


@dataclass(frozen=True)
class Message:
    """One announcement: the topic, the discovery prefix, and the device."""

    topic: str
    prefix: str
    device: Mapping[str, Any]

    @property
    def components(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.device.get("cmps", {})
        return found


Check = Callable[[Message], bool]


def each(check: Callable[[Mapping[str, Any]], bool]) -> Check:
    return lambda message: all(check(found) for found in message.components.values())


def _topics(found: Mapping[str, Any]) -> Iterator[str]:
    for name in ("state_topic", "command_topic"):
        if name in found:
            yield found[name]
    for one in found.get("availability", ()):
        yield one.get("topic", "")


RULES: tuple[tuple[str, str, Check], ...] = (
    (
        MQTT, "the topic is <prefix>/device/<object_id>/config",
        lambda m: re.fullmatch(re.escape(m.prefix) + r"/device/[a-zA-Z0-9_-]+/config", m.topic)
        is not None,
    ),
    (
        MQTT, "the device has identifiers or connections",
        lambda m: bool(m.device.get("dev", {}).get("ids") or m.device.get("dev", {}).get("cns")),
    ),
    (
        MQTT, "the origin has a name",
        lambda m: bool(m.device.get("o", {}).get("name")),
    ),
    (MQTT, "there are components", lambda m: len(m.components) > 0),
    (MQTT, "every component has its platform", each(lambda c: c.get("p") in REQUIRED)),
    (MQTT, "every component has a unique id", each(lambda c: bool(c.get("unique_id")))),
    (
        MQTT, "unique ids differ",
        lambda m: len({c.get("unique_id") for c in m.components.values()}) == len(m.components),
    ),
    (MQTT, "the device's keys are known", lambda m: set(m.device.get("dev", {})) <= DEVICE_KEYS),
    (
        MQTT, "names and ids of devices are texts",
        lambda m: isinstance(m.device.get("dev", {}).get("name"), str),
    ),
    (
        MQTT, "every required key is there",
        each(lambda c: all(c.get(key) for key in REQUIRED[c["p"]][1]) if c.get("p") in REQUIRED
             else False),
    ),
    (
        MQTT, "every key is known to the platform's page",
        each(lambda c: set(c) <= KEYS.get(c.get("p", ""), set())),
    ),
    (MQTT, "no topic has a wildcard", each(lambda c: all(map(TOPIC.fullmatch, _topics(c))))),
    (
        MQTT, "availability is a list of topics",
        each(lambda c: all(bool(one.get("topic")) for one in c.get("availability", [{}]))),
    ),
    (LOCK, "a lock's command is not retained", each(lambda c: c.get("retain", False) is False)),
    (
        LOCK, "a lock waits for its state",
        each(lambda c: c.get("p") != "lock" or ("state_topic" in c and not c["optimistic"])),
    ),
    (
        LOCK, "a lock asks for a code, and sends it",
        each(lambda c: c.get("p") != "lock"
             or (re.compile(c["code_format"]) is not None and "code" in c["command_template"])),
    ),
    (
        BINARY_CLASSES, "a binary sensor's class exists",
        each(lambda c: c.get("p") != "binary_sensor" or c.get("device_class") in CLASSES),
    ),
)  # fmt: skip


def broken(message: Message) -> list[str]:
    """Return the rules that a message breaks, with their pages."""
    return [f"{text} ({page})" for page, text, check in RULES if not check(message)]
