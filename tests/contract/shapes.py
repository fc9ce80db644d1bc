"""Payloads as the programs that people use write them, and what each means for a desk.

Sources, read in their own documentation: Zigbee2MQTT (devices' "Exposes", "MQTT topics and
messages", "Device availability"), ESPHome ("MQTT client component"), Tasmota ("MQTT", "Commands"
and "Buttons and switches").
"""

from dataclasses import dataclass

ON_OFF = (("ON",), ("OFF",))
TRUE_FALSE = (("true",), ("false",))


@dataclass(frozen=True)
class Shape:
    """One message, the mapping that reads it, and what it means; None: nothing."""

    name: str
    payload: bytes
    path: str
    active: tuple[str, ...]
    idle: tuple[str, ...]
    means: bool | None


MOTION = (
    b'{"battery":100,"illuminance":12,"linkquality":116,"occupancy":%b,"temperature":21.4,'
    b'"update":{"installed_version":-1,"latest_version":-1,"state":null},"voltage":3100}'
)
CONTACT = b'{"battery":97,"contact":%b,"linkquality":62,"tamper":false,"voltage":3025}'
PRESENCE = (
    b'{"presence":%b,"target_distance":1.62,"illuminance":88,"linkquality":255,'
    b'"motion_state":"small"}'
)
TASMOTA = b'{"Time":"2026-03-02T09:14:07","Switch1":"%b","ANALOG":{"A0":412},"TempUnit":"C"}'

SHAPES = (
    Shape("zigbee2mqtt motion", MOTION % b"true", "occupancy", *TRUE_FALSE, True),
    Shape("zigbee2mqtt no motion", MOTION % b"false", "occupancy", *TRUE_FALSE, False),
    # A magnet beside its reed: contact true means that the door is closed.
    Shape("zigbee2mqtt door closed", CONTACT % b"true", "contact", ("false",), ("true",), False),
    Shape("zigbee2mqtt door open", CONTACT % b"false", "contact", ("false",), ("true",), True),
    Shape("zigbee2mqtt presence", PRESENCE % b"true", "presence", *TRUE_FALSE, True),
    Shape("zigbee2mqtt presence unknown", PRESENCE % b"null", "presence", *TRUE_FALSE, None),
    Shape("esphome binary sensor", b"ON", "", *ON_OFF, True),
    Shape("esphome binary sensor off", b"OFF", "", *ON_OFF, False),
    Shape("tasmota power", b"ON", "", *ON_OFF, True),
    Shape("tasmota telemetry", TASMOTA % b"OFF", "Switch1", *ON_OFF, False),
    Shape("tasmota deep", b'{"StatusSNS":{"Switch1":"ON"}}', "StatusSNS.Switch1", *ON_OFF, True),
    Shape("a number", b'{"seat":1}', "seat", ("1",), ("0",), True),
    Shape("a number with a point", b'{"seat":0.0}', "seat", ("1",), ("0",), False),
    Shape("a weight above a bound", b'{"kg":41.5}', "kg > `20`", *TRUE_FALSE, True),
    Shape("a name with a dash", b'{"seat-1":"taken"}', '"seat-1"', ("taken",), ("free",), True),
    Shape("in a list", b'{"zones":[{"on":false},{"on":true}]}', "zones[1].on", *TRUE_FALSE, True),
    Shape("white space", b" on \n", "", *ON_OFF, True),
    Shape("another word", b"maybe", "", *ON_OFF, None),
    Shape("no such key", b'{"other":true}', "occupancy", *TRUE_FALSE, None),
    Shape("not JSON", b"occupancy=true", "occupancy", *TRUE_FALSE, None),
    Shape("not text", b"\xff\xfe\x00", "", *ON_OFF, None),
    Shape("a whole object", b'{"occupancy":{"a":true}}', "occupancy", *TRUE_FALSE, None),
    Shape("no number", b'{"occupancy":NaN}', "occupancy", *TRUE_FALSE, None),
    Shape("infinite", b'{"seat":1e999}', "seat", ("1",), ("0",), None),
    Shape("nested", b"[" * 9000 + b"]" * 7000, "occupancy", *TRUE_FALSE, None),
    Shape("huge", b'{"occupancy":true}' + b" " * 20_000, "occupancy", *TRUE_FALSE, None),
    Shape("a path for another kind", b'{"seat":"x"}', "abs(seat)", *TRUE_FALSE, None),
)  # fmt: skip
