"""``commissioning.json``: for which wiring somebody stood at the door and saw it work.

It lies in the unit's data folder. A lock whose polarity and fail mode nobody has confirmed is
driven by no process on a real board: an inverted relay would hold a door open, or shut.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig

log = logging.getLogger(__name__)

FILE = "commissioning.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ProvenDoor:
    """What somebody confirmed about one door; ``confirmed_at`` is UTC, ISO 8601."""

    lock: str
    """``strike``, ``motor_bolt`` or ``maglock``."""
    fail: str
    """``secure`` or ``safe``."""
    lock_line: int
    lock_active: str
    """The level that puts current through the lock's relay: ``high`` or ``low``."""
    confirmed_at: str
    wires: str = ""
    """Digest of all that is wired to the door, as it was then."""
    installer: str = ""
    whole: bool = False
    """True if every act was asked for and none failed; else only the lock was confirmed."""


@dataclass(frozen=True, slots=True)
class Record:
    """All doors of a unit that were confirmed."""

    doors: Mapping[str, ProvenDoor] = field(default_factory=dict)

    def with_door(self, door: str, proven: ProvenDoor) -> Record:
        return replace(self, doors={**self.doors, door: proven})


def load(data: Path) -> Record | None:
    """Return the record in the data folder; None where there is none that can be read."""
    path = data / FILE
    try:
        plain = json.loads(path.read_text("utf-8"))
        if plain["format"] != FORMAT:
            raise ValueError(f"format {plain['format']!r} is not known here")
        return Record({name: ProvenDoor(**each) for name, each in plain["doors"].items()})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("%s cannot be used (%s): confirm the doors again", path, error)
        return None


def damaged(data: Path) -> bool:
    """Return True if there is a record, and it cannot be used: what it said is not known."""
    try:
        there = (data / FILE).exists()
    except OSError:  # not even its folder can be looked into
        there = True
    return there and load(data) is None


def save(data: Path, record: Record) -> None:
    """Write the record, whole or not at all, kept over a loss of power; raise OSError."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / FILE
    fresh = path.with_name(FILE + ".new")
    doors = {name: asdict(each) for name, each in sorted(record.doors.items())}
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, "doors": doors}, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    give_to_owner(fresh, data)
    fresh.replace(path)
    folder = os.open(data, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def confirmed(door: DoorUnitConfig, at: str) -> ProvenDoor:
    """Return ``door`` as it is configured, confirmed at the ISO time ``at``."""
    return ProvenDoor(
        lock=door.lock,
        fail=door.fail.value,
        lock_line=door.lock_output.line,
        lock_active="high" if door.energised_high else "low",
        confirmed_at=at,
    )


def settled(config: UnitConfig, record: Record | None) -> list[str]:
    """Return what stands in the way of driving the locks, with what to do; empty when nothing.

    On a simulated board there is nothing to confirm.
    """
    if config.simulated:
        return []
    return [
        f"door {door.id}: {wrong}; run 'loquet-edge commission --config {config.file}"
        f" --door {door.id}' while you stand at the door"
        for door in config.doors
        if (wrong := _unsettled(door, record))
    ]


def _unsettled(door: DoorUnitConfig, record: Record | None) -> str:
    known = None if record is None else record.doors.get(door.id)
    if known is None:
        return "nobody has confirmed its lock's polarity and fail mode yet"
    wanted = confirmed(door, known.confirmed_at)
    changed = [
        f"{key} was {getattr(known, key)} and is {getattr(wanted, key)}"
        for key in ("lock", "fail", "lock_line", "lock_active")
        if getattr(known, key) != getattr(wanted, key)
    ]
    return "" if not changed else f"its lock was confirmed otherwise ({', '.join(changed)})"


def give_to_owner(path: Path, folder: Path, mode: int = 0o644) -> None:
    """Have ``path`` belong to the owner of ``folder``: the user of the services, after sudo."""
    if os.geteuid() == 0:
        found = folder.stat()
        os.chown(path, found.st_uid, found.st_gid)
    path.chmod(mode)
