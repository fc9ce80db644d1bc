"""Stands where the `spidev` package would: every device is the chip that `attach` was given."""

from __future__ import annotations

from collections.abc import Sequence

from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip

_devices: dict[tuple[int, int], Mfrc522Chip] = {}


def attach(bus: int, device: int, chip: Mfrc522Chip) -> None:
    """Wire a chip to `/dev/spidev{bus}.{device}`."""
    _devices[bus, device] = chip


class SpiDev:
    def __init__(self) -> None:
        self.mode = 0
        self.max_speed_hz = 500_000
        self._chip: Mfrc522Chip | None = None

    def open(self, bus: int, device: int) -> None:
        if (bus, device) not in _devices:
            raise FileNotFoundError(2, "No such file or directory")
        self._chip = _devices[bus, device]

    def xfer2(self, values: Sequence[int]) -> list[int]:
        assert self._chip is not None, "not open"
        return list(self._chip.transfer(bytes(values)))

    def close(self) -> None:
        self._chip = None
