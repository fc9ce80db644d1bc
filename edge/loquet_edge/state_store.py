"""``door.db``: the few words that ``door`` must not forget over a restart.

Reading is from memory. Writing is on a thread of its own and is tried again until it succeeds,
so that a full or read-only disk holds nobody; ``failing`` says so meanwhile.
"""

import logging
import sqlite3
import threading
from pathlib import Path

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class StateStore:
    """Names and texts in SQLite."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a file that cannot be read counts as empty, and is set aside."""
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
            connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
            try:
                self._values.update(connection.execute("SELECT name, value FROM state"))
            finally:
                connection.close()
        except sqlite3.Error as error:
            aside = self._path.with_name(self._path.name + ".damaged")
            log.error("%s cannot be read (%s): set aside as %s", self._path, error, aside.name)
            try:
                self._path.replace(aside)
            except OSError as moving:
                log.error("%s cannot be set aside: %s", self._path, moving)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._dirty or self._closing)
                batch, self._dirty = self._dirty, {}
                closing = self._closing
            try:
                self._write(batch)
                self.failing = ""
            except (sqlite3.Error, OSError) as error:
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
