"""``unit.toml``: what hangs on this unit. Strict: an unknown or wrong key is an error with advice.

Lines are offsets on ``gpiochip0`` (BCM numbers). Polarity is said here once and translated at
the pin: above, a line is active or not, whatever its level. A *lock* line is active when the
door is released, an exit line when somebody asks to leave, a fire line when there is a fire.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from loquet_contract.ids import AccessPointId, DoorId, SiteId, UnitId
from loquet_edge.config_desks import (
    CounterConfig,
    DeskConfig,
    DeskReaderConfig,
    counter_of,
    desk_of,
    desk_reader_of,
)
from loquet_edge.config_doors import (
    CaseConfig,
    DoorUnitConfig,
    FailMode,
    FireConfig,
    case_of,
    door_of,
    fire_of,
)
from loquet_edge.config_feedback import voice_of
from loquet_edge.config_lines import check_lines, check_readers
from loquet_edge.config_radars import check_radars
from loquet_edge.config_readers import WiredReader, check_speeds, reader_of
from loquet_edge.config_sensors import SensorsConfig, sensors_of
from loquet_edge.config_table import Table
from loquet_edge.errors import ConfigurationError
from loquet_edge.feedback.voice import Voice
from loquet_edge.pinout import Board, board_of, pinout

__all__ = [
    "CaseConfig", "DoorUnitConfig", "FailMode", "FireConfig", "ReaderConfig", "UnitConfig", "load",
]  # fmt: skip

MOST_DOORS, MOST_READERS = 4, 8
"""What one unit has been built and measured for; more doors are another unit's."""
KEEP_DAYS = 30
"""Days after which the journal erases bodies, where ``unit.toml`` says nothing else."""
KEEP_FREE_MB = 64
"""Of the disk, where ``unit.toml`` says nothing else: room for the system's own log."""
LEAST_DAYS, MOST_DAYS = 7, 90
"""A week for a server that was restored from an old backup; named passages live 90 days."""


@dataclass(frozen=True, slots=True)
class ReaderConfig(WiredReader):
    """A reader at a door, and the access point that it stands at.

    ``exit``: it is at the way out, where any badge releases, with no policy too.
    """

    door: DoorId
    access_point: AccessPointId
    exit: bool = False
    voice: Voice = field(default_factory=Voice)
    """How its own lights and buzzer speak, where it has any."""


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
    sensors: SensorsConfig | None
    """The space's own broker, for the sensors that hang on it."""
    keep_days: int
    """Days after which the journal erases the bodies of what the server has confirmed."""
    keep_free_mb: int
    """Below so much free disk, what the server has confirmed goes before its days."""
    fire: FireConfig | None
    doors: tuple[DoorUnitConfig, ...]
    readers: tuple[ReaderConfig, ...]
    """Those at doors."""
    desk_readers: tuple[DeskReaderConfig, ...]
    desks: tuple[DeskConfig, ...]
    counters: tuple[CounterConfig, ...]
    case: CaseConfig = field(default_factory=CaseConfig)
    model: str = "auto"
    """Which Raspberry Pi it is; ``auto``: the one that this runs on."""

    @property
    def header(self) -> Board:
        """What the lines of its header can be."""
        return board_of(self.model)

    @property
    def all_readers(self) -> tuple[WiredReader, ...]:
        return (*self.readers, *self.desk_readers)

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
    except FileNotFoundError as error:
        what = "is not there; name another with --config, or run 'loquet-edge adopt' for a new unit"
        raise ConfigurationError(file, "", "", what) from error
    except OSError as error:
        raise ConfigurationError(file, "", "", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(file, "", "", f"is not TOML: {error}") from error
    return _unit(file, text, Table(file, "", plain))


def _unit(file: Path, text: str, top: Table) -> UnitConfig:
    unit = top.table("unit")
    board = unit.choice("board", ("gpiochip0", "simulated"), "gpiochip0")
    doors = tuple(door_of(each) for each in top.tables("doors"))
    names = tuple(door.id for door in doors)
    link, (days, free) = top.optional("link"), _journal(top.optional("journal"))
    readers = [(each, each.text("desk", "")) for each in top.tables("readers")]
    contacts = tuple(door.id for door in doors if door.contact is not None)
    badged = {desk for _, desk in readers if desk}
    desks = tuple(desk_of(each, contacts, badged) for each in top.tables("desks"))
    places = tuple(desk.id for desk in desks)
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
            "clock", ("kernel", "rtc", "trusted"), "trusted" if board == "simulated" else "kernel"
        ),
        broker=None if link is None else link.address("broker"),
        sensors=sensors_of(top.optional("sensors")),
        keep_days=days,
        keep_free_mb=free,
        fire=fire_of(top.optional("fire"), names),
        doors=doors,
        readers=tuple(_reader(each, doors, board) for each, desk in readers if not desk),
        desk_readers=tuple(desk_reader_of(each, board, places) for each, desk in readers if desk),
        desks=desks,
        counters=tuple(counter_of(each, names) for each in top.tables("counters")),
        case=case_of(top.optional("case")),
        model=unit.choice("model", ("auto", *pinout().boards), "auto"),
    )
    unit.finish()
    if link is not None:
        link.finish()
    top.finish()
    _check_counts(found)
    _check_unique(found)
    check_readers(found)
    check_speeds(found.file, found.all_readers)
    check_radars(found)
    check_lines(found)
    return found


def _journal(table: Table | None) -> tuple[int, int]:
    """Return ``keep_days`` and ``keep_free_mb``."""
    if table is None:
        return KEEP_DAYS, KEEP_FREE_MB
    days = table.whole("keep_days", KEEP_DAYS, LEAST_DAYS, MOST_DAYS)
    free = table.whole("keep_free_mb", KEEP_FREE_MB, 8, 4096)
    table.finish()
    return days, free


def _reader(table: Table, doors: tuple[DoorUnitConfig, ...], board: str) -> ReaderConfig:
    table = table.named(f"readers.{table.id('id')}")
    wired = reader_of(table, board)
    at = {door.id: door for door in doors}
    door = at[DoorId(table.known("door", table.id("door"), tuple(at), "door"))]
    found = ReaderConfig(
        wired.id, wired.driver, wired.wiring,
        door=door.id,
        access_point=AccessPointId(table.id("access_point")),
        exit=table.flag("exit", False),
        voice=voice_of(table, door.voice),
    )  # fmt: skip
    table.finish()
    return found


def _check_counts(config: UnitConfig) -> None:
    for table, found, most in (
        ("doors", len(config.doors), MOST_DOORS), ("readers", len(config.readers), MOST_READERS),
    ):  # fmt: skip
        if found > most:
            raise ConfigurationError(
                config.file, table, "id",
                f"{found} {table} are too many for one unit, which takes {most} at its doors;"
                " give the others to a second unit",
            )  # fmt: skip


def _check_unique(config: UnitConfig) -> None:
    for table, items in (
        ("doors", config.doors), ("readers", config.all_readers), ("desks", config.desks),
        ("counters", config.counters),
    ):  # fmt: skip
        seen: set[str] = set()
        for item in items:
            if item.id in seen:
                raise ConfigurationError(
                    config.file, table, "id", f"{item.id!r} is there twice; ids are unique"
                )
            seen.add(item.id)
