"""Which lines of the header the operating system takes at boot, by ``config.txt``.

Only what changes the use of the header's lines is read; filters such as ``[pi5]`` are followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loquet_edge.pinout import Board, pinout

BOOT_FILES = (Path("/boot/firmware/config.txt"), Path("/boot/config.txt"))
"""Where Raspberry Pi OS keeps it: since bookworm, and before."""

_MODELS = {
    "pi3": "pi3", "pi3+": "pi3", "pi02": "zero2w", "pi4": "pi4", "pi400": "pi4", "pi5": "pi5",
    "pi500": "pi5",
}  # fmt: skip
"""Filters that name a model, and the board that each is about."""
_OTHERS = ("pi0", "pi0w", "pi1", "pi2", "cm1", "cm3", "cm3+", "cm4", "cm4s", "cm5", "none")
"""Filters under which nothing is for one of our boards."""
_ON = ("on", "1", "true", "yes", "")
_SPI = re.compile(r"spi(\d)-(\d)cs(?:-pi5)?$")
_UART = re.compile(r"uart(\d)(?:-pi5)?$")


def boot_text() -> str:
    """Return this machine's ``config.txt``; empty where there is none that can be read."""
    for file in BOOT_FILES:
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return ""


def taken_at_boot(text: str, board: Board) -> dict[int, str]:
    """Return the lines that ``config.txt`` gives to something, each with the words that do."""
    found: dict[int, str] = {}
    for said in _settings(text, board):
        for line in _lines(said, board):
            found[line] = said
    return found


def _settings(text: str, board: Board) -> Iterator[str]:
    here = True
    for raw in text.splitlines():
        said = raw.partition("#")[0].strip()
        if said.startswith("[") and said.endswith("]"):
            name = said[1:-1].strip().lower()
            here = name not in _OTHERS and _MODELS.get(name, board.key) == board.key
        elif said and here:
            yield said


def _lines(said: str, board: Board) -> tuple[int, ...]:
    key, _, value = (part.strip() for part in said.partition("="))
    if key == "enable_uart" and value == "1":
        return board.uart.get("serial0", ())  # of a Pi 5 it is the debug connector
    name, _, rest = (part.strip() for part in value.partition("," if key == "dtoverlay" else "="))
    if key == "dtparam":
        return _parameter(name, rest, board)
    return _overlay(name, rest, board) if key == "dtoverlay" else ()


def _parameter(name: str, value: str, board: Board) -> tuple[int, ...]:
    if value.split(",")[0] not in _ON:
        return ()
    if name == "spi":
        return tuple(board.spi_lines(0, 2))
    if name in ("i2c", "i2c_arm", "i2c1"):
        return _bus("I2C1")
    if name in ("uart0", "uart0_console") and board.key == "pi5":
        return board.uart["ttyAMA0"]
    return (18, 19, 20, 21) if name == "i2s" else ()


def _overlay(name: str, rest: str, board: Board) -> tuple[int, ...]:
    options = dict(part.strip().partition("=")[::2] for part in rest.split(",") if part)
    if match := _SPI.match(name):
        return tuple(board.spi_lines(int(match[1]), int(match[2])))
    if match := _UART.match(name):
        return board.uart.get(f"ttyAMA{match[1]}", ())
    if name == "i2c-rtc":
        return _bus("I2C1")
    usual = {"w1-gpio": ("gpiopin", 4), "gpio-fan": ("gpiopin", 12),
             "gpio-shutdown": ("gpio_pin", 3), "gpio-poweroff": ("gpiopin", 26)}  # fmt: skip
    if name not in usual:
        return ()
    option, line = usual[name]
    said = options.get(option, str(line))
    return (int(said),) if said.isdecimal() else (line,)


def _bus(name: str) -> tuple[int, ...]:
    return tuple(pin.line for pin in pinout().pins.values() if pin.bus.startswith(name))
