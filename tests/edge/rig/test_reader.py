"""The MFRC522 driver over the real spidev package, on the simulated chip."""

from __future__ import annotations

import subprocess

import pytest

from tests.rig.rig import Rig

READ = """
import time
from loquet_edge.drivers.ports import CardSeen
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.drivers.rc522_ports import SpidevPort
reader = Rc522Reader("front", SpidevPort(0, 0))
print("ready", flush=True)
while True:
    for event in reader.poll(time.monotonic()):
        words = event.presented[0].value.hex() if isinstance(event, CardSeen) else ""
        print(type(event).__name__, words, flush=True)
    now = time.monotonic()
    time.sleep(reader.next_poll(now) - now)
"""


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("uid", ["a1b2c3d4", "04a1b2c3d4e5f6", "04a1b2c3d4e5f6070809"])
def test_a_card_is_read_whole_and_once(rig: Rig, uid: str) -> None:
    process = rig.python(READ)
    assert said(process) == "ready"
    rig.control.present_card("front", uid)
    assert said(process) == f"CardSeen {uid}"
    rig.control.present_card("front", "deadbeef")
    assert said(process) == "CardSeen deadbeef"


def test_an_unplugged_reader_is_lost_and_comes_back(rig: Rig) -> None:
    process = rig.python(READ)
    assert said(process) == "ready"
    rig.control.present_card("front", "04a1b2c3d4e5f6")
    assert said(process) == "CardSeen 04a1b2c3d4e5f6"
    rig.control.unplug("front")
    assert said(process) == "ReaderLost"
    rig.control.remove_card("front")
    rig.control.plug("front")
    assert said(process) == "ReaderReturned"
    rig.control.present_card("front", "a1b2c3d4")
    assert said(process) == "CardSeen a1b2c3d4"
