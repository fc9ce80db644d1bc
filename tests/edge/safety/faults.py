"""The switches of ``tests/rig/loquet_faults.c``: what the kernel answers a unit's processes."""

from __future__ import annotations

import mmap
import struct
from enum import IntEnum
from pathlib import Path
from typing import Self

from tests.rig.build import FAULTS, library
from tests.rig.rig import Rig


class Fault(IntEnum):
    """One switch; the order is that of the library's ``enum fault``."""

    DISK_FULL = 0
    """Nothing that is written to the sick folder finds room: ENOSPC."""
    SLOW_SYNC = 1
    """Each fsync there takes 5 s, or until the switch goes back."""
    HUNG_NAMES = 2
    """The resolver does not answer until the switch goes back."""
    NO_ROUTE = 3
    """No new connection but those of the machine itself: ENETUNREACH."""
    CLOCK_ADRIFT = 4
    """The kernel says that UTC is not synchronised."""
    HUNG_READS = 5
    """No read of the sick folder's files comes back until the switch goes back."""
    CLOCK_JUMPED = 6
    """The wall clock is off by ``jump`` seconds."""


class FaultPage:
    """One page of memory that a test shares with every process of its rig."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(mmap.PAGESIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.path = path

    def lay_under(self, rig: Rig, sick: Path) -> Self:
        """Have every process that the rig starts from now on meet the faults; ``sick``: a disk."""
        rig.preload.append(library(FAULTS))
        rig.more |= self.words(sick)
        return self

    def words(self, sick: Path) -> dict[str, str]:
        """Return what tells the library of this page and of the disk that is sick."""
        return {"LOQUET_FAULTS": str(self.path), "LOQUET_FAULTS_FOLDER": str(sick)}

    def turn(self, fault: Fault, on: bool) -> None:
        """Throw a switch, for all processes at once."""
        struct.pack_into("<I", self._memory, 4 * fault, on)

    def jump(self, seconds: int) -> None:
        """Set every wall clock so far off; 0: right again."""
        struct.pack_into("<i", self._memory, 4 * Fault.CLOCK_JUMPED, seconds)

    def met(self, fault: Fault) -> int:
        """Return how many calls were made to fail or to wait."""
        found: int = struct.unpack_from("<I", self._memory, 4 * (len(Fault) + fault))[0]
        return found

    def close(self) -> None:
        for fault in Fault:
            self.turn(fault, False)
        self._memory.close()
