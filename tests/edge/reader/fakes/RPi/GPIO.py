"""Remembers what was asked of the lines."""

from __future__ import annotations

BOARD, BCM, OUT = 10, 11, 0
calls: list[tuple[object, ...]] = []


def getmode() -> int | None:
    return None


def setmode(mode: int) -> None:
    calls.append(("setmode", mode))


def setup(channel: int, direction: int) -> None:
    calls.append(("setup", channel, direction))


def output(channel: int, value: int) -> None:
    calls.append(("output", channel, value))


def cleanup() -> None:
    calls.append(("cleanup",))
