"""An HLK-LD2410 radar on a serial line: opened again when it goes, honest when it is silent."""

from __future__ import annotations

import contextlib
import logging
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.drivers.serial_port import SerialPort, open_port
from loquet_edge.protocols.ld2410 import BAUD, Envelope, Frames, Target, target_of
from loquet_edge.protocols.ld2410_reach import Settling, gates

log = logging.getLogger(__name__)

REPEAT_SECONDS = 1.0
RETRY_SECONDS = 2.0
MOST_READ = 4096


@dataclass(frozen=True, slots=True)
class RadarSettings:
    """``reach`` in metres, None: as the radar has it; ``silent`` in seconds."""

    device: Path
    reach: float | None = None
    silent: float = 5.0


@dataclass(frozen=True, slots=True)
class RadarSaw:
    """What the radar says now: told when it changes, and once a second."""

    somebody: bool


@dataclass(frozen=True, slots=True)
class RadarLost:
    """Nobody knows any more; told once. The next ``RadarSaw`` ends it."""

    detail: str


RadarEvent = RadarSaw | RadarLost


def open_serial(device: Path) -> SerialPort:
    """Return the serial line of a radar, whose reads do not wait; raise OSError with advice."""
    return open_port(device, BAUD, 0.0)


class Radar:
    """One radar, which its thread polls. Monotonic seconds."""

    def __init__(
        self,
        settings: RadarSettings,
        open_port: Callable[[Path], SerialPort] = open_serial,
    ) -> None:
        self._settings, self._open_port = settings, open_port
        self._port: SerialPort | None = None
        self._frames = Frames()
        self._settling: Settling | None = None
        self._retry_at = 0.0
        self._heard_at = 0.0
        self._heard_bytes = False
        self._told: RadarEvent | None = None
        self._told_at = 0.0

    def poll(self, now: float) -> list[RadarEvent]:
        """Return what is new at ``now``; waits for nothing, and raises for no line that fails."""
        try:
            if self._port is None:
                if now < self._retry_at:
                    return []
                self._open(now)
            seen = self._read(now)
        except (OSError, termios.error) as error:
            self._drop(now)
            return self._lose(f"{self._settings.device}: {_said(self._settings.device, error)}")
        if seen is not None:
            self._heard_at, self._heard_bytes = now, False
            return self._tell(RadarSaw(seen.somebody), now)
        if now >= self._heard_at + self._settings.silent:
            silence = self._silence()
            self._drop(now)
            return self._lose(f"{self._settings.device}: {silence}")
        return []

    def close(self) -> None:
        """Give the serial line back."""
        if self._port is not None:
            with contextlib.suppress(OSError, termios.error):
                self._port.close()
            self._port = None

    # ---- the line -------------------------------------------------------------------------

    def _open(self, now: float) -> None:
        self._port = self._open_port(self._settings.device)
        self._frames = Frames()
        self._heard_at, self._heard_bytes = now, False
        reach = self._settings.reach
        self._settling = None if reach is None else Settling(gates(reach))

    def _drop(self, now: float) -> None:
        self.close()
        self._retry_at = now + RETRY_SECONDS

    def _read(self, now: float) -> Target | None:
        """Return the latest report, after replies were heard and due commands sent."""
        port = self._port
        if port is None:
            return None
        data = port.read(MOST_READ)
        self._heard_bytes |= bool(data)
        seen = None
        for frame in self._frames.feed(data):
            if frame.envelope is Envelope.REPORT:
                found = target_of(frame.inside)
                seen = seen if found is None else found
            elif self._settling is not None:
                self._settling.hear(frame.inside)
        self._settle(port, now)
        return seen

    def _settle(self, port: SerialPort, now: float) -> None:
        settling = self._settling
        if settling is None:
            return
        due = settling.to_send(now)
        if due is not None:
            port.write(due)
        if settling.done:
            self._settling = None
            if settling.failed is not None:
                log.warning(
                    "%s: the radar %s; its reach stays as it is",
                    self._settings.device, settling.failed,
                )  # fmt: skip

    def _silence(self) -> str:
        seconds = f"{self._settings.silent:g} s"
        if self._heard_bytes:
            return f"no whole frame for {seconds}: the speed is not {BAUD}, or the wire is bad"
        return f"silent for {seconds}: look at its 5 V, and that its TX goes to the adapter's RX"

    # ---- what is told ---------------------------------------------------------------------

    def _tell(self, event: RadarSaw, now: float) -> list[RadarEvent]:
        if event == self._told and now < self._told_at + REPEAT_SECONDS:
            return []
        if isinstance(self._told, RadarLost):
            log.info("%s: the radar is heard again", self._settings.device)
        self._told, self._told_at = event, now
        return [event]

    def _lose(self, detail: str) -> list[RadarEvent]:
        if isinstance(self._told, RadarLost):
            return []
        log.warning("%s; its desk is unknown until it is heard again", detail)
        self._told = RadarLost(detail)
        return [self._told]


def _said(device: Path, error: Exception) -> str:
    """Return what happened to a line that was open, or why it did not open."""
    text = str(error)
    if text.startswith(f"{device}: "):
        return text.removeprefix(f"{device}: ")
    return f"was unplugged, or lost its supply ({text})"
