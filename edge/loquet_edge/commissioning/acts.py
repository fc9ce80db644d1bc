"""Which acts the proof of a door is made of: those that its wiring can show, and a few asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loquet_contract.wire.events_proof import Act
from loquet_edge.commissioning.wiring import door_inputs, door_outputs, in_fire
from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig

LIMIT_SECONDS = 90.0
"""How long a line is waited for: long enough to walk to the fire panel and back."""
LOCK_ACTS = (Act.LOCK_RESTS, Act.LOCK_MOVED, Act.LOCK_UNPOWERED)
"""What must be confirmed before a lock's polarity and fail mode count as known."""

Drives = Literal["", "lock", "signals"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One act that is asked for. With a ``line`` it is seen there; without, a person answers."""

    act: Act
    subject: str = ""
    line: str | None = None
    wanted: bool = True
    fresh: bool = True
    """The line must be seen to change: a stuck one proves nothing."""
    drives: Drives = ""
    """What the unit drives for a moment while it asks."""


def badge_line(reader: str) -> str:
    """Return the name under which a badge at a reader is told as a line."""
    return f"badge:{reader}"


def plan(config: UnitConfig, door: DoorUnitConfig) -> tuple[Asked, ...]:
    """Return the acts of the proof of ``door``, in their order."""
    return (
        *_lock(door), *_leaf(door), *_exit(door), *_fire(config, door), *_others(door),
        *_badges(config, door), *_signals(door),
    )  # fmt: skip


def _lock(door: DoorUnitConfig) -> list[Asked]:
    found = []
    if door.contact is not None:
        contact = door.contact.name
        found.append(Asked(Act.LEAF_CLOSED, contact, contact, wanted=False, fresh=False))
    found += [
        Asked(Act.LOCK_RESTS),
        Asked(Act.LOCK_MOVED, drives="lock"),
        Asked(Act.LOCK_UNPOWERED, subject=door.fail.value),
    ]
    if door.exit in ("unseen", "sensor") and door.lock != "maglock":
        found.append(Asked(Act.INSIDE_HANDLE))
    return [*found, Asked(Act.MECHANICAL_KEY)]


def _leaf(door: DoorUnitConfig) -> list[Asked]:
    if door.contact is None:
        return []
    contact = door.contact.name
    return [
        Asked(Act.LEAF_OPENED, contact, contact, drives="lock"),
        Asked(Act.LEAF_CLOSED_AGAIN, contact, contact, wanted=False),
    ]


def _exit(door: DoorUnitConfig) -> list[Asked]:
    if door.exit_input is None:
        return []
    line = door.exit_input.name
    found = [
        Asked(Act.EXIT_PRESSED, line, line),
        Asked(Act.EXIT_LET_GO, line, line, wanted=False),
    ]
    return [*found, Asked(Act.EXIT_RELEASES)] if door.exit_releases else found


def _fire(config: UnitConfig, door: DoorUnitConfig) -> list[Asked]:
    if config.fire is None or not in_fire(config, door):
        return []
    loop, rearm = config.fire.loop.name, config.fire.rearm.name
    return [
        Asked(Act.FIRE_CUT, loop, loop),
        Asked(Act.FIRE_RESTORED, loop, loop, wanted=False),
        Asked(Act.REARMED, rearm, rearm),
    ]


def _others(door: DoorUnitConfig) -> list[Asked]:
    found = []
    for field, wire in door_inputs(door).items():
        if field.startswith("tamper"):
            found += [
                Asked(Act.TAMPER_OPENED, wire.name, wire.name),
                Asked(Act.TAMPER_CLOSED, wire.name, wire.name, wanted=False),
            ]
        elif field.startswith("doorbell"):
            found.append(Asked(Act.DOORBELL_PRESSED, wire.name, wire.name))
    return found


def _badges(config: UnitConfig, door: DoorUnitConfig) -> list[Asked]:
    return [
        Asked(Act.BADGE_HELD, each.id, badge_line(each.id), fresh=False)
        for each in config.readers
        if each.door == door.id
    ]


def _signals(door: DoorUnitConfig) -> list[Asked]:
    if not door_outputs(door).keys() - {"lock_output"}:
        return []
    return [Asked(Act.SIGNALS_SHOWN, drives="signals")]
