"""``[[readers]]`` of ``unit.toml``: how each driver's reader is reached, by a table of drivers.

A driver has one wiring and one function that reads it from the reader's table; whatever is not
asked for there is an unknown key. Times in seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.ids import ReaderId
from loquet_edge.config_table import Table
from loquet_edge.config_wires import OutputConfig, Pull
from loquet_edge.errors import ConfigurationError

SERIAL_BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
WIEGAND_FORMATS = ("h10301", "w34", "c1000_35", "h10302", "h10304", "c1000_48")
"""Every format that is known; each is accepted where a reader names none."""
KEYPADS = ("none", "4bit", "8bit")


@dataclass(frozen=True, slots=True)
class SimulatedWiring:
    """A reader of the simulated board, by its id."""

    @property
    def place(self) -> tuple[str, str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Rc522Wiring:
    """An MFRC522 at a chip select of an SPI bus; ``port`` is the package that talks to it."""

    port: str = "spidev"
    bus: int = 0
    device: int = 0
    poll: float = 0.025

    @property
    def place(self) -> tuple[str, str] | None:
        return f"SPI {self.bus}", f".{self.device}"


@dataclass(frozen=True, slots=True)
class SerialWiring:
    """A reader that sends lines of text over a serial port, 8N1."""

    device: Path
    baud: int = 9600

    @property
    def place(self) -> tuple[str, str] | None:
        return str(self.device), ""


@dataclass(frozen=True, slots=True)
class WiegandWiring:
    """Two data lines that idle high, and what the unit drives at the reader.

    ``gap``: seconds without a bit after which a number is complete.
    """

    d0: int
    d1: int
    formats: tuple[str, ...] = WIEGAND_FORMATS
    pull: Pull = "up"
    keypad: str = "none"
    gap: float = 0.025
    led: OutputConfig | None = None
    buzzer: OutputConfig | None = None

    @property
    def place(self) -> tuple[str, str] | None:
        return None


@dataclass(frozen=True, slots=True)
class OsdpWiring:
    """A device on an RS-485 line; several share one line, each with its address."""

    device: Path
    baud: int
    address: int
    key_file: Path
    last_first: bool = False
    """It sends the last bit of a Wiegand number first, and the last byte of a card's number."""

    @property
    def place(self) -> tuple[str, str] | None:
        return str(self.device), f" address {self.address}"


ReaderWiring = SimulatedWiring | Rc522Wiring | SerialWiring | WiegandWiring | OsdpWiring
"""``place``: the bus, and the place on it that one reader alone can have; None: its lines say."""
Parse = Callable[[Table, ReaderId], ReaderWiring]
"""Reads a driver's keys of a reader's table; the table's other keys are still to be asked for."""


@dataclass(frozen=True, slots=True)
class WiredReader:
    """One reader: its driver, and how it is reached."""

    id: ReaderId
    driver: str
    wiring: ReaderWiring


def reader_of(table: Table, board: str) -> WiredReader:
    """Return how a reader is reached; the table's other keys are still to be asked for."""
    simulated = board == "simulated"
    driver = table.choice("driver", tuple(DRIVERS), "simulated" if simulated else "rc522")
    if driver == "simulated" and not simulated:
        table.refuse("driver", 'a "simulated" reader needs board = "simulated" in [unit]')
    if driver == "wiegand" and simulated:
        table.refuse("driver", 'a "wiegand" reader needs the lines of board = "gpiochip0"')
    name = ReaderId(table.id("id"))
    return WiredReader(name, driver, DRIVERS[driver](table, name))


def reader_output(reader: WiredReader, key: str) -> OutputConfig | None:
    """Return the line that drives a reader's own "led" or "buzzer", if one is wired."""
    wiring = reader.wiring
    if not isinstance(wiring, WiegandWiring):
        return None
    return wiring.led if key == "led" else wiring.buzzer


