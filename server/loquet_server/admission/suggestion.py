"""What the server suggests as a new unit's ``unit.toml``: lines of the pinout, to be checked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LINES = (
    {"lock": 17, "contact": 22, "exit": 23, "granted": 5, "denied": 6, "buzzer": 13},
    {"lock": 18, "contact": 26, "exit": 16, "granted": 12, "denied": 19, "buzzer": 20},
)
"""BCM lines of the first two doors, as in ``hardware/pinout.toml``."""
FIRE, REARM = 24, 25
SEATS = (12, 16, 20, 21, 5, 6, 13, 19)
"""BCM lines of the sensors of up to eight desks, as in ``hardware/examples/twelve_desks``."""
BEAMS = (26, 27)
"""BCM lines of the outer and the inner beam of a counter, as there."""
_WALL = (
    'board = "gpiochip0"',
    'data = "/var/lib/loquet"',
    'run = "/run/loquet"',
    'identity = "/var/lib/loquet/identity.json"',
)
_LAPTOP = ('board = "simulated"', 'data = "data"', 'run = "run"', 'identity = "identity.json"')

MOST_DOORS, MOST_READERS = len(LINES), 2
"""Of a unit that the pinout's lines are enough for: SPI0 has two chip selects."""
_LOCKS, _EXITS = ("strike", "motor_bolt", "maglock"), ("unseen", "sensor", "button", "reader")


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a door, and the reader at which people ask for it."""

    access_point: str
    reader: str
    exit: bool = False


@dataclass(frozen=True, slots=True)
class WiredDoor:
    """What the server knows of a door's wiring; without ways: one reader outside."""

    id: str
    lock: str = "strike"
    exit: str = "button"
    contact: bool = True
    ways: tuple[Way, ...] = ()
    beams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedDesk:
    """A desk and its area. ``heard``: by messages on the space's own broker, not by a wire."""

    id: str
    area: str
    heard: bool = False


def unit_toml(
    site: str, unit: str, doors: Sequence[WiredDoor], desks: Sequence[PlacedDesk] = (),
    *, seats: bool = False, simulated: bool = False,
) -> str:  # fmt: skip
    """Return the text for a unit of these doors, an RC522 at each reader's place, and desks.

    ``seats``: desks have seat switches, else motion detectors.
    """
    parts = _head(site, unit, simulated=simulated)
    if doors or not desks:
        parts += ["", "[fire]", f"line = {FIRE}", f"rearm_line = {REARM}"]
    count, used = 0, set[int]()
    for door, lines in zip(doors, LINES, strict=False):
        used.update(lines.values())
        parts += _door(door, lines)
        for way in door.ways or (Way(f"{door.id}-in", f"{door.id}-reader"),):
            parts += _reader(door, way, count, simulated=simulated)
            count += 1
    free = [line for line in (*SEATS, *BEAMS) if line not in used]
    for door in doors[: len(LINES)]:
        for beam in door.beams:
            parts += _beams(door, beam, free)
    for desk in desks:
        parts += _desk(desk, free, "seat_line" if seats else "pir_line")
    return "\n".join(parts) + "\n"


def names_toml(doors: Sequence[WiredDoor], desks: Sequence[PlacedDesk]) -> str:
    """Return by which names a ``unit.toml`` must call these; their lines are the installer's."""
    parts: list[str] = []
    for door in doors:
        parts += ["", "[[doors]]", f'id = "{door.id}"']
        for way in door.ways:
            parts += ["", *_place(door, way)]
        for beam in door.beams:
            parts += ["", *_counter(door, beam)]
    for desk in desks:
        parts += [] if desk.heard else ["", *_seat(desk)]
    return "\n".join(parts[1:])


def _door(door: WiredDoor, lines: dict[str, int]) -> Iterator[str]:
    lock = door.lock if door.lock in _LOCKS else "strike"
    leaving = door.exit if door.exit in _EXITS else "unseen"
    yield from (
        "",
        "[[doors]]",
        f'id = "{door.id}"',
        f'lock = "{lock}"',
        f'fail = "{"safe" if lock == "maglock" else "secure"}"',
        f"lock_line = {lines['lock']}",
        'lock_active = "high"',
    )
    if door.contact:
        yield f"contact_line = {lines['contact']}"
    yield f'exit = "{leaving}"'
    if leaving in ("sensor", "button"):
        yield f"exit_line = {lines['exit']}"
    yield from (f"{name}_line = {lines[line]}" for name, line in _SIGNS)


_SIGNS = (("led_granted", "granted"), ("led_denied", "denied"), ("buzzer", "buzzer"))


def _reader(door: WiredDoor, way: Way, at: int, *, simulated: bool) -> Iterator[str]:
    driver = ('driver = "simulated"',) if simulated else _spi(at)
    text = [*_place(door, way), *driver]
    if simulated or at < MOST_READERS:
        yield from ("", *text)
    else:
        yield from _left_over(text, "this reader", "a bus of its own")


def _place(door: WiredDoor, way: Way) -> list[str]:
    return [
        "[[readers]]",
        f'id = "{way.reader}"',
        f'door = "{door.id}"',
        f'access_point = "{way.access_point}"',
        *(("exit = true",) if way.exit else ()),
    ]


def _counter(door: WiredDoor, beam: str) -> list[str]:
    return ["[[counters]]", f'id = "{beam}"', f'door = "{door.id}"']


def _seat(desk: PlacedDesk) -> list[str]:
    return ["[[desks]]", f'id = "{desk.id}"', f'area = "{desk.area}"']


def _left_over(text: Iterable[str], what: str, other: str) -> Iterator[str]:
    yield ""
    yield f"# No lines are left for {what}: see loquet-edge pins, and give it {other}."
    yield from (f"# {line}" for line in text)


def _spi(at: int) -> tuple[str, ...]:
    return ('driver = "rc522"', "bus = 0", f"device = {at}")


def _beams(door: WiredDoor, beam: str, free: list[int]) -> Iterator[str]:
    text = _counter(door, beam)
    if len(free) < len(BEAMS):
        yield from _left_over(text, "these beams", "lines that are")
        return
    lines = BEAMS if set(BEAMS) <= set(free) else (free[-2], free[-1])
    for line in lines:
        free.remove(line)
    yield from ("", *text, f"outer_line = {lines[0]}", f"inner_line = {lines[1]}")


def _desk(desk: PlacedDesk, free: list[int], kind: str) -> Iterator[str]:
    if desk.heard:
        yield from ("", f"# Desk {desk.id} needs no line: its sensor speaks on the broker that")
        yield "# the table [sensors] names."
        return
    text = _seat(desk)
    if free:
        yield from ("", *text, f"{kind} = {free.pop(0)}")
    else:
        yield from _left_over(text, "this desk", "a line that is")


def _head(site: str, unit: str, *, simulated: bool) -> list[str]:
    return [
        "# Suggested by the server. Check every line against your wiring: loquet-edge pins.",
        "[unit]",
        f'site = "{site}"',
        f'id = "{unit}"',
        *(_LAPTOP if simulated else _WALL),
    ]
