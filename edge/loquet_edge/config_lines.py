"""Which lines a unit uses, and whether they can be used so: pure facts and checks.

Reset pulls: BCM2835 ARM Peripherals, table 6-31 (GPIO 0 to 8 pulled up at reset, 9 to 27
down); the BCM2711 and the RP1 keep it so for the header's lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loquet_edge.errors import ConfigurationError

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig

SPI_LINES = {
    0: {9: "MISO", 10: "MOSI", 11: "SCLK", 8: "CE0", 7: "CE1"},
    1: {19: "MISO", 20: "MOSI", 21: "SCLK", 18: "CE0", 17: "CE1", 16: "CE2"},
    3: {1: "MISO", 2: "MOSI", 3: "SCLK", 0: "CE0", 24: "CE1"},
    4: {5: "MISO", 6: "MOSI", 7: "SCLK", 4: "CE0", 25: "CE1"},
    5: {13: "MISO", 14: "MOSI", 15: "SCLK", 12: "CE0", 26: "CE1"},
    6: {19: "MISO", 20: "MOSI", 21: "SCLK", 18: "CE0", 27: "CE1"},
}
"""Lines of each bus; those of the overlays spi0 to spi6 of the Raspberry Pi firmware."""
MFRC522_RESET = 25
"""The package mfrc522 drives this line when it opens, through RPi.GPIO (header pin 22)."""
HEADER_PINS = {
    0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32,
    13: 33, 14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16,
    24: 18, 25: 22, 26: 37, 27: 13,
}  # fmt: skip
"""BCM line to pin of the 40-pin header; ``hardware/pinout.toml`` says the same to people."""


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
    return line <= 8


def used_lines(config: UnitConfig) -> Iterator[UsedLine]:
    """Give every line that the unit uses, in the order of the file."""
    if config.fire is not None:
        for key, wire in (("line", config.fire.loop), ("rearm_line", config.fire.rearm)):
            yield UsedLine("fire", key, wire.line, wire.name, False, wire.active_high)
    for door in config.doors:
        for key, line in (
            ("lock_line", door.lock_output), ("contact_line", door.contact),
            ("exit_line", door.exit_input), ("led_granted_line", door.led_granted),
            ("led_denied_line", door.led_denied), ("buzzer_line", door.buzzer),
        ):  # fmt: skip
            if line is not None:
                output = key not in ("contact_line", "exit_line")
                name = f"doors.{door.id}"
                yield UsedLine(name, key, line.line, line.name, output, line.active_high)
    for desk in config.desks:
        for key, sensor in (("seat_line", desk.seat), ("pir_line", desk.pir)):
            if sensor is not None:
                name = f"desks.{desk.id}"
                yield UsedLine(name, key, sensor.line, sensor.name, False, sensor.active_high)


def reader_lines(config: UnitConfig) -> dict[int, str]:
    """Return the lines that the readers need, each with its role."""
    found: dict[int, str] = {}
    for reader in config.readers:
        if reader.driver != "rc522":
            continue
        # The overlay of a bus takes every chip select up to the last; spi0 always takes two.
        last = max(reader.device, 1) if reader.bus == 0 else reader.device
        for line, name in SPI_LINES.get(reader.bus, {}).items():
            if not name.startswith("CE") or int(name[2:]) <= last:
                found[line] = f"SPI{reader.bus} {name}"
        if reader.port == "mfrc522":
            found[MFRC522_RESET] = "reset by the package mfrc522"
    return found


def check_readers(config: UnitConfig) -> None:
    """Raise ConfigurationError for two readers at one place of the bus."""
    taken: dict[tuple[int, int], str] = {}
    for reader in config.readers:
        place = (reader.bus, reader.device)
        if reader.driver != "rc522":
            continue
        if place in taken:
            raise ConfigurationError(
                config.file, f"readers.{reader.id}", "device",
                f"SPI {place[0]}.{place[1]} is already taken by [readers.{taken[place]}];"
                " wire it to another chip select and say its device",
            )  # fmt: skip
        taken[place] = reader.id


def check_lines(config: UnitConfig) -> None:
    """Raise ConfigurationError for a line used twice, or one that a reader needs."""
    taken = {line: f"the reader ({name})" for line, name in reader_lines(config).items()}
    for used in used_lines(config):
        if used.line not in HEADER_PINS and not config.simulated:
            raise ConfigurationError(
                config.file, used.table, used.key,
                f"line {used.line} is not on the 40-pin header; use a line from 0 to 27",
            )  # fmt: skip
        if used.line in taken:
            raise ConfigurationError(
                config.file, used.table, used.key,
                f"line {used.line} is already taken by {taken[used.line]}; choose another",
            )  # fmt: skip
        taken[used.line] = f"[{used.table}] {used.key}"


def energised_at_reset(config: UnitConfig) -> list[str]:
    """Return what is wrong with each lock line whose reset pull would energise its relay."""
    return [
        f"[doors.{door.id}] lock_line = {door.lock_output.line}: the chip pulls this line"
        f" {'up' if door.energised_high else 'down'} from power-on until the unit runs, which"
        f" energises the relay; use a line from"
        f" {'9 to 27' if door.energised_high else '0 to 8'}, or turn lock_active round"
        for door in config.doors
        if reset_pull_high(door.lock_output.line) == door.energised_high
    ]
