"""Two ways to an MFRC522's registers: the kernel's SPI device, or the `mfrc522` package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from loquet_edge.drivers.ports import RegisterPort
from loquet_edge.errors import EdgeError

_FIFO_DATA = 0x09
_BY_PIN_NUMBER = 10  # the package's own default numbering of its reset pin


class ReaderPortError(EdgeError, OSError):
    """The reader's bus cannot be opened; the text says what is missing and what to do."""


class DriverMissing(EdgeError, ImportError):
    """A driver package that the configuration names is not installed."""


class SpidevPort:
    """`/dev/spidev{bus}.{device}` through the `spidev` package; mode 0, `hertz` at most 10 MHz.

    An address byte is the register shifted left by one, with bit 7 set to read (data sheet
    8.1.2.3); reads of several registers go back to back in one transfer (8.1.2.1). `make` gives
    the device object, `spidev.SpiDev` unless told otherwise.
    """

    def __init__(
        self,
        bus: int = 0,
        device: int = 0,
        hertz: int = 1_000_000,
        make: Callable[[], Any] | None = None,
    ) -> None:
        self.transfers = 0
        self._spi: Any = (make or _spidev())()
        _open(f"/dev/spidev{bus}.{device}", lambda: self._spi.open(bus, device))
        self._spi.mode = 0
        self._spi.max_speed_hz = hertz

    def read(self, register: int) -> int:
        return self.read_many((register,))[0]

    def read_many(self, registers: Sequence[int]) -> bytes:
        self.transfers += 1
        return bytes(self._spi.xfer2([*(0x80 | reg << 1 for reg in registers), 0])[1:])

    def write(self, register: int, value: int) -> None:
        self.transfers += 1
        self._spi.xfer2([register << 1, value])

    def read_fifo(self, count: int) -> bytes:
        return self.read_many((_FIFO_DATA,) * count)

    def write_fifo(self, data: bytes) -> None:
        self.transfers += 1
        self._spi.xfer2([_FIFO_DATA << 1, *data])

    def close(self) -> None:
        self._spi.close()


class Mfrc522PackagePort:
    """The register access of the `mfrc522` package (0.0.7) or `mfrc522-python` (0.0.9).

    Only its reads and writes of single registers are used. The package takes a reset pin through
    RPi.GPIO as it opens: physical pin 22 (GPIO 25).
    """

    def __init__(self, bus: int = 0, device: int = 0, hertz: int = 1_000_000) -> None:
        self.transfers = 0
        try:
            from mfrc522 import MFRC522
        except ImportError as error:
            raise DriverMissing(
                f"the reader's driver mfrc522 is not usable ({error}): "
                "pip install 'loquet[mfrc522]', or set the reader's driver to 'spidev'"
            ) from error
        self._package: Any = _open(
            f"/dev/spidev{bus}.{device}",
            lambda: MFRC522(bus=bus, device=device, spd=hertz, pin_mode=_BY_PIN_NUMBER),
        )
        read: Callable[[int], int] | None = getattr(self._package, "Read_MFRC522", None)
        self._read = read or self._package.ReadReg
        write: Callable[[int, int], None] | None = getattr(self._package, "Write_MFRC522", None)
        self._write = write or self._package.WriteReg

    def read(self, register: int) -> int:
        self.transfers += 1
        return self._read(register)

    def read_many(self, registers: Sequence[int]) -> bytes:
        return bytes([self.read(register) for register in registers])

    def write(self, register: int, value: int) -> None:
        self.transfers += 1
        self._write(register, value)

    def read_fifo(self, count: int) -> bytes:
        return self.read_many((_FIFO_DATA,) * count)

    def write_fifo(self, data: bytes) -> None:
        for byte in data:
            self.write(_FIFO_DATA, byte)

    def close(self) -> None:
        # not the package's own close: its GPIO.cleanup() would turn other lines into inputs
        self._package.spi.close()


class DeferredPort:
    """A port that is opened when it is first used, and tried again while it does not open.

    A reader whose bus is missing is then a lost reader, and no reason for a door not to start.
    """

    def __init__(self, make: Callable[[], RegisterPort]) -> None:
        self._make = make
        self._port: RegisterPort | None = None

    @property
    def transfers(self) -> int:
        return self._port.transfers if self._port else 0

    def read(self, register: int) -> int:
        return self._opened().read(register)

    def read_many(self, registers: Sequence[int]) -> bytes:
        return self._opened().read_many(registers)

    def write(self, register: int, value: int) -> None:
        self._opened().write(register, value)

    def read_fifo(self, count: int) -> bytes:
        return self._opened().read_fifo(count)

    def write_fifo(self, data: bytes) -> None:
        self._opened().write_fifo(data)

    def close(self) -> None:
        if self._port is not None:
            self._port.close()

    def _opened(self) -> RegisterPort:
        if self._port is None:
            try:
                self._port = self._make()
            except DriverMissing as error:
                raise ReaderPortError(str(error)) from error
        return self._port


def _spidev() -> Callable[[], Any]:
    try:
        from spidev import SpiDev
    except ImportError as error:
        raise DriverMissing(
            "the reader needs the Python package spidev: pip install 'loquet[pi]', "
            "or on Raspberry Pi OS: sudo apt install python3-spidev"
        ) from error
    make: Callable[[], Any] = SpiDev
    return make


def _open(path: str, attempt: Callable[[], Any]) -> Any:
    try:
        return attempt()
    except FileNotFoundError as error:
        raise ReaderPortError(
            f"{path} does not exist: switch SPI on with the line dtparam=spi=on in "
            "/boot/firmware/config.txt and restart, or correct the reader's bus and device"
        ) from error
    except PermissionError as error:
        raise ReaderPortError(
            f"{path} may not be opened by this user: add the user to the group spi "
            "(sudo usermod -aG spi loquet) and log in again"
        ) from error
    except OSError as error:
        raise ReaderPortError(f"{path} cannot be opened: {error}") from error
