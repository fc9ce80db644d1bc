"""Readers at work: one thread polls each; what they see goes to the deciding loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from loquet_edge.drivers.catalogue import make_reader
from loquet_edge.drivers.ports import Lines, Meet, Reader, ReaderEvent, ReaderLost

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig
    from loquet_edge.config_readers import WiredReader

log = logging.getLogger(__name__)

Put = Callable[[ReaderEvent], None]
FAULT_SECONDS = 1.0


class Polling:
    """Polls one reader on a thread of its own."""

    def __init__(self, reader: Reader, put: Put) -> None:
        self._reader, self._put = reader, put
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reader-{reader.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop polling and give the bus back."""
        self._closing.set()
        self._thread.join(1.0)
        self._reader.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                for event in self._reader.poll(time.monotonic()):
                    self._put(event)
            except Exception:
                # The outermost loop of this thread: whatever one poll raises, the next must come.
                log.exception("reader %s: polling goes on", self._reader.name)
                self._put(ReaderLost(self._reader.name, "its driver failed"))
                self._closing.wait(FAULT_SECONDS)
            now = time.monotonic()
            wait = self._reader.next_poll(now) - now
            if wait > 0:
                self._closing.wait(wait)


def open_reader(
    config: WiredReader, unit: UnitConfig, put: Put, lines: Lines, meet: Meet | None = None
) -> Polling:
    """Return a reader at work; raise OSError with what to do."""
    return Polling(make_reader(config, unit, lines, meet), put)
