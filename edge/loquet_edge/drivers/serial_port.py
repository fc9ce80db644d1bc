"""Opens a serial port for this process alone, or says what to do."""

from __future__ import annotations

import os
import termios
from pathlib import Path
from typing import Protocol


class SerialPort(Protocol):
    """What is used of an open ``serial.Serial``."""

    @property
    def in_waiting(self) -> int: ...

    def read(self, size: int) -> bytes: ...

    def write(self, data: bytes, /) -> int | None: ...

    def close(self) -> None: ...


def open_port(device: Path, baud: int, wait: float) -> SerialPort:
    """Return a port whose reads wait for so many seconds at most; raise OSError with advice."""
    try:
        import serial
    except ImportError as error:
        raise OSError(
            f"{device}: the Python package pyserial is missing: pip install 'loquet[pi]'"
        ) from error
    try:
        port: SerialPort = serial.Serial(
            str(device), baud, timeout=wait, write_timeout=wait, exclusive=True
        )
    except termios.error as error:  # an adapter that goes while it is opened
        raise OSError(f"{device}: {error}") from error
    except OSError as error:
        raise OSError(f"{device}: {_advice(device, error)}") from error
    return port


def _advice(device: Path, error: OSError) -> str:
    if not device.exists():
        return (
            "not there; is it plugged in? for the header's own port switch it on with"
            ' enable_uart=1 in /boot/firmware/config.txt and take "console=serial0" out of'
            " cmdline.txt"
        )
    if not os.access(device, os.R_OK | os.W_OK):
        return "may not be opened by this user: sudo usermod -aG dialout loquet"
    return f"{error}; is another process using it?"
