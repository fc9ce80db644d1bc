"""``[[desks]]``, their readers and ``[[counters]]`` of ``unit.toml``; times in seconds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from loquet_contract.ids import AreaId, CounterId, DeskId, DoorId
from loquet_edge.config_radars import DeskRadar, radar_of
from loquet_edge.config_readers import WiredReader, reader_of
from loquet_edge.config_table import Table
from loquet_edge.config_wires import InputConfig, OutputConfig, dry_contact, light
from loquet_edge.desk_rules import (
    BADGE_LIMIT,
    DOOR_LIMIT,
    PIR_CONFIRM,
    PIR_HOLD,
    PIR_LONGEST_HOLD,
    PIR_STUCK,
    PRESENCE_HOLD,
    PRESENCE_STUCK,
    SEAT_HOLD,
    SEAT_STUCK,
)


@dataclass(frozen=True, slots=True)
class DeskSensor:
    """One wired sensor of a desk; ``key`` is where its line is said in the file."""

    key: str
    wire: InputConfig
    kind: str
    """seat, presence or pir."""
    name: str
    """Its own among the desk's sensors; its kind where nothing else was said."""
    hold: float
    stuck: float
    longest_hold: float | None = None
    confirm: float | None = None


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk, its sensors and the lights of its reader."""

    id: DeskId
    area: AreaId
    sensors: tuple[DeskSensor, ...]
    radars: tuple[DeskRadar, ...]
    away: float
    door: DoorId | None
    """The door of the room that this desk stands for; its contact is a sensor too."""
    door_limit: float
    badge_limit: float | None
    """How long a check-in counts at most; None without a reader."""
    led_granted: OutputConfig | None
    led_denied: OutputConfig | None
    buzzer: OutputConfig | None


@dataclass(frozen=True, slots=True)
class DeskReaderConfig(WiredReader):
    """A reader at a desk, where people check in and out; it opens nothing."""

    desk: DeskId


@dataclass(frozen=True, slots=True)
class CounterConfig:
    """Two beams across a door; ``outer`` is broken first by who comes in.

    ``longest``: a passage that takes longer counts nothing. ``stuck``: a beam that is broken
    for longer sees no people.
    """

    id: CounterId
    door: DoorId
    outer: InputConfig
    inner: InputConfig
    longest: float
    stuck: float


def desk_reader_of(table: Table, board: str, desks: Sequence[DeskId]) -> DeskReaderConfig:
    """Return a reader that stands at a desk; raise ConfigurationError."""
    table = table.named(f"readers.{table.id('id')}")
    wired = reader_of(table, board)
    desk = table.known("desk", table.id("desk"), desks, "desk")
    table.finish()
    return DeskReaderConfig(wired.id, wired.driver, wired.wiring, DeskId(desk))


def desk_of(table: Table, contacts: Sequence[DoorId], badged: Collection[str]) -> DeskConfig:
    """Return a desk; ``contacts``: doors whose leaf is seen, ``badged``: desks with a reader."""
    name = DeskId(table.id("id"))
    table = table.named(f"desks.{name}")
    area = AreaId(table.id("area"))
    sensors, radars = _sensors(table, name)
    reader = name in badged
    if not sensors and not radars and not reader:
        table.refuse(
            "seat_line",
            "a desk needs a seat_line, a presence_line, a presence_device, a pir_line,"
            " [[desks.sensors]] or a reader",
        )
    door = table.text("door", "")
    if door:
        table.known("door", door, contacts, "door with a contact")
    found = DeskConfig(
        id=name,
        area=area,
        sensors=sensors,
        radars=radars,
        away=table.optional_seconds("away") or 0.0,
        door=DoorId(door) if door else None,
        door_limit=table.seconds("door_limit", DOOR_LIMIT),
        badge_limit=table.seconds("badge_limit", BADGE_LIMIT) if reader else None,
        led_granted=light(f"led_granted:{name}", table.optional_line("led_granted_line")),
        led_denied=light(f"led_denied:{name}", table.optional_line("led_denied_line")),
        buzzer=light(f"buzzer:{name}", table.optional_line("buzzer_line")),
    )
    table.finish()
    return found


def counter_of(table: Table, doors: Sequence[DoorId]) -> CounterConfig:
    """Return a counter of people; raise ConfigurationError."""
    name = CounterId(table.id("id"))
    table = table.named(f"counters.{name}")
    high = table.active("broken", "high")
    outer, inner = (
        dry_contact(f"{side}:{name}", table.line(f"{side}_line"), high, 0.01, not high)
        for side in ("outer", "inner")
    )
    found = CounterConfig(
        id=name,
        door=DoorId(table.known("door", table.id("door"), doors, "door")),
        outer=outer,
        inner=inner,
        longest=table.seconds("longest", 8.0),
        stuck=table.seconds("stuck", 60.0),
    )
    table.finish()
    return found


# ---- the sensors of a desk ----------------------------------------------------------------


def _sensors(table: Table, desk: DeskId) -> tuple[tuple[DeskSensor, ...], tuple[DeskRadar, ...]]:
    found: list[DeskSensor | DeskRadar | None] = [
        _own(table, desk, kind) for kind in ("seat", "presence", "pir")
    ]
    found.append(radar_of(table, "presence_", "presence"))
    found += [_named(each, desk) for each in table.tables("sensors")]
    present = [each for each in found if each is not None]
    names = [each.name for each in present]
    for name in names:
        if names.count(name) > 1:
            table.refuse("sensors", f"the name {name!r} is there twice; names are a desk's own")
    return (
        tuple(each for each in present if isinstance(each, DeskSensor)),
        tuple(each for each in present if isinstance(each, DeskRadar)),
    )


def _own(table: Table, desk: DeskId, kind: str) -> DeskSensor | None:
    """Return the sensor of a kind that the desk's own table names: ``seat_line`` and so on."""
    line = table.optional_line(f"{kind}_line")
    high = table.active(f"{kind}_active", _ACTIVE[kind])
    # The keys of the motion detector came first, and have no prefix.
    times = _times(table, kind, "" if kind == "pir" else f"{kind}_", f"{kind}_stuck")
    if line is None:
        return None
    return DeskSensor(f"{kind}_line", _wire(f"{kind}:{desk}", line, high, kind), kind, kind, *times)


