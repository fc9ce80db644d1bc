"""The real driver over the simulated chip, in time that only the driver's own sleep moves."""

from __future__ import annotations

from collections.abc import Sequence

from loquet_edge.drivers.ports import CardSeen, ReaderEvent
from loquet_edge.drivers.rc522 import Rc522Reader, Rc522Settings
from loquet_edge.drivers.rc522_ports import SpidevPort
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip


class GivenTime:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


class FakeSpi:
    """What `spidev.SpiDev` offers, wired to a simulated chip."""

    def __init__(self, chip: Mfrc522Chip) -> None:
        self._chip = chip
        self.opened: tuple[int, int] | None = None
        self.closed = False
        self.mode = 3
        self.max_speed_hz = 0
        self.broken = False

    def open(self, bus: int, device: int) -> None:
        self.opened = bus, device

    def xfer2(self, values: Sequence[int]) -> list[int]:
        if self.broken:
            raise OSError(5, "Input/output error")
        return list(self._chip.transfer(bytes(values)))

    def close(self) -> None:
        self.closed = True


class Stage:
    """A reader `front` with its chip, its bus and its clock."""

    def __init__(
        self, *uids: bytes, settings: Rc522Settings | None = None, origin: str = "aligned"
    ) -> None:
        self.time = GivenTime()
        self.chip = Mfrc522Chip(clock=self.time, collision_origin=origin)
        self.spi = FakeSpi(self.chip)
        self.port = SpidevPort(make=lambda: self.spi)
        self.reader = Rc522Reader("front", self.port, self.time, self.time.sleep, settings)
        self.cards = {uid: self.place(uid) for uid in uids}

    def place(self, uid: bytes) -> VirtualCard:
        card = VirtualCard(uid)
        self.chip.field.place(card)
        return card

    def poll(self) -> list[ReaderEvent]:
        """Wait for the next poll and do it."""
        self.time.now = self.reader.next_poll(self.time.now)
        return self.reader.poll(self.time.now)

    def run(self, seconds: float) -> list[ReaderEvent]:
        """All that the reader tells in that time."""
        end = self.time.now + seconds
        events: list[ReaderEvent] = []
        while self.reader.next_poll(self.time.now) <= end:
            events += self.poll()
        self.time.now = max(self.time.now, end)
        return events

    def seen(self, seconds: float) -> list[bytes]:
        """Numbers of the cards read in that time; nothing else may happen."""
        events = self.run(seconds)
        assert all(isinstance(event, CardSeen) for event in events), events
        return [event.presented[0].value for event in events if isinstance(event, CardSeen)]
