"""Le Moulin, a coworking space in a village that does not exist; the same every time.

Four doors of different kinds, three areas, twenty desks, thirty members on five plans. Two
units: one at the entrance, one at the workshop. Nothing here is random without a fixed seed.
"""

import random
from dataclasses import dataclass, field

from loquet_server.demo.offers import LOCALITY

SITE = "moulin"
SITE_NAME = "Le Moulin"
TIMEZONE = LOCALITY.timezone
CONTACT = "Camille, 02 00 00 00 00"
SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """``exit_sensing``: whether people who leave it are seen; then it may have a limit."""

    id: str
    name: str
    exit_sensing: bool = False
    capacity: int | None = None
    warn_at: int | None = None


@dataclass(frozen=True, slots=True)
class DoorPlan:
    """One door, its wiring on the simulated board, and its ways through (id, from, to)."""

    id: str
    name: str
    unit: str
    lock: str
    fail: str
    exit: str
    lock_line: int
    contact_line: int | None
    exit_line: int | None
    ways: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """One member with one badge; ``state``: valid, expired, future, disabled, suspended
    or empty (no pass left)."""

    id: str
    name: str
    plan: str
    uid: str
    state: str = "valid"
    lifts: bool = False
    extended: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """One desk; ``line`` is that of its sensor."""

    id: str
    name: str
    area: str
    unit: str
    sensor: str
    line: int
    x: int
    y: int


AREAS = (
    AreaPlan("openspace", "Grande salle"),
    AreaPlan("calme", "Salle calme", exit_sensing=True, capacity=12, warn_at=9),
    AreaPlan("atelier", "Atelier"),
)
OUTSIDE = "outside"

UNITS = {"entree": "Boîtier de l'entrée", "atelier": "Boîtier de l'atelier"}

DOORS = (
    DoorPlan(
        "entree", "Porte d'entrée", "entree", "strike", "secure", "button", 17, 22, 27,
        (("entree-in", OUTSIDE, "openspace"),),
    ),
    DoorPlan(
        "calme", "Salle calme", "entree", "motor_bolt", "secure", "reader", 18, 23, None,
        (("calme-in", "openspace", "calme"), ("calme-out", "calme", "openspace")),
    ),
    DoorPlan(
        "atelier", "Atelier", "atelier", "maglock", "safe", "sensor", 17, 22, 27,
        (("atelier-in", OUTSIDE, "atelier"),),
    ),
    DoorPlan(
        "jardin", "Porte du jardin", "atelier", "strike", "secure", "unseen", 18, 23, None,
        (("jardin-in", OUTSIDE, "openspace"),),
    ),
)  # fmt: skip

_FIRST = (
    "Camille", "Yanis", "Louise", "Malo", "Inès", "Gabriel", "Aminata", "Jules", "Rose", "Thomas",
    "Léna", "Karim", "Élise", "Hugo", "Maëlle", "Noé", "Fatou", "Simon", "Anouk", "Bastien",
    "Clara", "Driss", "Emma", "Florian", "Gwenn", "Hélène", "Ibrahim", "Jeanne", "Killian", "Lucie",
)  # fmt: skip
_LAST = (
    "Morvan", "Benali", "Garnier", "Le Gall", "Haddad", "Petit", "Diallo", "Roux", "Fontaine",
    "Lambert", "Kerviel", "Mansouri", "Chevalier", "Barbier", "Guillou", "Marchand", "Sow",
    "Perrin", "Lemoine", "Renard", "Aubert", "Tazi", "Masson", "Dufour", "Riou", "Colin", "Traoré",
    "Brunet", "Leroy", "Girard",
)  # fmt: skip
_SHARES = (
    *("resident",) * 8, *("temps-plein",) * 8, *("temps-partiel",) * 6, *("soirs",) * 4,
    *("occasionnel",) * 4,
)  # fmt: skip
_STATES = {13: "expired", 20: "disabled", 24: "future", 27: "suspended", 28: "empty"}
_SHARING = (26, 29)
"""Two people whom the community of communes sends, and who share its passes."""


def members() -> tuple[MemberPlan, ...]:
    """Return the thirty members: 7-byte UIDs as on the badges sold today, a few of 4 bytes."""
    draw = random.Random(SEED)
    found = []
    for at, (first, last, plan) in enumerate(zip(_FIRST, _LAST, _SHARES, strict=True)):
        size = 4 if at % 7 == 3 else 7
        uid = bytes([0x04]) + draw.randbytes(size - 1)
        found.append(
            MemberPlan(
                id=f"h{draw.getrandbits(48):012x}",
                name=f"{first} {last}",
                plan=plan,
                uid=uid.hex(),
                state=_STATES.get(at, "valid"),
                lifts=at == 0,
                extended=at == 6,
                shares=at in _SHARING,
            )
        )
    return tuple(found)


