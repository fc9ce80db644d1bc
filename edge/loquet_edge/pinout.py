"""``pinout.toml`` as the code reads it: the header's lines, and what each model has on them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

MODEL_FILE = Path("/proc/device-tree/model")
"""Where the kernel says on which board it runs, ended by a zero byte."""
USUAL = "pi4"
"""The board that a configuration is read for where neither it nor the kernel names one."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the header. ``reserved``: why nothing may hang on it; empty for most."""

    line: int
    pin: int
    reset_high: bool
    """The chip pulls it up from power-on until a process asks for it; else down."""
    reserved: str = ""
    bus: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """One model: the lines of its buses; ``model`` is how its kernel names it."""

    key: str
    name: str
    model: str
    chip_label: str
    spi: Mapping[int, tuple[int, ...]]
    """By bus: MISO, MOSI, SCLK, then the chip selects from CE0 on."""
    uart: Mapping[str, tuple[int, int]]
    """By the name of the device under ``/dev``: TXD and RXD."""
    serial0: str
    rtc: bool

    def spi_lines(self, bus: int, selects: int) -> dict[int, str]:
        """Return the lines of a bus with that many chip selects, each with its role."""
        names = ("MISO", "MOSI", "SCLK", "CE0", "CE1", "CE2")
        lines = self.spi.get(bus, ())[: 3 + selects]
        return {line: f"SPI{bus} {name}" for line, name in zip(lines, names, strict=False)}

    def uart_lines(self, device: str) -> dict[int, str]:
        """Return the lines of a serial port by its name under ``/dev``; none for another's."""
        lines = self.uart.get(device, ())
        return {line: f"{device} {name}" for line, name in zip(lines, ("TXD", "RXD"), strict=False)}


@dataclass(frozen=True, slots=True)
class Pinout:
    """The whole file."""

    pins: Mapping[int, Pin]
    """By line."""
    boards: Mapping[str, Board]


@cache
def pinout() -> Pinout:
    """Return what ``pinout.toml`` says."""
    text = resources.files("loquet_edge").joinpath("pinout.toml").read_text("utf-8")
    plain = tomllib.loads(text)
    return Pinout(
        {each["line"]: _pin(each) for each in plain["lines"]},
        {key: _board(key, each) for key, each in plain["boards"].items()},
    )


def board_of(key: str) -> Board:
    """Return the board that a configuration names, or the one this runs on, or the usual one."""
    boards = pinout().boards
    if key in boards:
        return boards[key]
    here = board_here()
    return boards[USUAL] if here is None else here


def board_here(file: Path = MODEL_FILE) -> Board | None:
    """Return the board that this runs on; None where it is none that the pinout knows."""
    try:
        said = file.read_text("utf-8").rstrip("\0\n")
    except (OSError, UnicodeDecodeError):
        return None
    return next((each for each in pinout().boards.values() if said.startswith(each.model)), None)


def _pin(plain: Mapping[str, Any]) -> Pin:
    return Pin(
        plain["line"],
        plain["pin"],
        plain["reset_pull"] == "up",
        plain.get("reserved", ""),
        plain.get("bus", ""),
    )


def _board(key: str, plain: Mapping[str, Any]) -> Board:
    return Board(
        key,
        plain["name"],
        plain["model"],
        plain["chip_label"],
        {int(bus): tuple(lines) for bus, lines in plain["spi"].items()},
        {device: (lines[0], lines[1]) for device, lines in plain["uart"].items()},
        plain["serial0"],
        plain["rtc"],
    )
