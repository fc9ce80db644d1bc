"""The fire latch, kept where it survives power: a file, written whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from pathlib import Path

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0


def read_latch(path: Path) -> bool:
    """Return whether a fire was never re-armed. A file that cannot be read counts as latched."""
    try:
        return path.read_bytes().strip() != b"clear"
    except FileNotFoundError:
        return False
    except OSError as error:
        log.error("%s cannot be read (%s): taken as latched; re-arm on the spot", path, error)
        return True


def write_latch(path: Path, latched: bool) -> None:
    """Write the latch so that a power cut leaves the old or the new; raise OSError."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(b"latched\n" if latched else b"clear\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class LatchKeeper:
    """Writes the latch on a thread of its own, so that no disk ever holds a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wanted: queue.SimpleQueue[bool | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="fire-latch", daemon=True)
        self._thread.start()

    def keep(self, latched: bool) -> None:
        """Write this soon, and again until it is written; returns at once."""
        self._wanted.put(latched)

    def close(self, timeout: float = 2.0) -> None:
        """Let what is wanted be written, for ``timeout`` seconds at most."""
        self._wanted.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        unwritten: bool | None = None
        while True:
            try:
                wanted = self._wanted.get(timeout=None if unwritten is None else RETRY_SECONDS)
            except queue.Empty:
                wanted = unwritten
            if wanted is None:
                return
            unwritten = None if self._write(wanted) else wanted

    def _write(self, latched: bool) -> bool:
        try:
            with contextlib.suppress(FileExistsError):
                self._path.parent.mkdir(parents=True, mode=0o750)
            write_latch(self._path, latched)
        except OSError as error:
            log.error(
                "%s cannot be written (%s): the fire latch is kept in memory only and would not"
                " survive a power cut; make the folder writable",
                self._path,
                error,
            )
            return False
        return True
