"""Which lines a unit uses, and whether they can be used so: facts of the pinout, and checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loquet_edge.config_readers import (
    OsdpWiring,
    Rc522Wiring,
    SerialWiring,
    WiegandWiring,
    WiredReader,
)
from loquet_edge.errors import ConfigurationError
from loquet_edge.pinout import Board, pinout

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig
    from loquet_edge.config_doors import DoorUnitConfig
    from loquet_edge.config_wires import InputConfig, OutputConfig

MFRC522_RESET = 25
"""The package mfrc522 drives this line when it opens, through RPi.GPIO (header pin 22)."""
HEADER_PINS = {line: pin.pin for line, pin in pinout().pins.items()}
"""BCM line to pin of the 40-pin header."""


@dataclass(frozen=True, slots=True)
class UsedLine:
    """One line in use: where it is said in the file, and what it does."""

    table: str
    key: str
    line: int
    role: str
    output: bool
    active_high: bool


def reset_pull_high(line: int) -> bool:
    """True if the chip pulls this line up from reset until a process asks for it."""
    return line in pinout().pins and pinout().pins[line].reset_high


def used_lines(config: UnitConfig) -> Iterator[UsedLine]:
    """Give every line that the unit uses, in the order of the file."""
    case = config.case
    yield from _inputs("case", (("tamper_line", case.tamper), ("mains_line", case.mains)))
    if config.fire is not None:
        fire = config.fire
        yield from _inputs("fire", (("line", fire.loop), ("rearm_line", fire.rearm)))
    for door in config.doors:
        yield from _door_lines(door)
    yield from _wiegand_lines(config)
    yield from _desk_lines(config)
    for counter in config.counters:
        beams = (("outer_line", counter.outer), ("inner_line", counter.inner))
        yield from _inputs(f"counters.{counter.id}", beams)


def _inputs(table: str, wires: tuple[tuple[str, InputConfig | None], ...]) -> Iterator[UsedLine]:
    for key, wire in wires:
        if wire is not None:
            yield UsedLine(table, key, wire.line, wire.name, False, wire.active_high)


def _outputs(table: str, wires: tuple[tuple[str, OutputConfig | None], ...]) -> Iterator[UsedLine]:
    for key, wire in wires:
        if wire is not None:
            yield UsedLine(table, key, wire.line, wire.name, True, wire.active_high)


def _door_lines(door: DoorUnitConfig) -> Iterator[UsedLine]:
    table = f"doors.{door.id}"
    yield from _outputs(table, (("lock_line", door.lock_output),))
    yield from _inputs(
        table,
        (
            ("contact_line", door.contact), ("exit_line", door.exit_input),
            ("tamper_line", door.tamper), ("doorbell_line", door.doorbell),
        ),
    )  # fmt: skip
    yield from _outputs(
        table,
        (
            ("led_granted_line", door.led_granted), ("led_denied_line", door.led_denied),
            ("led_blue_line", door.led_blue), ("buzzer_line", door.buzzer),
        ),
    )  # fmt: skip


def _wiegand_lines(config: UnitConfig) -> Iterator[UsedLine]:
    for reader in config.all_readers:
        wiring, table = reader.wiring, f"readers.{reader.id}"
        if isinstance(wiring, WiegandWiring):
            for key, line in (("d0_line", wiring.d0), ("d1_line", wiring.d1)):
                yield UsedLine(table, key, line, f"{key[:2]}:{reader.id}", False, False)
            yield from _outputs(table, (("led_line", wiring.led), ("buzzer_line", wiring.buzzer)))


def _desk_lines(config: UnitConfig) -> Iterator[UsedLine]:
    for desk in config.desks:
        table = f"desks.{desk.id}"
        yield from _inputs(table, tuple((each.key, each.wire) for each in desk.sensors))
        yield from _outputs(
            table,
            (
                ("led_granted_line", desk.led_granted), ("led_denied_line", desk.led_denied),
                ("buzzer_line", desk.buzzer),
            ),
        )  # fmt: skip


def reader_lines(config: UnitConfig) -> dict[int, str]:
    """Return the lines of the buses that readers and radars need, each with its role."""
    board, found = config.header, dict[int, str]()
    for reader in config.all_readers:
        wiring = reader.wiring
        if isinstance(wiring, Rc522Wiring):
            # The overlay of a bus takes every chip select up to the last; spi0 always takes two.
            last = max(wiring.device, 1) if wiring.bus == 0 else wiring.device
            found |= board.spi_lines(wiring.bus, last + 1)
            if wiring.port == "mfrc522":
                found[MFRC522_RESET] = "reset by the package mfrc522"
    for _, device in serial_devices(config):
        if device.parent == Path("/dev"):
            found |= board.uart_lines(device.name)
    return found


def serial_devices(config: UnitConfig) -> Iterator[tuple[str, Path]]:
    """Give the serial ports that readers and radars hang on, each with its table in the file."""
    for reader in config.all_readers:
        if isinstance(reader.wiring, SerialWiring | OsdpWiring):
            yield f"readers.{reader.id}", reader.wiring.device
    for desk in config.desks:
        for radar in desk.radars:
            yield f"desks.{desk.id}", radar.device


def check_readers(config: UnitConfig) -> None:
    """Raise ConfigurationError for a place of a bus that is taken, or is not on this board."""
    taken: dict[tuple[str, str], WiredReader] = {}
    for reader in config.all_readers:
        _check_bus(config, config.header, reader)
        place = reader.wiring.place
        if place is None:
            continue
        other = next((each for at, each in taken.items() if _meet(at, each, place, reader)), None)
        if other is not None:
            raise ConfigurationError(
                config.file, f"readers.{reader.id}", "device",
                f"{''.join(place)} is already taken by [readers.{other.id}];"
                " wire it to another chip select, port or address, and say which",
            )  # fmt: skip
        taken[place] = reader


def _check_bus(config: UnitConfig, board: Board, reader: WiredReader) -> None:
    wiring = reader.wiring
    if not isinstance(wiring, Rc522Wiring) or wiring.bus in board.spi:
        return
    buses = ", ".join(map(str, sorted(board.spi)))
    raise ConfigurationError(
        config.file, f"readers.{reader.id}", "bus",
        f"the header of a {board.name} has no SPI {wiring.bus}; it has {buses}",
    )  # fmt: skip


def _meet(
    at: tuple[str, str], one: WiredReader, place: tuple[str, str], other: WiredReader
) -> bool:
    return at == place or (at[0] == place[0] and one.driver != other.driver)


def check_lines(config: UnitConfig) -> None:
    """Raise ConfigurationError for a line used twice, reserved, or one that a bus needs."""
    taken = {line: f"the reader ({name})" for line, name in reader_lines(config).items()}
    pins = pinout().pins
    for used in used_lines(config):
        wrong = ""
        if used.line in taken:
            wrong = f"is already taken by {taken[used.line]}; choose another"
        elif not config.simulated and used.line not in pins:
            wrong = "is not on the 40-pin header; use a line from 2 to 27"
        elif not config.simulated and pins[used.line].reserved:
            wrong = f"is reserved: {pins[used.line].reserved}; use a line from 2 to 27"
        if wrong:
            raise ConfigurationError(config.file, used.table, used.key, f"line {used.line} {wrong}")
        taken[used.line] = f"[{used.table}] {used.key}"


def energised_at_reset(config: UnitConfig) -> list[str]:
    """Return what is wrong with each lock line whose reset pull would energise its relay."""
    return [
        f"[doors.{door.id}] lock_line = {door.lock_output.line}: the chip pulls this line"
        f" {'up' if door.energised_high else 'down'} from power-on until the unit runs, which"
        f" energises the relay; use a line from"
        f" {'9 to 27' if door.energised_high else '2 to 8'}, or turn lock_active round"
        for door in config.doors
        if reset_pull_high(door.lock_output.line) == door.energised_high
    ]


def taken_by_system(config: UnitConfig, taken: dict[int, str]) -> list[str]:
    """Return what is wrong with each line that the operating system takes at boot for a bus.

    ``taken``: those lines, each with the setting that takes it.
    """
    return [
        f"[{used.table}] {used.key} = {used.line}: the operating system takes this line"
        f" ({taken[used.line]} in /boot/firmware/config.txt); turn that off, or choose another"
        for used in used_lines(config)
        if used.line in taken
    ]
