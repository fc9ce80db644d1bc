"""What the sensors' pages show, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loquet_contract.wire.payloads import InvalidPath, Unreadable, meaning, value_at
from loquet_contract.wire.sensors import Watches
from loquet_server.models import Area, Desk, Sensor, SensorPlan, SensorWord, Unit, UnitState
from loquet_server.sensors.presets import Recognised, recognise
from loquet_server.web.i18n import N_, Translations

WATCHES: Mapping[Watches, str] = {
    Watches.SEAT: N_("Seat or switch: taken or free"),
    Watches.PRESENCE: N_("Presence: sees people who sit still too"),
    Watches.PIR: N_("Motion: sees people who move"),
    Watches.DOOR: N_("Door of the room: open or closed"),
}
HEARINGS: Mapping[str, tuple[str, str]] = {
    "active": (N_("active"), "chip-good"),
    "idle": (N_("idle"), ""),
    "lost": (N_("lost"), "chip-bad"),
    "unreadable": (N_("not understood"), "chip-warn"),
    "unheard": (N_("not heard yet"), "chip-warn"),
}
LATE_MS = 180_000
"""A unit repeats its word each minute: older than this, it is cut off."""


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor in the list."""

    sensor: Sensor
    desk: Desk
    area: Area
    unit: Unit
    hearing: str
    chip: str
    at: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Listening:
    """How a unit's session with the space's broker stands."""

    unit: Unit
    online: bool
    trouble: str
    current: bool
    dropped: int
    known: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """A topic while a unit shows what it hears."""

    topic: str
    payload: str
    at: int
    looks: str
    """What it looks like; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a payload says by a mapping: a value, and active, idle or nothing."""

    value: str
    active: bool | None
    why: str = ""


def line(
    row: tuple[Sensor, Desk, Area, Unit], word: SensorWord | None, heard: bool, texts: Translations
) -> SensorLine:
    """Return a sensor as the list shows it; ``heard``: its unit is connected."""
    sensor, desk, area, unit = row
    said = (word.sensors if word is not None else {}).get(sensor.id, {})
    hearing = str(said.get("hearing", "unheard")) if heard else "lost"
    text, chip = HEARINGS.get(hearing, HEARINGS["unheard"])
    detail = str(said.get("detail", "")) if heard else texts.gettext("Its unit is offline.")
    return SensorLine(
        sensor, desk, area, unit, texts.gettext(text), chip, said.get("at"), detail
    )  # fmt: skip


def listening(
    unit: Unit, state: UnitState | None, word: SensorWord | None, plan: SensorPlan | None
) -> Listening:
    """Return how a unit's session with the space's broker stands."""
    online = bool(state is not None and state.online)
    if word is None:
        return Listening(unit, online, "", False, 0, False)
    wanted = 0 if plan is None else plan.version
    return Listening(unit, online, word.broker, word.version >= wanted, word.dropped, True)


def heard(word: SensorWord | None, texts: Translations) -> list[Heard]:
    """Return what a unit hears: what looks like a sensor first."""
    found = []
    for each in word.topics if word is not None else ():
        known = recognise(each["topic"], each["payload"])
        looks = "" if known is None else texts.gettext(known.preset.text)
        found.append(Heard(each["topic"], each["payload"], each["at"], looks))
    return sorted(found, key=lambda each: (not each.looks, each.topic))


def recognised(word: SensorWord | None, topic: str) -> Recognised | None:
    """Return what a topic looks like that a unit hears."""
    payload = payload_of(word, topic)
    return None if payload is None else recognise(topic, payload)


def payload_of(word: SensorWord | None, topic: str) -> str | None:
    """Return the last payload that a unit heard under a topic."""
    for each in word.topics if word is not None else ():
        if each["topic"] == topic:
            return str(each["payload"])
    return None


def meant(payload: str | None, values: Mapping[str, Any]) -> Meaning | None:
    """Return what a payload would mean by what stands in the form; None without a payload."""
    if payload is None:
        return None
    path, data = str(values.get("path", "")), payload.encode()
    active, idle = (_parted(values.get(name, "")) for name in ("active", "idle"))
    try:
        value = value_at(data, path)
    except (Unreadable, InvalidPath) as error:
        return Meaning("", None, str(error))
    try:
        return Meaning(value, meaning(data, path, active, idle))
    except Unreadable as error:
        return Meaning(value, None, str(error))


def _parted(value: object) -> tuple[str, ...]:
    parts: Sequence[object] = value if isinstance(value, list) else str(value).split(",")
    return tuple(text for each in parts if (text := str(each).strip()))
