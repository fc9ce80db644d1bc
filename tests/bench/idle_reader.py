"""What a reader costs: idle polling in CPU and bus transfers, and one read beside its floor.

`measure` runs the driver in real time over a bus that answers "nobody" at once, so that the CPU
counted is the driver's own; the kernel's SPI work is not in it. The same over the simulated chip,
which is Python too, is the upper bound. `measure_read` times a whole read of a 7-byte card over the
simulated chip; its floor is the time that the frames need on the air and the bytes on the bus.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from loquet_edge.drivers.ports import CardSeen, Meet
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.drivers.rc522_ports import SpidevPort
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip

SEVEN = bytes.fromhex("04a1b2c3d4e5f6")
HERTZ = 1_000_000


class EmptyField:
    """A `SpiDev` with an MFRC522 whose timer always just ended: registers hold what is written."""

    mode = max_speed_hz = 0

    def __init__(self) -> None:
        self._registers = [0] * 128
        self._fixed = {0x04: 0x01, 0x0A: 0x00, 0x37: 0x92, 0x01: 0x00}

    def open(self, bus: int, device: int) -> None:
        """Nothing to open."""

    def xfer2(self, values: Sequence[int]) -> list[int]:
        register = values[0] >> 1 & 0x3F
        if not values[0] & 0x80:
            self._registers[register] = values[1]
            return [0] * len(values)
        held, fixed = self._registers, self._fixed
        return [0, *(fixed.get(v >> 1 & 0x3F, held[v >> 1 & 0x3F]) for v in values[:-1])]

    def close(self) -> None:
        """Nothing to close."""


class ChipSpi(EmptyField):
    """A `SpiDev` wired to a simulated chip; a transfer takes at least its time on the bus."""

    def __init__(self, chip: Mfrc522Chip) -> None:
        super().__init__()
        self._chip = chip

    def xfer2(self, values: Sequence[int]) -> list[int]:
        until = time.monotonic() + len(values) * 8 / HERTZ
        answer = list(self._chip.transfer(bytes(values)))
        while time.monotonic() < until:
            pass
        return answer


def _idle(spi: Any, seconds: float) -> dict[str, float]:
    reader = Rc522Reader("front", SpidevPort(make=lambda: spi))
    reader.poll(time.monotonic())
    transfers, polls = reader.transfers, 0
    began, cpu = time.monotonic(), time.process_time()
    while (now := time.monotonic()) < began + seconds:
        assert reader.poll(now) == []
        polls += 1
        time.sleep(max(0.0, reader.next_poll(now) - time.monotonic()))
    wall = time.monotonic() - began
    return {
        "cpu_share": (time.process_time() - cpu) / wall,
        "transfers_per_second": (reader.transfers - transfers) / wall,
        "polls_per_second": polls / wall,
        "transfers_per_poll": (reader.transfers - transfers) / polls,
    }


def measure(seconds: float = 5.0) -> dict[str, float]:
    """Idle polling: CPU share (0 to 1 of a core), transfers a second, and the upper bound."""
    result = _idle(EmptyField(), seconds)
    result["cpu_share_with_simulated_chip"] = _idle(ChipSpi(Mfrc522Chip()), seconds)["cpu_share"]
    return result


def measure_read(
    reads: int = 100,
    make: Callable[[bytes], VirtualCard] = VirtualCard,
    meet: Meet | None = None,
) -> dict[str, float]:
    """Milliseconds from the poll that finds a 7-byte card to its `CardSeen`, and the floor.

    ``meet``: what the reader does with each card that it has selected, such as a proof.
    """
    times: list[float] = []
    chip = Mfrc522Chip()
    port = SpidevPort(make=lambda: ChipSpi(chip), hertz=HERTZ)
    reader = Rc522Reader("front", port, meet=meet)
    reader.poll(time.monotonic())
    for number in range(reads):
        uid = SEVEN[:-2] + number.to_bytes(2, "big")
        chip.field.place(make(uid))
        chip.field.air_seconds, chip.bus_bytes, transfers = 0.0, 0, reader.transfers
        began = time.monotonic()
        events = reader.poll(began)
        times.append(time.monotonic() - began)
        assert [event.presented[0].value for event in events if isinstance(event, CardSeen)] == [
            uid
        ]
        floor, used = chip.field.air_seconds + chip.bus_seconds(HERTZ), reader.transfers - transfers
        chip.field.clear()
        for _ in range(4):
            reader.poll(time.monotonic())
    times.sort()
    return {
        "read_p50_ms": times[reads // 2] * 1e3,
        "read_p99_ms": times[reads * 99 // 100] * 1e3,
        "floor_ms": floor * 1e3,
        "ratio_p50": times[reads // 2] / floor,
        "transfers": used,
    }


if __name__ == "__main__":
    print(measure())
    print(measure_read())
