"""The newest of what each process has logged, kept in the run folder for whoever asks from afar.

The run folder is in memory on a unit (``/run``), so no log of ours wears the card or waits for
it. A process keeps two files of ``FILE_BYTES`` at most, the older replaced by the newer. What
is sent is cleaned first: no log says a badge number, a key or an address of a person, and should
one do so by mistake, it still does not leave the unit.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from loquet_contract.wire.unit_log import MAX_LOG

FOLDER = "log"
FILE_BYTES = 48 * 1024
MOST_LINE = 2000
"""Characters of one entry; the end of a long traceback says the most, so the end is kept."""
_HEAD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")
_SECRETS = (
    (re.compile(r"[^\s<>\"'=]+@[^\s<>\"']+\.\w+"), "[address]"),
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}"), "[key]"),
    (re.compile(r"\b[0-9A-Fa-f]{2}(?:[: -]?[0-9A-Fa-f]{2}){3,}\b"), "[number]"),
    (re.compile(r"\b\d{1,3}[,:/]\d{5}\b"), "[number]"),
    (re.compile(r"\d{7,}"), "[number]"),
)
"""Addresses; keys and digests; UIDs; Wiegand's facility and number; anything long of digits."""


class KeptLog(logging.Handler):
    """Writes entries of one process below ``run``; a disk that refuses loses them, no more."""

    def __init__(self, run: Path, process: str) -> None:
        super().__init__()
        self._path = run / FOLDER / f"{process}.log"
        self._size = 0
        self._file: int | None = None
        self.setFormatter(logging.Formatter(f"%(asctime)s {process} %(levelname)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one entry; never raises."""
        try:
            self._write(self.format(record)[-MOST_LINE:].encode() + b"\n")
        except (OSError, ValueError, TypeError):
            self._forget()

    def close(self) -> None:
        """Let go of the file."""
        self._forget()
        super().close()

    def _write(self, line: bytes) -> None:
        if self._file is None or self._size + len(line) > FILE_BYTES:
            self._turn(len(line))
        if self._file is not None:
            self._size += os.write(self._file, line)

    def _turn(self, more: int) -> None:
        """Open the file; where it is full, it becomes the older one first."""
        self._forget()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size + more > FILE_BYTES:
                self._path.replace(self._path.with_suffix(".1"))
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        self._size = os.fstat(self._file).st_size

    def _forget(self) -> None:
        found, self._file = self._file, None
        if found is not None:
            with contextlib.suppress(OSError):
                os.close(found)


def keep(run: Path, process: str) -> KeptLog:
    """Keep from now on what this process logs, and what it dies of."""
    kept = KeptLog(run, process)
    logging.getLogger().addHandler(kept)
    before = sys.excepthook

    def died(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        _say(kept, kind, error, at)
        before(kind, error, at)

    def thread_died(hooked: threading.ExceptHookArgs) -> None:
        if hooked.exc_value is not None:
            _say(kept, hooked.exc_type, hooked.exc_value, hooked.exc_traceback)
        threading.__excepthook__(hooked)

    sys.excepthook, threading.excepthook = died, thread_died
    return kept


def newest(run: Path, most: int = MAX_LOG) -> str:
    """Return the newest entries of all processes in the order of their times, cleaned.

    At most ``most`` bytes of UTF-8. Without a log: an empty text.
    """
    entries = sorted(_entries(run), key=lambda entry: entry[:23])
    kept: list[str] = []
    room = most
    for entry in reversed(entries):
        text = cleaned(entry)
        room -= len(text.encode()) + 1
        if room < 0:
            break
        kept.append(text)
    return "".join(f"{each}\n" for each in reversed(kept))


def cleaned(entry: str) -> str:
    """Return an entry without what might be a number of a badge, a key, or a person's address."""
    head = _HEAD.match(entry)
    start = head.end() if head is not None else 0
    text = entry[start:]
    for secret, word in _SECRETS:
        text = secret.sub(word, text)
    return entry[:start] + text


def _say(
    kept: KeptLog, kind: type[BaseException], error: BaseException, at: TracebackType | None
) -> None:
    if issubclass(kind, Exception):  # not Ctrl-C, not an exit
        told = (kind, error, at)
        kept.emit(logging.LogRecord("", logging.CRITICAL, "", 0, "it died", (), told))


def _entries(run: Path) -> Iterator[str]:
    """Yield entries with the lines that belong to each."""
    for file in sorted((run / FOLDER).glob("*")):
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        entry: list[str] = []
        for line in lines:
            if _HEAD.match(line) and entry:
                yield "\n".join(entry)
                entry = []
            entry.append(line)
        if entry:
            yield "\n".join(entry)