UNKNOWN_UID = "04deadbeef0000"
"""A badge that nobody has registered."""


def desks() -> tuple[DeskPlan, ...]:
    """Return the twenty desks: twelve in the big room, six in the quiet one, two benches."""
    found = []
    for at in range(12):
        sensor = "pir" if at % 4 == 3 else "seat"
        found.append(
            DeskPlan(
                f"g{at + 1:02d}", f"G{at + 1}", "openspace", "entree", sensor, 32 + at,
                at % 4, at // 4,
            )
        )  # fmt: skip
    for at in range(6):
        found.append(
            DeskPlan(
                f"c{at + 1:02d}", f"C{at + 1}", "calme", "entree", "seat", 44 + at, at % 3, at // 3
            )
        )
    for at in range(2):
        found.append(
            DeskPlan(
                f"a{at + 1:02d}", f"A{at + 1}", "atelier", "atelier", "presence", 32 + at, at, 0
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Lines that a unit has once."""

    fire: int = 24
    rearm: int = 25
    led_granted: tuple[int, ...] = field(default=(5, 12))
    led_denied: tuple[int, ...] = field(default=(6, 13))
    buzzer: tuple[int, ...] = field(default=(16, 26))
    tamper: int = 54
    mains: int = 55
    doorbell: int = 56
    """The last three, of the unit at the entrance."""


WIRING = Wiring()


def unit_toml(unit: str, run: str = "run", broker: str = "") -> str:
    """Return a simulated unit's ``unit.toml``; ``broker``: host:port, if not the identity's."""
    doors = [door for door in DOORS if door.unit == unit]
    parts = [
        '# A simulated unit of the demo. The same file with board = "gpiochip0" and real lines',
        "# is what stands on a Raspberry Pi: see hardware/examples.",
        "[unit]",
        f'site = "{SITE}"',
        f'id = "{unit}"',
        'board = "simulated"',
        'data = "data"',
        f'run = "{run}"',
        'identity = "identity.json"',
    ]
    if broker:
        parts += ["", "[link]", f'broker = "{broker}"']
    parts += [
        "",
        "[fire]",
        f"line = {WIRING.fire}",
        f"rearm_line = {WIRING.rearm}",
    ]
    for at, door in enumerate(doors):
        parts += _door_toml(door, at)
    for door in doors:
        for direction, (way, _from, _to) in enumerate(door.ways):
            parts += [
                "", "[[readers]]", f'id = "{way}"', 'driver = "simulated"', f'door = "{door.id}"',
                f'access_point = "{way}"',
            ]  # fmt: skip
            if direction == 1 and door.exit == "reader":
                parts.append("exit = true")
    for desk in desks():
        if desk.unit == unit:
            parts += [
                "", "[[desks]]", f'id = "{desk.id}"', f'area = "{desk.area}"',
                f"{desk.sensor}_line = {desk.line}", *_TIMES[desk.sensor],
            ]  # fmt: skip
    if unit == "entree":
        parts += [
            "", "[case]", f"tamper_line = {WIRING.tamper}", f"mains_line = {WIRING.mains}",
            "", "[[readers]]", f'id = "{BADGE_DESK}-badge"', 'driver = "simulated"',
            f'desk = "{BADGE_DESK}"', "", "[[counters]]", 'id = "entree-beams"',
            'door = "entree"', "outer_line = 52", "inner_line = 53",
        ]  # fmt: skip
    return "\n".join(parts) + "\n"


BADGE_DESK = "g01"
"""A desk with a reader of its own."""
_TIMES = {
    "seat": ("seat_hold = 2", "away = 60"),
    "presence": ("presence_hold = 5", "away = 60"),
    "pir": ("hold = 30", "longest_hold = 60", "confirm = 60"),
}
"""Shorter than in a house, so that a visitor sees what comes of sitting down and getting up."""


def _door_toml(door: DoorPlan, at: int) -> list[str]:
    parts = [
        "", "[[doors]]", f'id = "{door.id}"', f'lock = "{door.lock}"', f'fail = "{door.fail}"',
        f"lock_line = {door.lock_line}",
        f'lock_active = "{"low" if door.fail == "safe" else "high"}"',
        f'exit = "{door.exit}"',
    ]  # fmt: skip
    if door.contact_line is not None:
        parts.append(f"contact_line = {door.contact_line}")
    if door.exit_line is not None:
        parts.append(f"exit_line = {door.exit_line}")
    parts += [
        f"led_granted_line = {WIRING.led_granted[at]}",
        f"led_denied_line = {WIRING.led_denied[at]}",
        f"buzzer_line = {WIRING.buzzer[at]}",
    ]
    if door.id == "entree":
        parts.append(f"doorbell_line = {WIRING.doorbell}")
    return parts
