"""``unit.toml``: what hangs on this unit. Strict: an unknown or wrong key is an error with advice.

Lines are offsets on ``gpiochip0`` (BCM numbers). Polarity is said here once and translated at
the pin: above, a line is active or not, whatever its level. A *lock* line is active when the
door is released, an exit line when somebody asks to leave, a fire line when there is a fire.
"""

import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal

from loquet_contract.ids import AccessPointId, AreaId, DeskId, DoorId, ReaderId, SiteId, UnitId
from loquet_edge.config_lines import check_lines, check_readers
from loquet_edge.config_table import Table
from loquet_edge.door_rules import TIME_LIMITS, exit_releases
from loquet_edge.errors import ConfigurationError

Pull = Literal["up", "down", "none"]


class FailMode(StrEnum):
    """What the lock does without power: it stays locked (secure), or lets go (safe)."""

    SECURE = "secure"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class InputConfig:
    """One input: its line, its polarity, its bias, and how long a level must be stable."""

    name: str
    line: int
    active_high: bool
    pull: Pull
    debounce: float


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """One output: its line, and the level that makes it active."""

    name: str
    line: int
    active_high: bool


@dataclass(frozen=True, slots=True)
class FireConfig:
    """The fire loop, the button that re-arms, and the doors that it releases."""

    loop: InputConfig
    rearm: InputConfig
    doors: tuple[DoorId, ...]


@dataclass(frozen=True, slots=True)
class DoorUnitConfig:
    """One door as it is wired; times in seconds."""

    id: DoorId
    lock: str
    fail: FailMode
    lock_output: OutputConfig
    """Active when released."""
    energised_high: bool
    """The level that puts current through the lock's relay."""
    exit: str
    contact: InputConfig | None
    """Active when the leaf is open."""
    exit_input: InputConfig | None
    release: float
    extended_release: float
    maximum: float
    pre_alarm: float
    alarm: float
    exit_stuck: float
    led_granted: OutputConfig | None
    led_denied: OutputConfig | None
    buzzer: OutputConfig | None

    @property
    def exit_releases(self) -> bool:
        """False for a sensor beside a free handle: it explains an opening and unlocks nothing."""
        return exit_releases(self.exit, self.lock)


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """One reader: how it is reached, and the access point that it stands at.

    ``exit``: it is at the way out, where any badge releases, with no policy too.
    """

    id: ReaderId
    driver: str
    port: str
    bus: int
    device: int
    door: DoorId
    access_point: AccessPointId
    poll: float
    exit: bool = False


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """One desk and its sensors; times in seconds."""

    id: DeskId
    area: AreaId
    seat: InputConfig | None
    pir: InputConfig | None
    hold: float
    seat_hold: float


@dataclass(frozen=True, slots=True)
class UnitConfig:
    """A whole unit; every path is absolute."""

    file: Path
    text: str
    site: SiteId
    unit: UnitId
    board: str
    data: Path
    run: Path
    identity: Path
    clock: str
    broker: tuple[str, int] | None
    """Where to reach the broker if not where the identity says (a tunnel, a new address)."""
    fire: FireConfig | None
    doors: tuple[DoorUnitConfig, ...]
    readers: tuple[ReaderConfig, ...]
    desks: tuple[DeskConfig, ...]

    @property
    def simulated(self) -> bool:
        return self.board == "simulated"

    @property
    def guard_socket(self) -> Path:
        """In a folder of its own, which systemd hides from ``link``."""
        return self.run / "guard" / "lockguard.sock"

    @property
    def door_socket(self) -> Path:
        return self.run / "door.sock"

    @property
    def board_socket(self) -> Path:
        return self.run / "board.sock"

    @property
    def fire_latch(self) -> Path:
        return self.data / "fire_latch"


