"""Readers, radars and serial lines that hang on a real board."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from loquet_edge.config_readers import Rc522Wiring
from loquet_edge.drivers.catalogue import open_port
from loquet_edge.drivers.ld2410 import Radar, RadarSaw, RadarSettings
from loquet_edge.drivers.ports import CardSeen
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.drivers.rc522_chip import Rc522Chip
from tests.hardware.record import Record

pytestmark = pytest.mark.hardware
LIMIT = 10.0
SPEEDS = (9_600, 115_200, 256_000)


def test_the_readers_chip_answers(reader: tuple[int, int], record: Record) -> None:
    port = open_port(Rc522Wiring("spidev", *reader))
    try:
        chip = Rc522Chip(port, time.monotonic, time.sleep)
        chip.begin()
        spent = []
        for _ in range(200):
            before = time.monotonic()
            chip.prove_alive()
            spent.append((time.monotonic() - before) * 1000)
    finally:
        port.close()
    record.measure("reading two registers over SPI, median, ms", statistics.median(spent))
    assert chip.version not in (0x00, 0xFF)
    record.confirm("reader", f"RC522, version register 0x{chip.version:02X}")


def test_a_card_is_read_whole_and_twice_the_same(
    reader: tuple[int, int], card: str, record: Record
) -> None:
    found = [_first_card(reader) for _ in range(2)]
    numbers = {tuple(repr(each) for each in seen.presented) for seen in found}
    assert len(numbers) == 1 and found[0].presented
    record.confirm("card", card)


def _first_card(reader: tuple[int, int]) -> CardSeen:
    driver = Rc522Reader("bench", open_port(Rc522Wiring("spidev", *reader)))
    ends = time.monotonic() + LIMIT
    try:
        while time.monotonic() < ends:
            for event in driver.poll(time.monotonic()):
                if isinstance(event, CardSeen):
                    return event
            time.sleep(max(0.0, driver.next_poll(time.monotonic()) - time.monotonic()))
    finally:
        driver.close()
    raise AssertionError("no card was seen: let one lie on the reader")


@pytest.mark.parametrize("speed", SPEEDS)
def test_what_is_sent_comes_back(serial: Path, record: Record, speed: int) -> None:
    import serial as pyserial

    said = bytes(range(256)) * 4
    with pyserial.Serial(str(serial), speed, timeout=LIMIT, exclusive=True) as port:
        port.reset_input_buffer()
        for start in range(0, len(said), 64):
            piece = said[start : start + 64]
            port.write(piece)
            assert port.read(len(piece)) == piece
    record.measure(f"serial line, bytes unharmed at {speed}", len(said))


def test_a_radar_says_whether_somebody_is_there(radar: Path, record: Record) -> None:
    driver, ends = Radar(RadarSettings(radar)), time.monotonic() + LIMIT
    seen = 0
    while seen < 3 and time.monotonic() < ends:
        seen += sum(isinstance(each, RadarSaw) for each in driver.poll(time.monotonic()))
        time.sleep(0.05)
    driver.close()
    assert seen >= 3, "it repeats what it sees once a second"
    record.confirm("sensor", "HLK-LD2410 on a serial adapter")
