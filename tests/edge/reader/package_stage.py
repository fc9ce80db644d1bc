"""A program of its own: the driver, or a package by itself, over a simulated chip, in real time.

Started with the fakes (and perhaps the real `mfrc522` package) first on the path; writes what
happened as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import spidev
from RPi import GPIO

from loquet_edge.drivers.ports import CardSeen, ReaderEvent, RegisterPort
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.drivers.rc522_ports import Mfrc522PackagePort, ReaderPortError, SpidevPort
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip

PATIENCE = 10.0
PORTS: dict[str, type[Mfrc522PackagePort] | type[SpidevPort]] = {
    "mfrc522": Mfrc522PackagePort,
    "spidev": SpidevPort,
}


def drive(port: RegisterPort, chip: Mfrc522Chip, uids: list[bytes]) -> dict[str, Any]:
    """Our driver: read the cards, lose the reader, have it back."""
    reader = Rc522Reader("front", port)
    events: list[ReaderEvent] = []

    def until(count: int) -> None:
        limit = time.monotonic() + PATIENCE
        while len(events) < count and (now := time.monotonic()) < limit:
            events.extend(reader.poll(now))
            time.sleep(max(0.0, reader.next_poll(now) - time.monotonic()))

    for uid in uids:
        chip.field.place(VirtualCard(uid))
    until(len(uids))
    chip.field.clear()
    chip.unplug()
    began = time.monotonic()
    until(len(uids) + 1)
    noticed = time.monotonic() - began
    chip.plug()
    until(len(uids) + 2)
    reader.close()
    return {
        "seen": [event.presented[0].value.hex() for event in events if isinstance(event, CardSeen)],
        "others": [type(event).__name__ for event in events if not isinstance(event, CardSeen)],
        "noticed": noticed,
        "transfers": reader.transfers,
        "gpio": GPIO.calls,
    }


def alone(uid: bytes, chip: Mfrc522Chip) -> dict[str, Any]:
    """The package's own reading: what it makes of a card, and of the chip's CRC coprocessor."""
    from mfrc522 import MFRC522

    package = MFRC522(bus=0, device=0)
    chip.field.place(VirtualCard(uid, sak=0x08))
    request = getattr(package, "MFRC522_Request", None) or package.Request
    anticoll = getattr(package, "MFRC522_Anticoll", None) or package.Anticoll
    select = getattr(package, "MFRC522_SelectTag", None) or package.SelectTag
    status, bits = request(package.PICC_REQIDL)
    status2, number = anticoll()
    sak = select(number)
    crc = package.CalulateCRC([0x12, 0x34])
    return {
        "request": [status, bits],
        "anticoll": [status2, bytes(number).hex()],
        "crc": bytes(crc).hex(),
        "sak": sak,
    }


def missing() -> str:
    """The error of a bus that is not there."""
    try:
        Mfrc522PackagePort(3, 1)
    except ReaderPortError as error:
        return str(error)
    return "it opened"


def main() -> None:
    what, *numbers = sys.argv[1:]
    chip = Mfrc522Chip()
    spidev.attach(0, 0, chip)
    uids = [bytes.fromhex(number) for number in numbers]
    if what == "missing":
        print(missing())
    elif what == "alone":
        print(json.dumps(alone(uids[0], chip)))
    else:
        print(json.dumps(drive(PORTS[what](0, 0), chip, uids)))


if __name__ == "__main__":
    main()
