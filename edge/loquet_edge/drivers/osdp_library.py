"""The package `libosdp`, and the serial line that it speaks on.

The compiled module `osdp_sys` is used, not the Python classes beside it: those keep every event
in a queue that nobody empties, refresh every 20 ms at best, and share their name `osdp` with
another package, which overwrites them.
"""

from __future__ import annotations

import importlib.util
import select
import time
from pathlib import Path
from typing import Any, Protocol

from loquet_edge.drivers.rc522_ports import DriverMissing, ReaderPortError
from loquet_edge.protocols.osdp_frames import Frame, Gate

_NEEDED = ("ControlPanel", "set_loglevel", "FLAG_ENFORCE_SECURE", "FLAG_INSTALL_MODE")
GAP_SECONDS = 0.002
"""Between an answer and the next question: two characters at 9,600 baud."""
WRITE_SECONDS = 0.5
"""Longest that a line may take to accept one question: 30 bytes at 1,200 baud and a margin."""


class Port(Protocol):
    """A serial port as `serial.Serial` is one, opened so that a read never waits."""

    def read(self, size: int) -> bytes: ...

    def write(self, data: bytes, /) -> int | None: ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


def load_library() -> Any:
    """Return libosdp's compiled module; raise DriverMissing with what to install."""
    try:
        import osdp_sys as library
    except ImportError as error:
        raise DriverMissing(_advice()) from error
    missing = [name for name in _NEEDED if not hasattr(library, name)]
    if missing or not hasattr(library.ControlPanel, "disable_pd"):
        raise DriverMissing(
            "the installed libosdp is too old to recover a lost reader: "
            "pip install -U 'loquet[osdp]'"
        )
    library.set_loglevel(library.LOG_EMERG)
    return library


def _advice() -> str:
    if importlib.util.find_spec("osdp") is not None:
        return (
            "the package osdp is installed, which is another one with the same import name as"
            " libosdp: pip uninstall osdp, then pip install 'loquet[osdp]'"
        )
    return "OSDP readers need the package libosdp: pip install 'loquet[osdp]'"


def open_serial(device: Path, baud: int) -> Port:
    """Return the port of an RS-485 adapter; raise ReaderPortError with what to do."""
    try:
        from serial import Serial, SerialException
    except ImportError as error:
        raise ReaderPortError(
            "OSDP readers need the package pyserial: pip install 'loquet[pi]'"
        ) from error
    try:
        port: Port = Serial(
            str(device), baud, timeout=0, write_timeout=WRITE_SECONDS, exclusive=True
        )
    except SerialException as error:
        raise ReaderPortError(_port_advice(device, error)) from error
    return port


def _port_advice(device: Path, error: OSError) -> str:
    if not device.exists():
        return (
            f"{device} does not exist: plug the RS-485 adapter in, and take its name from"
            " ls /dev/serial/by-id/"
        )
    if "Permission" in str(error):
        return (
            f"{device} may not be opened by this user: add the user to the group dialout"
            " (sudo usermod -aG dialout loquet) and start again"
        )
    return f"{device} cannot be opened: {error}"


class GatedLine:
    """The channel that the library reads and writes: one line behind one gate.

    What fails is kept in `fault`, since nothing may be raised through the library.
    """

    id = 1
    """The library takes readers with the same channel id to share one line."""

    def __init__(self, port: Port, gate: Gate, gap: float = GAP_SECONDS) -> None:
        self._port, self._gate, self._gap = port, gate, gap
        self._heard_at = 0.0
        self._ready = bytearray()
        self.fault: OSError | None = None
        self.talk: list[Frame] = []
        """Questions that went out and answers that were let in since this was last emptied."""

    def read(self, most: int) -> bytes:
        """Give the library what was let in, `most` bytes at most."""
        self._listen()
        given = bytes(self._ready[:most])
        del self._ready[:most]
        return given

    def write(self, data: bytes) -> int:
        """Send what may be sent; what may not is swallowed, and finds no answer."""
        frame = self._gate.sends(data)
        if frame is not None:
            self.talk.append(frame)
            self._leave_gap()
            try:
                self._port.write(bytes(data))
            except OSError as error:
                self.fault = self.fault or error
        return len(data)

    def flush(self) -> None:
        """Forget what came before a new question."""
        self._listen()
        self._ready.clear()

    def wait(self, seconds: float) -> None:
        """Return when something comes, or after that time."""
        try:
            select.select([self._port.fileno()], [], [], seconds)
        except (OSError, ValueError) as error:
            self.fault = self.fault or OSError(str(error))

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _leave_gap(self) -> None:
        """Leave the line idle for a moment: slow readers take two frames in one for noise."""
        left = self._heard_at + self._gap - time.monotonic()
        if left > 0:
            time.sleep(left)

    def _listen(self) -> None:
        try:
            came = self._port.read(256)
        except (OSError, TypeError) as error:  # pyserial: a port closed under it
            self.fault = self.fault or OSError(str(error))
            return
        if came:
            self._heard_at = time.monotonic()
        for frame, run in self._gate.hears(came) if came else ():
            self.talk.append(frame)
            self._ready += run
