"""``door.db``: the few words that ``door`` must not forget over a restart.

Reading is from memory. Writing is on a thread of its own and is tried again until it succeeds,
so that a full or read-only disk holds nobody; ``failing`` says so meanwhile.
"""

import logging
import sqlite3
import threading
from pathlib import Path

from loquet_edge.damage import FAULTS, damaged

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class StateStore:
    """Names and texts in SQLite."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a damaged file counts as empty, and is set aside."""
        self._path = path
        self._values: dict[str, str] = {}
        self._dirty: dict[str, str] = {}
        self._changed = threading.Condition()
        self._closing = False
        self.failing = ""
        self._load()
        self._thread = threading.Thread(target=self._run, name="state-store", daemon=True)
        self._thread.start()

    def get(self, name: str) -> str | None:
        """Return a text, or None."""
        return self._values.get(name)

    def put(self, name: str, value: str) -> None:
        """Remember a text: in memory at once, on disk soon."""
        with self._changed:
            self._values[name] = self._dirty[name] = value
            self._changed.notify()

    def close(self, timeout: float = 2.0) -> None:
        """Let what is unwritten be written, for ``timeout`` seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)

    def _load(self) -> None:
        if not self._path.exists():
            return
        try:
            try:
                # To write as well: after a cut in the middle of a write, reading rolls it back.
                self._values = _read(self._path, "mode=rw")
            except sqlite3.OperationalError as error:
                log.warning("%s cannot be opened to write (%s)", self._path, error)
                self._values = _read(self._path, "immutable=1")
        except FAULTS as error:
            log.error("%s cannot be read: %s", self._path, error)
            if damaged(error):
                self._set_aside()

    def _set_aside(self) -> None:
        aside = self._path.with_name(self._path.name + ".damaged")
        try:
            self._path.replace(aside)
        except OSError as error:
            log.error("%s cannot be set aside: %s", self._path, error)
        else:
            log.error("%s is damaged: set aside as %s", self._path, aside.name)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._dirty or self._closing)
                batch, self._dirty = self._dirty, {}
                closing = self._closing
            try:
                self._write(batch)
                self.failing = ""
            except (*FAULTS, OSError) as error:
                self._failed(batch, str(error))
                if closing:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, RETRY_SECONDS)
            else:
                if closing and not self._dirty:
                    return

    def _failed(self, batch: dict[str, str], detail: str) -> None:
        if not self.failing:
            log.error("%s cannot be written (%s): kept in memory until it can", self._path, detail)
        self.failing = detail
        with self._changed:
            self._dirty = {**batch, **self._dirty}

    def _write(self, batch: dict[str, str]) -> None:
        if not batch:
            return
        connection = sqlite3.connect(self._path)
        try:
            with connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value TEXT NOT NULL)"
                )
                connection.executemany(
                    "INSERT INTO state VALUES (?, ?)"
                    " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                    batch.items(),
                )
        finally:
            connection.close()


def _read(path: Path, how: str) -> dict[str, str]:
    """Return all names and texts; nothing from a file in which nothing was written yet."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
    try:
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'state'").fetchone():
            rows = connection.execute("SELECT name, value FROM state").fetchall()
            return {name: value for name, value in rows if isinstance(value, str)}
        return {}
    finally:
        connection.close()
