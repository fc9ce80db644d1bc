"""Radars that are reached over a serial line, of ``[[desks]]`` in ``unit.toml``; seconds, metres.

Each is named by a path that stays with its adapter (``/dev/serial/by-path/...``): the numbers of
``/dev/ttyUSB0`` and its like are given anew at every start.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loquet_edge.config_readers import OsdpWiring, SerialWiring
from loquet_edge.config_table import Table
from loquet_edge.desk_rules import PRESENCE_HOLD, PRESENCE_STUCK, RADAR_SILENT
from loquet_edge.errors import ConfigurationError
from loquet_edge.protocols.ld2410_reach import FARTHEST, NEAREST

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig

DRIVERS = ("ld2410",)
LEAST_SILENT = 2.0
"""Seconds; the driver repeats what a radar says once a second."""


@dataclass(frozen=True, slots=True)
class DeskRadar:
    """One radar of a desk, which it sees whether people move or not."""

    key: str
    """Where its device is said in the file."""
    name: str
    """Its own among the desk's sensors; "presence" where nothing else was said."""
    driver: str
    device: Path
    reach: float | None
    """How far it shall look; None leaves the radar as it is."""
    hold: float
    stuck: float
    silent: float
    """Without a frame for this long, nobody knows."""


def radar_of(table: Table, prefix: str, name: str) -> DeskRadar | None:
    """Return the radar that a table names by ``<prefix>device``, if it does."""
    key = f"{prefix}device"
    device, driver = table.text(key, ""), table.choice(f"{prefix}driver", DRIVERS, DRIVERS[0])
    reach = table.optional_between(f"{prefix}reach", NEAREST, FARTHEST, "metres")
    silent = table.seconds(f"{prefix}silent", RADAR_SILENT)
    if not device:
        return None
    if not device.startswith("/"):
        table.refuse(key, 'write the whole path, such as "/dev/serial/by-path/..."')
    if silent < LEAST_SILENT:
        table.refuse(f"{prefix}silent", f"must not be shorter than {LEAST_SILENT:g} s")
    hold = table.seconds(f"{prefix}hold", PRESENCE_HOLD)
    stuck = table.seconds(f"{prefix}stuck", PRESENCE_STUCK)
    return DeskRadar(key, name, driver, Path(device), reach, hold, stuck, silent)


def check_radars(config: UnitConfig) -> None:
    """Raise ConfigurationError for two radars, or a radar and a reader, on one serial line."""
    taken: dict[Path, str] = {}
    for reader in config.all_readers:
        if isinstance(reader.wiring, SerialWiring | OsdpWiring):
            taken[reader.wiring.device] = f"readers.{reader.id}"
    for desk in config.desks:
        for radar in desk.radars:
            if radar.device in taken:
                raise ConfigurationError(
                    config.file, f"desks.{desk.id}", radar.key,
                    f"{radar.device} is already taken by [{taken[radar.device]}];"
                    " each has an adapter of its own",
                )  # fmt: skip
            taken[radar.device] = f"desks.{desk.id}"
