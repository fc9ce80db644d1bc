"""What is wired to a door: in lines that a person reads, and as a digest that tells a change."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator

from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig
from loquet_edge.config_wires import InputConfig, OutputConfig

DIGEST_DIGITS = 16


def door_inputs(door: DoorUnitConfig) -> dict[str, InputConfig]:
    """Return the door's own inputs by the field of its configuration."""
    return {name: each for name, each in _wires(door) if isinstance(each, InputConfig)}


def door_outputs(door: DoorUnitConfig) -> dict[str, OutputConfig]:
    """Return the door's own outputs by the field of its configuration."""
    return {name: each for name, each in _wires(door) if isinstance(each, OutputConfig)}


def in_fire(config: UnitConfig, door: DoorUnitConfig) -> bool:
    """Whether a fire releases this door."""
    fire = config.fire
    return fire is not None and door.id in fire.doors


def lines(config: UnitConfig, door: DoorUnitConfig) -> tuple[str, ...]:
    """Return what is wired to ``door``, one wire or reader a line, without any secret."""
    polarity = "high" if door.energised_high else "low"
    found = [f"{door.lock} {door.fail.value} energised {polarity}", f"exit {door.exit}"]
    found += [_line(each) for each in door_outputs(door).values()]
    found += [_line(each) for each in door_inputs(door).values()]
    if config.fire is not None and in_fire(config, door):
        found += [_line(config.fire.loop), _line(config.fire.rearm)]
    found += [
        f"reader {each.id} {each.driver} {each.access_point}{' exit' if each.exit else ''}"
        for each in config.readers
        if each.door == door.id
    ]
    return tuple(found)


def digest(config: UnitConfig, door: DoorUnitConfig) -> str:
    """Return 16 hexadecimal digits that are others as soon as a wire of the door is another."""
    text = "\n".join((config.board, *lines(config, door)))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


def _wires(door: DoorUnitConfig) -> Iterator[tuple[str, InputConfig | OutputConfig]]:
    for field in dataclasses.fields(door):
        value = getattr(door, field.name)
        if isinstance(value, InputConfig | OutputConfig):
            yield field.name, value


def _line(wire: InputConfig | OutputConfig) -> str:
    level = "high" if wire.active_high else "low"
    bias = f" pull {wire.pull}" if isinstance(wire, InputConfig) else ""
    return f"{wire.name} GPIO{wire.line} active {level}{bias}"