def serial_device(table: Table, key: str = "device") -> Path:
    """Return the path of a serial port; raise ConfigurationError with how to find one."""
    text = table.text(key)
    if not text.startswith("/"):
        table.refuse(
            key,
            f'write the whole path of the serial port, "/dev/serial0" for the header\'s own or'
            f' one of "ls /dev/serial/by-id/", not {text!r}',
        )
    return Path(text)


def baud_rate(table: Table, default: int) -> int:
    """Return the speed of a serial port; raise ConfigurationError."""
    found = table.whole("baud", default, SERIAL_BAUDS[0], SERIAL_BAUDS[-1])
    if found not in SERIAL_BAUDS:
        table.refuse("baud", f"{found} is none of {', '.join(map(str, SERIAL_BAUDS))}")
    return found


def check_speeds(file: Path, readers: Iterable[WiredReader]) -> None:
    """Raise ConfigurationError for two speeds on one OSDP line."""
    speeds: dict[Path, tuple[ReaderId, int]] = {}
    for each in readers:
        if not isinstance(each.wiring, OsdpWiring):
            continue
        first, speed = speeds.setdefault(each.wiring.device, (each.id, each.wiring.baud))
        if speed != each.wiring.baud:
            raise ConfigurationError(
                file, f"readers.{each.id}", "baud",
                f"{each.wiring.baud} does not go with {speed} of [readers.{first}] on the same"
                " line; set both readers to one speed, and say it here",
            )  # fmt: skip


# ---- the drivers ----------------------------------------------------------------------------


def _simulated(_table: Table, _name: ReaderId) -> SimulatedWiring:
    return SimulatedWiring()


def _rc522(table: Table, _name: ReaderId) -> Rc522Wiring:
    return Rc522Wiring(
        port=table.choice("port", ("spidev", "mfrc522"), "spidev"),
        bus=table.whole("bus", 0, 0, 6),
        device=table.whole("device", 0, 0, 2),
        poll=table.seconds("poll", 0.025),
    )


def _serial(table: Table, _name: ReaderId) -> SerialWiring:
    return SerialWiring(serial_device(table), baud_rate(table, 9600))


def _wiegand(table: Table, name: ReaderId) -> WiegandWiring:
    d0, d1 = table.line("d0_line"), table.line("d1_line")
    formats = table.names("formats", WIEGAND_FORMATS)
    for each in formats:
        table.known("formats", each, WIEGAND_FORMATS, "format")
    if not formats:
        table.refuse("formats", "name one at least, or leave the key out: all that are known")
    gap = table.seconds("gap", 0.025)
    if not 0.005 <= gap <= 0.25:
        table.refuse("gap", f"write 0.005 to 0.25 seconds, not {gap:g}; 0.025 fits most readers")
    return WiegandWiring(
        d0, d1, formats, table.pull("pull", "up"),
        table.choice("keypad", KEYPADS, "none"), gap,
        _output(table, f"led:{name}", "led"), _output(table, f"buzzer:{name}", "buzzer"),
    )  # fmt: skip


def _output(table: Table, name: str, key: str) -> OutputConfig | None:
    """Readers light and beep while their input is pulled low, unless it is said otherwise."""
    line, high = table.optional_line(f"{key}_line"), table.active(f"{key}_active", "low")
    return None if line is None else OutputConfig(name, line, high)


def _osdp(table: Table, name: ReaderId) -> OsdpWiring:
    return OsdpWiring(
        device=serial_device(table),
        baud=baud_rate(table, 9600),
        address=table.whole("address", 0, 0, 126),
        key_file=table.path("key_file", f"osdp/{name}.key"),
        last_first=table.choice("order", ("msb", "lsb"), "msb") == "lsb",
    )


DRIVERS: dict[str, Parse] = {
    "rc522": _rc522,
    "osdp": _osdp,
    "rdm6300": _serial,
    "id12": _serial,
    "wiegand": _wiegand,
    "simulated": _simulated,
}
"""Every driver that ``driver =`` may name."""