def _named(table: Table, desk: DeskId) -> DeskSensor | DeskRadar:
    name = table.id("name")
    table = table.named(f"desks.{desk}.sensors.{name}")
    kind = table.choice("kind", tuple(_ACTIVE))
    radar = None if kind != "presence" else radar_of(table, "", name)
    if radar is not None:
        table.finish()
        return radar
    high = table.active("active", _ACTIVE[kind])
    wire = _wire(f"{kind}:{desk}.{name}", table.line("line"), high, kind)
    found = DeskSensor("line", wire, kind, name, *_times(table, kind, "", "stuck"))
    table.finish()
    return found


_ACTIVE = {"seat": "low", "presence": "high", "pir": "high"}
_USUAL = {
    "seat": (SEAT_HOLD, SEAT_STUCK),
    "presence": (PRESENCE_HOLD, PRESENCE_STUCK),
    "pir": (PIR_HOLD, PIR_STUCK),
}
Times = tuple[float, float, float | None, float | None]
"""Hold, stuck, longest hold, confirm."""


def _times(table: Table, kind: str, prefix: str, stuck: str) -> Times:
    hold, limit = _USUAL[kind]
    if kind == "pir":
        return _patience(table, table.seconds(stuck, limit))
    return table.seconds(f"{prefix}hold", hold), table.seconds(stuck, limit), None, None


def _patience(table: Table, stuck: float) -> Times:
    """Whoever says ``hold`` alone wants that hold and nothing else."""
    hold, longest = table.optional_seconds("hold"), table.optional_seconds("longest_hold")
    confirm = table.optional_seconds("confirm")
    if hold is not None and longest is None:
        if confirm is not None:
            table.refuse("confirm", "needs longest_hold too: with hold alone one sign is enough")
        return hold, stuck, None, None
    hold, longest = hold or PIR_HOLD, longest or PIR_LONGEST_HOLD
    if longest < hold:
        table.refuse("longest_hold", f"must not be shorter than hold ({hold:g} s)")
    return hold, stuck, longest, confirm or PIR_CONFIRM


def _wire(name: str, line: int, high: bool, kind: str) -> InputConfig:
    if kind == "seat":
        return dry_contact(name, line, high, 0.1, pull_for_active=True)
    # A module that drives its output both ways: a bias would only fight it.
    return InputConfig(name, line, high, "none", 0.0)
