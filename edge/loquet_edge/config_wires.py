"""How one line is wired: shared by all tables of ``unit.toml``."""

from dataclasses import dataclass
from typing import Literal

Pull = Literal["up", "down", "none"]


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


def dry_contact(
    name: str, line: int, active_high: bool, debounce: float, pull_for_active: bool = False
) -> InputConfig:
    """Return a dry contact, biased to the level that it has while nothing connects it."""
    idle_high = not active_high if pull_for_active else active_high
    return InputConfig(name, line, active_high, "up" if idle_high else "down", debounce)


def optional_contact(
    name: str, line: int | None, active_high: bool, debounce: float, pull_for_active: bool = False
) -> InputConfig | None:
    """Return a dry contact, if there is one."""
    if line is None:
        return None
    return dry_contact(name, line, active_high, debounce, pull_for_active)


def light(name: str, line: int | None) -> OutputConfig | None:
    """Return an output that is active at a high level."""
    return None if line is None else OutputConfig(name, line, True)
