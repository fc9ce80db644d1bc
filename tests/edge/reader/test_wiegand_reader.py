"""The Wiegand driver on lines made by hand, in a time that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from loquet_contract.access.credential import Form, Representation
from loquet_edge.drivers.ports import (
    CardSeen,
    KeyPressed,
    LineError,
    ReaderEvent,
    ReaderLost,
    ReaderReturned,
)
from loquet_edge.drivers.pulses import Fell
from loquet_edge.drivers.wiegand import (
    FLOOD,
    LOOK_SECONDS,
    REPEAT_SECONDS,
    REST_SECONDS,
    WiegandReader,
    WiegandSettings,
)
from loquet_edge.protocols.wiegand import Bits, burst_of
from loquet_edge.protocols.wiegand_formats import FORMATS

H10301 = FORMATS["h10301"]
CARD = H10301.encode(31 << 16 | 337)
NUMBER = Representation(Form.WIEGAND26, bytes.fromhex("1f0151"))


@dataclass
class Wire:
    """One data line; ``closed`` counts how often it was given back."""

    fell: Fell
    low: bool = False
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


@dataclass
class Bench:
    """A reader, its two wires, and a clock."""

    keypad: str = "none"
    now: float = 1000.0
    wires: list[Wire] = field(default_factory=list)
    broken: bool = False
    rung: bool = False
    """Whether an edge ends the next wait at once."""

    def __post_init__(self) -> None:
        settings = WiegandSettings(tuple(FORMATS.values()), self.keypad)
        self.reader = WiegandReader("gate", self._listen, settings, self._clock, self._wait)
        assert self.poll() == []

    def _clock(self) -> float:
        return self.now

    def _wait(self, seconds: float) -> None:
        self.now += 0.0 if self.rung else seconds
        self.rung = False

    def _listen(self, which: int, fell: Fell) -> Wire:
        if self.broken:
            raise LineError("line D0 is taken")
        self.wires[which:] = [Wire(fell)]
        return self.wires[which]

    def send(self, bits: Bits, every: float = 0.001) -> None:
        for bit in bits:
            self.wires[bit].fell(round(self.now * 1e9))
            self.rung = True
            self.now += every

    def poll(self) -> list[ReaderEvent]:
        return self.reader.poll(self.now)

    def run(self, seconds: float) -> list[ReaderEvent]:
        found: list[ReaderEvent] = []
        until = self.now + seconds
        while self.now < until:
            found += self.poll()
            self.now = max(self.now, self.reader.next_poll(self.now))
        return found


def test_a_badge_is_told_with_the_time_of_its_first_bit() -> None:
    bench = Bench()
    began = bench.now
    bench.send(CARD)
    (seen,) = bench.run(0.1)
    assert isinstance(seen, CardSeen)
    assert (seen.reader, seen.presented, seen.assurance) == ("gate", (NUMBER,), "uid")
    assert seen.monotonic == pytest.approx(began)
    assert "1f0151" not in repr(seen)


def test_a_badge_is_told_soon_after_its_last_bit() -> None:
    bench = Bench()
    bench.send(CARD)
    ended = bench.now
    while not bench.poll():
        assert bench.now < ended + 1.0
    assert bench.now - ended < 0.035


def test_edges_out_of_order_are_sorted() -> None:
    bench = Bench()
    stamps = [(bit, round((bench.now + at * 0.001) * 1e9)) for at, bit in enumerate(CARD)]
    bench.now += 0.03
    for which in (1, 0):  # all of D1 first, as its file may be read first
        for bit, stamp in stamps:
            if bit == which:
                bench.wires[bit].fell(stamp)
    (seen,) = bench.run(0.1)
    assert isinstance(seen, CardSeen) and seen.presented == (NUMBER,)


def test_a_reader_that_repeats_a_badge_tells_it_once_and_another_at_once() -> None:
    bench = Bench()
    found: list[ReaderEvent] = []
    for _ in range(5):
        bench.send(CARD)
        found += bench.run(0.3)
    assert len(found) == 1
    bench.send(H10301.encode(7))
    assert len(bench.run(0.1)) == 1
    bench.run(REPEAT_SECONDS)
    bench.send(CARD)
    assert len(bench.run(0.1)) == 1


@pytest.mark.parametrize("keypad", ["4bit", "8bit"])
def test_keys_are_told_one_by_one(keypad: str) -> None:
    bench, found = Bench(keypad), []
    for key in "0123456789*#":
        bench.send(burst_of(key, keypad))
        found += bench.run(0.1)
    assert [each.key for each in found if isinstance(each, KeyPressed)] == list("0123456789*#")
    assert "key" not in repr(found[0])
    bench.send(CARD)
    assert [type(each) for each in bench.run(0.1)] == [CardSeen]


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ((*CARD[:-1], 1 - CARD[-1]), "wrong parity"),
        (CARD[:-1], "25 bits are none of its formats"),
        ((0,) * 25 + (1,), "all the same"),
    ],
)
def test_what_is_no_badge_is_dropped_and_said_once(
    bits: Bits, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    for _ in range(3):
        bench.send(bits)
        assert bench.run(0.1) == []
    assert caplog.text.count(said) == 1


def test_noise_between_two_badges_costs_neither(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.send(CARD)
    found = bench.run(0.1)
    bench.send((0, 1, 1, 0), every=0.00001)
    found += bench.run(1.0)
    bench.send(CARD)
    found += bench.run(0.1)
    assert len(found) == 2
    assert "no reader sends" in caplog.text


def test_a_flood_is_a_lost_reader_and_rests_the_lines() -> None:
    bench = Bench()
    before = list(bench.wires)
    bench.send((0, 1) * FLOOD, every=0.0001)
    (lost,) = bench.poll()
    assert isinstance(lost, ReaderLost) and "ground" in lost.detail
    assert [wire.closed for wire in before] == [1, 1]
    assert bench.reader.next_poll(bench.now) >= bench.now + REST_SECONDS / 2
    found = bench.run(3 * REST_SECONDS)
    assert [type(each) for each in found] == [ReaderReturned]
    bench.send(CARD)
    assert [type(each) for each in bench.run(0.1)] == [CardSeen]


def test_a_line_that_stays_low_is_a_lost_reader_until_it_rises() -> None:
    bench = Bench()
    bench.wires[1].low = True
    (lost,) = bench.run(5 * LOOK_SECONDS)
    assert isinstance(lost, ReaderLost) and lost.detail.startswith("D1 stays low")
    bench.wires[1].low = False
    assert [type(each) for each in bench.run(2 * REST_SECONDS)] == [ReaderReturned]


def test_lines_that_cannot_be_had_are_asked_for_again() -> None:
    bench = Bench()
    bench.reader.close()
    bench.broken = True
    (lost,) = bench.run(3.0)
    assert isinstance(lost, ReaderLost) and "taken" in lost.detail
    bench.broken = False
    assert [type(each) for each in bench.run(3.0)] == [ReaderReturned]
