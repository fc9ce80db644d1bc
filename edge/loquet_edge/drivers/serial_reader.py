"""A 125 kHz reader on a serial line (RDM6300, ID-12): opened again when it goes, told once.

A reader of this kind says nothing while no badge is there, so that a cut wire behind a port that
works cannot be told from a quiet day; a USB adapter that is pulled can. It is found again by its
path: name it by ``/dev/serial/by-id/``, which survives another socket and another start.
"""

from __future__ import annotations

import contextlib
import logging
import termios
import time
from collections.abc import Callable
from pathlib import Path

from loquet_contract.access.credential import from_em4100
from loquet_edge.drivers.ports import CardSeen, ReaderEvent, ReaderLost, ReaderReturned
from loquet_edge.drivers.serial_port import SerialPort, open_port
from loquet_edge.protocols.rdm6300 import Frames, Presence

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.05
"""The longest that a poll waits for a byte."""
RETRY_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""How often the path is looked at: an adapter that was changed for another keeps its name only."""
MOST_READ = 512
NOISE_FRAMES = 20
NOISE_SECONDS = 60.0


def open_serial(device: Path, baud: int) -> SerialPort:
    """Return a serial port for this process alone; raise OSError with what to do."""
    return open_port(device, baud, WAIT_SECONDS)


class SerialReader:
    """A reader on a serial line; fills `ports.Reader`. It opens its port on its first poll."""

    def __init__(
        self,
        name: str,
        device: Path,
        baud: int = 9600,
        clock: Callable[[], float] = time.monotonic,
        open_port: Callable[[Path, int], SerialPort] = open_serial,
    ) -> None:
        self.name = name
        self._device, self._baud = device, baud
        self._clock, self._open_port = clock, open_port
        self._port: SerialPort | None = None
        self._node: int | None = None
        self._frames, self._presence = Frames(), Presence()
        self._lost = False
        self._due = self._look_due = float("-inf")
        self._noise, self._noise_due = 0, float("-inf")

    def next_poll(self, now: float) -> float:
        """At once, since the waiting is done in `poll`; after a while when the port is gone."""
        return max(now, self._due)

    def close(self) -> None:
        """Give the port back."""
        if self._port is not None:
            with contextlib.suppress(OSError, termios.error):
                self._port.close()
            self._port = None

    def poll(self, now: float) -> list[ReaderEvent]:
        """Badges that were put there, the port lost or back; waits for `WAIT_SECONDS` at most."""
        events: list[ReaderEvent] = []
        try:
            if self._port is None:
                self._open(now, events)
            else:
                self._check_path(now)
            self._hear(events)
        except (OSError, termios.error) as fault:
            self._fail(now, str(fault), events)
        return events

    def _open(self, now: float, events: list[ReaderEvent]) -> None:
        self._port = self._open_port(self._device, self._baud)
        self._node = self._device.stat().st_rdev
        self._frames, self._look_due = Frames(), now + LOOK_SECONDS
        if self._lost:
            self._lost = False
            events.append(ReaderReturned(self.name, f"{self._device} is there again"))

    def _check_path(self, now: float) -> None:
        if now < self._look_due:
            return
        self._look_due = now + LOOK_SECONDS
        if self._device.stat().st_rdev != self._node:
            raise OSError(f"{self._device} is another device now")

    def _hear(self, events: list[ReaderEvent]) -> None:
        if self._port is None:
            return
        data = self._port.read(1)
        if data:
            data += self._port.read(min(self._port.in_waiting, MOST_READ))
        at = self._clock()
        before = self._frames.dropped
        for number in self._frames.feed(data, at):
            self._noise = 0
            if self._presence.heard(number, at):
                events.append(CardSeen(self.name, from_em4100(number), "uid", at))
        self._complain(self._frames.dropped - before, at)

    def _complain(self, dropped: int, at: float) -> None:
        """Say now and then that only noise comes, and what that may be."""
        self._noise += dropped
        if self._noise >= NOISE_FRAMES and at >= self._noise_due:
            self._noise, self._noise_due = 0, at + NOISE_SECONDS
            log.warning(
                "reader %s: %s gives frames with wrong checksums only; is its ground connected,"
                " its baud %d, and nothing but a 125 kHz reader on it?",
                self.name, self._device, self._baud,
            )  # fmt: skip

    def _fail(self, now: float, detail: str, events: list[ReaderEvent]) -> None:
        self.close()
        self._due = now + RETRY_SECONDS
        if not self._lost:
            self._lost = True
            events.append(ReaderLost(self.name, detail))