def load(file: Path) -> UnitConfig:
    """Return the unit that ``file`` describes; raise ConfigurationError."""
    file = file.resolve()
    try:
        text = file.read_text("utf-8")
        plain = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(file, "", "", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(file, "", "", f"is not TOML: {error}") from error
    return _unit(file, text, Table(file, "", plain))


def _unit(file: Path, text: str, top: Table) -> UnitConfig:
    unit = top.table("unit")
    board = unit.choice("board", ("gpiochip0", "simulated"), "gpiochip0")
    doors = tuple(_door(each, at) for at, each in enumerate(top.tables("doors")))
    names = tuple(door.id for door in doors)
    link = top.optional("link")
    found = UnitConfig(
        file=file,
        text=text,
        site=SiteId(unit.id("site")),
        unit=UnitId(unit.id("id")),
        board=board,
        data=unit.path("data", "data"),
        run=unit.path("run", "run"),
        identity=unit.path("identity", "identity.json"),
        clock=unit.choice(
            "clock", ("kernel", "trusted"), "trusted" if board == "simulated" else "kernel"
        ),
        broker=None if link is None else link.address("broker"),
        fire=_fire(top.optional("fire"), names),
        doors=doors,
        readers=tuple(_reader(each, names, board) for each in top.tables("readers")),
        desks=tuple(_desk(each) for each in top.tables("desks")),
    )
    unit.finish()
    if link is not None:
        link.finish()
    top.finish()
    _check_unique(found)
    check_readers(found)
    check_lines(found)
    return found


def _fire(table: Table | None, doors: tuple[DoorId, ...]) -> FireConfig | None:
    if table is None:
        return None
    closed = table.flag("normally_closed", True)
    pull = table.pull("pull", "up")
    # A loop to ground with a pull-up reads high when it is cut; one to 3.3 V is the other way.
    loop = InputConfig("fire", table.line("line"), closed == (pull != "down"), pull, 0.02)
    rearm = table.active("rearm_active", "low")
    named = table.names("doors", doors)
    if doors and not named:
        table.refuse("doors", "a fire would release no door; name some, or leave the key out: all")
    for name in named:
        table.known("doors", name, doors, "door")
    found = FireConfig(
        loop,
        InputConfig("rearm", table.line("rearm_line"), rearm, "down" if rearm else "up", 0.05),
        tuple(DoorId(name) for name in named),
    )
    table.finish()
    return found


def _door(table: Table, at: int) -> DoorUnitConfig:
    name = DoorId(table.id("id"))
    table = table.named(f"doors.{name}")
    lock = table.choice("lock", ("strike", "motor_bolt", "maglock"))
    fail = FailMode(table.choice("fail", ("secure", "safe"), _usual_fail(lock)))
    energised = table.active("lock_active", "high")
    exit_line, exit_style = table.optional_line("exit_line"), table.choice("exit", _EXITS, "unseen")
    if exit_style in ("sensor", "button") and exit_line is None:
        table.refuse("exit_line", f'exit = "{exit_style}" needs the line that it is wired to')
    exit_high = table.active("exit_active", "low")
    contact_line = table.optional_line("contact_line")
    closed_low = table.choice("contact_closed", ("low", "high"), "low") == "low"
    found = DoorUnitConfig(
        id=name,
        lock=lock,
        fail=fail,
        lock_output=OutputConfig(
            f"lock:{name}", table.line("lock_line"), energised == (fail is FailMode.SECURE)
        ),
        energised_high=energised,
        exit=exit_style,
        contact=_input(f"contact:{name}", contact_line, closed_low, 0.03),
        exit_input=_input(f"exit:{name}", exit_line, exit_high, 0.01, pull_for_active=True),
        release=table.seconds("release", 5.0),
        extended_release=table.seconds("extended_release", 15.0),
        maximum=table.seconds("maximum", 30.0),
        pre_alarm=table.seconds("pre_alarm", 20.0),
        alarm=table.seconds("alarm", 30.0),
        exit_stuck=table.seconds("exit_stuck", 60.0),
        led_granted=_output(f"led_granted:{name}", table.optional_line("led_granted_line")),
        led_denied=_output(f"led_denied:{name}", table.optional_line("led_denied_line")),
        buzzer=_output(f"buzzer:{name}", table.optional_line("buzzer_line")),
    )
    table.finish()
    for key, limit in TIME_LIMITS:
        if getattr(found, key) > getattr(found, limit):
            table.refuse(key, f"must not be longer than {limit} ({getattr(found, limit)} s)")
    return found


_EXITS = ("unseen", "sensor", "button", "reader")


def _usual_fail(lock: str) -> str:
    return "safe" if lock == "maglock" else "secure"


def _input(
    name: str, line: int | None, active_high: bool, debounce: float, pull_for_active: bool = False
) -> InputConfig | None:
    """A dry contact: biased to the level it has while nothing connects it."""
    if line is None:
        return None
    idle_high = not active_high if pull_for_active else active_high
    return InputConfig(name, line, active_high, "up" if idle_high else "down", debounce)


def _output(name: str, line: int | None) -> OutputConfig | None:
    return None if line is None else OutputConfig(name, line, True)


def _reader(table: Table, doors: tuple[DoorId, ...], board: str) -> ReaderConfig:
    name = ReaderId(table.id("id"))
    table = table.named(f"readers.{name}")
    driver = table.choice(
        "driver", ("rc522", "simulated"), "simulated" if board == "simulated" else "rc522"
    )
    if driver == "simulated" and board != "simulated":
        table.refuse("driver", 'a "simulated" reader needs board = "simulated" in [unit]')
    found = ReaderConfig(
        id=name,
        driver=driver,
        port=table.choice("port", ("spidev", "mfrc522"), "spidev"),
        bus=table.whole("bus", 0, 0, 6),
        device=table.whole("device", 0, 0, 2),
        door=DoorId(table.known("door", table.id("door"), doors, "door")),
        access_point=AccessPointId(table.id("access_point")),
        poll=table.seconds("poll", 0.025),
        exit=table.flag("exit", False),
    )
    table.finish()
    return found


def _desk(table: Table) -> DeskConfig:
    name = DeskId(table.id("id"))
    table = table.named(f"desks.{name}")
    seat, seat_high = table.optional_line("seat_line"), table.active("seat_active", "low")
    pir, pir_high = table.optional_line("pir_line"), table.active("pir_active", "high")
    pir_input = _input(f"pir:{name}", pir, pir_high, 0.0)
    found = DeskConfig(
        id=name,
        area=AreaId(table.id("area")),
        seat=_input(f"seat:{name}", seat, seat_high, 0.1, pull_for_active=True),
        # A PIR module drives its output both ways: a bias would only fight it.
        pir=None if pir_input is None else replace(pir_input, pull="none"),
        hold=table.seconds("hold", 300.0),
        seat_hold=table.seconds("seat_hold", 10.0),
    )
    if found.seat is None and found.pir is None:
        table.refuse("seat_line", "a desk needs a seat_line, a pir_line or both")
    table.finish()
    return found


def _check_unique(config: UnitConfig) -> None:
    for table, items in (
        ("doors", config.doors), ("readers", config.readers), ("desks", config.desks),
    ):  # fmt: skip
        seen: set[str] = set()
        for item in items:
            if item.id in seen:
                raise ConfigurationError(
                    config.file, table, "id", f"{item.id!r} is there twice; ids are unique"
                )
            seen.add(item.id)
