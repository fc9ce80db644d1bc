"""Both ways to the chip's registers: bytes on the bus, errors with advice, the real packages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from loquet_edge.drivers.ports import ReaderLost, ReaderReturned
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.drivers.rc522_ports import (
    DeferredPort,
    DriverMissing,
    ReaderPortError,
    SpidevPort,
)
from tests.edge.reader.stage import Stage

CARDS = ["04a1b2c3d4e5f6", "04a1b2c3d4e5f7", "deadbeef", "010203040506070809aa"]


class Wire:
    """A `SpiDev` that writes down what is clocked out and counts up what it sends back."""

    def __init__(self, refuse: OSError | None = None) -> None:
        self.sent: list[list[int]] = []
        self.mode, self.max_speed_hz = 3, 0
        self.closed = False
        self._refuse = refuse

    def open(self, bus: int, device: int) -> None:
        if self._refuse:
            raise self._refuse

    def xfer2(self, values: Sequence[int]) -> list[int]:
        self.sent.append(list(values))
        return list(range(len(values)))

    def close(self) -> None:
        self.closed = True


def test_spidev_port_clocks_out_what_the_data_sheet_asks() -> None:
    wire = Wire()
    port = SpidevPort(0, 1, 4_000_000, make=lambda: wire)
    assert (wire.mode, wire.max_speed_hz) == (0, 4_000_000)
    assert port.read(0x37) == 1
    assert port.read_many((0x04, 0x06, 0x0A)) == bytes((1, 2, 3))
    assert port.read_fifo(2) == bytes((1, 2))
    port.write(0x14, 0x83)
    port.write_fifo(b"\x93\x20")
    assert wire.sent == [
        [0xEE, 0],
        [0x88, 0x8C, 0x94, 0],
        [0x92, 0x92, 0],
        [0x28, 0x83],
        [0x12, 0x93, 0x20],
    ]
    assert port.transfers == 5
    port.close()
    assert wire.closed


@pytest.mark.parametrize(
    ("refused", "advice"),
    [
        (FileNotFoundError(2, "No such file"), "dtparam=spi=on"),
        (PermissionError(13, "Permission denied"), "group spi"),
        (OSError(16, "Device or resource busy"), "busy"),
    ],
)
def test_bus_that_does_not_open_says_where_and_what_to_do(refused: OSError, advice: str) -> None:
    with pytest.raises(ReaderPortError, match=rf"/dev/spidev1\.2 .*{advice}"):
        SpidevPort(1, 2, make=lambda: Wire(refused))


@pytest.mark.parametrize(
    ("port", "advice"),
    [("SpidevPort", "loquet[pi]"), ("Mfrc522PackagePort", "loquet[mfrc522]")],
)
def test_missing_package_says_how_to_get_it(port: str, advice: str) -> None:
    """In a Python that sees no installed package at all."""
    edge = str(Path(sys.modules[SpidevPort.__module__].__file__ or "").parents[2])
    program = (
        f"import sys; sys.path = [p for p in sys.path if 'site-packages' not in p] + [{edge!r}]\n"
        f"from loquet_edge.drivers.rc522_ports import DriverMissing, {port}\n"
        f"try:\n    {port}()\nexcept DriverMissing as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, timeout=30
    )
    assert advice in done.stdout, done.stderr
    assert issubclass(DriverMissing, ImportError)


def test_nothing_of_a_vendor_is_imported_before_a_port_is_made() -> None:
    program = (
        "import sys, loquet_edge.drivers.rc522, loquet_edge.drivers.rc522_ports\n"
        "print(sorted({'spidev', 'mfrc522', 'RPi', 'lgpio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "trouble", [ReaderPortError("/dev/spidev0.0 does not exist"), DriverMissing("no spidev")]
)
def test_reader_on_a_missing_bus_is_lost_and_comes_up_when_the_bus_does(
    trouble: ReaderPortError | DriverMissing,
) -> None:
    stage = Stage()
    troubles: list[Exception] = [trouble] * 5

    def make() -> SpidevPort:
        if troubles:
            raise troubles.pop()
        return stage.port

    port = DeferredPort(make)
    port.close()
    assert port.transfers == 0
    stage.reader = Rc522Reader("front", port, stage.time, stage.time.sleep)
    lost, returned = stage.run(2.0)
    assert isinstance(lost, ReaderLost) and str(trouble) in lost.detail
    assert isinstance(returned, ReaderReturned)
    assert port.transfers == stage.reader.transfers > 0
    assert port.read(0x37) == 0x92
    stage.reader.close()
    assert stage.spi.closed


def _check_whole_run(result: dict[str, object]) -> None:
    seen = result["seen"]
    assert isinstance(seen, list) and sorted(seen) == sorted(CARDS)
    assert result["others"] == ["ReaderLost", "ReaderReturned"]
    noticed = result["noticed"]
    assert isinstance(noticed, float) and noticed < 2.0


def test_driver_over_spidev_by_its_import_name(run_stage: Callable[..., str]) -> None:
    result = json.loads(run_stage("spidev", *CARDS))
    _check_whole_run(result)
    assert result["gpio"] == []


def test_driver_over_the_real_package(run_stage: Callable[..., str], mfrc522_folder: Path) -> None:
    """Whole numbers, two alike, a lost reader: all that the package itself cannot do."""
    result = json.loads(run_stage("mfrc522", *CARDS, folder=mfrc522_folder))
    _check_whole_run(result)
    # only the reset pin is touched, and no other line is turned into an input at the end
    assert result["gpio"] == [["setmode", 10], ["setup", 22, 0], ["output", 22, 1]]


def test_package_by_itself_agrees_with_the_simulated_chip(
    run_stage: Callable[..., str], mfrc522_folder: Path
) -> None:
    """Code that is not ours finds a chip; of a 7-byte card it sees cascade level 1 alone."""
    result = json.loads(run_stage("alone", "04a1b2c3d4e5f6", folder=mfrc522_folder))
    assert result == {
        "request": [0, 16],
        "anticoll": [0, "8804a1b29f"],
        "crc": "26cf",
        "sak": 0x0C,
    }


def test_package_port_names_the_bus_that_is_missing(
    run_stage: Callable[..., str], mfrc522_folder: Path
) -> None:
    program = run_stage("missing", folder=mfrc522_folder)
    assert "/dev/spidev3.1 does not exist" in program
