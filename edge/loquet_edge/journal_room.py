"""Room for the journal: what goes first when the disk gets short.

Below ``keep_free`` the entries that the server has confirmed go before their days, the oldest
first; then the copies of damaged journals. What the server has not confirmed stays, whatever
comes, and the shortage is a fact of its own, said once when it begins and once when it ends.

Even to delete takes room: a ballast beside the journal is given up when a write finds none, and
made again once there is. Pages that become free are used again by the journal itself, and given
back to the disk where the file was made by a version that asked for that.
"""

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from loquet_contract.wire.events_storage import StorageEased, StorageShort

log = logging.getLogger(__name__)

MB = 2**20
BALLAST_BYTES = 2 * MB
"""Enough for SQLite to write down that 2,000 entries go."""
EASED = 1.25
"""So much more than ``keep_free`` ends a shortage: it must not begin again with each fact."""
LOOK_SECONDS = 30.0
LOOK_SHORT_SECONDS = 2.0
"""Between two looks at the disk; each frees a slice while it is short."""


class Freeable(Protocol):
    """An open journal that can let go of what is confirmed."""

    last: int
    acked: int

    def forget(self) -> int: ...


def free_bytes(folder: Path) -> int:
    """Return what an ordinary program may still write there."""
    return shutil.disk_usage(folder).free


class JournalRoom:
    """Watches the disk below one journal; one thread owns it."""

    def __init__(
        self, path: Path, keep_free: int, free: Callable[[Path], int] = free_bytes
    ) -> None:
        """``keep_free`` in bytes."""
        self._path, self._keep_free, self._free = path, keep_free, free
        self._ballast = path.with_name(path.name + ".ballast")
        self._look_at = 0.0
        self._freed = 0
        self.short = False

    def look(self, file: Freeable, now: float) -> StorageShort | StorageEased | None:
        """Free a slice if the disk is short; return what is to be told. ``now`` is monotonic."""
        if now < self._look_at:
            return None
        try:
            free = self._free(self._path.parent)
        except OSError as error:
            log.warning("cannot look at the disk of %s: %s", self._path, error)
            self._look_at = now + LOOK_SECONDS
            return None
        if free >= self._keep_free * (EASED if self.short else 1.0):
            self._look_at = now + LOOK_SECONDS
            self._lay_ballast()
            return self._eased()
        self._look_at = now + LOOK_SHORT_SECONDS
        self._let_go(file)
        if self.short:
            return None
        self.short = True
        waiting = file.last - file.acked
        log.error("%s: only %d MB are left on the disk", self._path.parent, free // MB)
        return StorageShort(free // MB, waiting)

    def make(self, file: Freeable | None) -> None:
        """A write found no room: give up the ballast, and let a slice go."""
        with contextlib.suppress(OSError):
            self._ballast.unlink(missing_ok=True)
        if file is not None:
            with contextlib.suppress(sqlite3.Error):  # the next try says it again
                self._let_go(file)

    def _eased(self) -> StorageEased | None:
        if not self.short:
            return None
        self.short, freed, self._freed = False, self._freed, 0
        return StorageEased(freed)

    def _let_go(self, file: Freeable) -> None:
        done = file.forget()
        self._freed += done
        if done:
            log.warning("%d confirmed entries went before their days: the disk is short", done)
        else:
            drop_copies(self._path, keep=0)

    def _lay_ballast(self) -> None:
        if self._ballast.exists():
            return
        try:
            with self._ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
        except OSError as error:
            log.info("no ballast beside %s: %s", self._path, error)
            with contextlib.suppress(OSError):
                self._ballast.unlink(missing_ok=True)


def no_room(error: Exception) -> bool:
    """True if a write failed because the disk, or what we may use of it, is full."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def copies(path: Path) -> list[Path]:
    """Return the damaged journals that were set aside, the oldest first."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    numbered = [(each.name.rpartition("-")[2], each) for each in found]
    return [each for number, each in sorted(numbered, key=_order) if number.isdecimal()]


def _order(numbered: tuple[str, Path]) -> int:
    return int(numbered[0]) if numbered[0].isdecimal() else 0


def drop_copies(path: Path, keep: int) -> None:
    """Delete the oldest copies of damaged journals beyond ``keep``."""
    found = copies(path)
    for each in found[: max(0, len(found) - keep)]:
        log.warning("%s is deleted", each)
        for name in (each, each.with_name(f"{each.name}-wal"), each.with_name(f"{each.name}-shm")):
            with contextlib.suppress(OSError):
                name.unlink(missing_ok=True)
