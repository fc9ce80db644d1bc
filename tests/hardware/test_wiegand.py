"""A Wiegand reader that this board plays to itself, over two wires."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.ids import ReaderId
from loquet_edge.config import load
from loquet_edge.config_readers import WiegandWiring, WiredReader
from loquet_edge.drivers.catalogue import make_reader
from loquet_edge.drivers.ports import CardSeen, OutputLine, Reader
from loquet_edge.protocols.wiegand_formats import FORMATS
from tests.hardware.conftest import Header
from tests.hardware.record import Record, patience

pytestmark = pytest.mark.hardware
BETWEEN_BITS, LIMIT, CARDS = 0.001, 10.0, 5
EXAMPLE = Path(__file__).parents[2] / "hardware" / "examples" / "one_door_rc522" / "unit.toml"


@pytest.fixture
def data(lines: Header, wiegand: dict[str, int]) -> tuple[OutputLine, OutputLine]:
    """D0 and D1 as a reader drives them: high at rest."""
    zero, one = (
        lines.output(f"D{at}", wiegand[f"d{at}_out"], active_high=False, active=False)
        for at in (0, 1)
    )
    return zero, one


@pytest.fixture
def listener(
    lines: Header, wiegand: dict[str, int], data: tuple[OutputLine, OutputLine]
) -> Iterator[Reader]:
    """The driver, at the far ends of wires that rest: what first drives them would be bits."""
    wiring = WiegandWiring(wiegand["d0_in"], wiegand["d1_in"], pull="none", gap=0.025 * patience())
    found = make_reader(
        WiredReader(ReaderId("bench"), "wiegand", wiring), load(EXAMPLE), lines.chip
    )
    yield found
    found.close()


@pytest.mark.parametrize("name", ["h10301", "h10302"])
def test_every_card_is_heard_as_it_was_sent(
    listener: Reader, data: tuple[OutputLine, OutputLine], record: Record, name: str
) -> None:
    kind, chance = FORMATS[name], random.Random(1)
    listener.poll(time.monotonic())
    for _ in range(CARDS):
        number = chance.randrange(1, 2**kind.number_bits)
        for bit in kind.encode(number):
            data[bit].drive(True)
            data[bit].drive(False)
            threading.Event().wait(BETWEEN_BITS)  # the reader's pace, not ours
        assert kind.represent(number) in _heard(listener).presented
    record.measure(f"Wiegand cards heard, {name}", CARDS)
    record.confirm("reader", "Wiegand, played by the board itself")


def _heard(reader: Reader) -> CardSeen:
    ends = time.monotonic() + LIMIT
    while time.monotonic() < ends:
        for event in reader.poll(time.monotonic()):
            if isinstance(event, CardSeen):
                return event
    raise AssertionError("no card was heard")
