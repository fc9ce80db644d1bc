"""The RC522 driver over a reader that is absent, stuck or badly supplied, and what polls cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loquet_edge.drivers.ports import CardSeen, Reader, ReaderLost, ReaderReturned
from loquet_edge.drivers.rc522 import Rc522Reader, Rc522Settings
from loquet_edge.drivers.rc522_chip import Rc522Chip
from loquet_edge.protocols.iso14443 import Card, Frame, Wake, activate, checked, crc_a, run
from loquet_edge.simulation.air import Burst
from loquet_edge.simulation.cards import VirtualCard
from tests.edge.reader.stage import Stage

SEVEN = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = bytes.fromhex("04a1b2c3d4e5f7")
NOTICED = 2.0


TROUBLES: dict[str, tuple[Callable[[Stage], None], str]] = {
    "unplugged, ones": (lambda stage: stage.chip.unplug(0xFF), "absent"),
    "unplugged, zeros": (lambda stage: stage.chip.unplug(0x00), "absent"),
    "latched up": (lambda stage: stage.chip.freeze(), "stuck"),
    "bus error": (lambda stage: setattr(stage.spi, "broken", True), "Input/output error"),
}


def _repair(stage: Stage) -> None:
    stage.spi.broken = False
    stage.chip.plug()


@pytest.mark.parametrize("occupied", [False, True], ids=["empty", "with a card"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_bad_reader_is_told_once_within_two_seconds_and_returns(
    trouble: str, occupied: bool
) -> None:
    stage = Stage(*([SEVEN] if occupied else []))
    stage.run(0.5)
    begin, word = TROUBLES[trouble]
    begin(stage)
    (lost,) = stage.run(NOTICED)
    assert isinstance(lost, ReaderLost) and lost.reader == "front" and word in lost.detail
    assert stage.run(30.0) == []
    _repair(stage)
    returned, *cards = stage.run(NOTICED)
    assert isinstance(returned, ReaderReturned) and returned.reader == "front"
    assert len(cards) == occupied
    if not occupied:
        stage.place(OTHER)
        assert stage.seen(0.2) == [OTHER]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_reader_bad_from_the_start_is_told_and_comes_up_later(trouble: str) -> None:
    stage = Stage(SEVEN)
    TROUBLES[trouble][0](stage)
    (lost,) = stage.run(NOTICED)
    assert isinstance(lost, ReaderLost)
    _repair(stage)
    returned, card = stage.run(NOTICED)
    assert isinstance(returned, ReaderReturned)
    assert isinstance(card, CardSeen)


def test_brown_out_is_told_and_healed_and_the_card_on_it_is_the_same_stay() -> None:
    stage = Stage(SEVEN)
    assert stage.seen(0.5) == [SEVEN]
    stage.chip.brown_out()
    lost, returned = stage.run(NOTICED)
    assert isinstance(lost, ReaderLost) and "brown-out" in lost.detail
    assert isinstance(returned, ReaderReturned)
    assert stage.seen(1.0) == []


@pytest.mark.parametrize(
    ("register", "value"),
    [(0x14, 0x80), (0x14, 0x81), (0x2A, 0x00), (0x15, 0x00)],
    ids=["antenna off", "half the antenna off", "timer off", "modulation"],
)
def test_any_lost_setting_is_noticed_and_set_again(register: int, value: int) -> None:
    stage = Stage()
    stage.run(0.5)
    stage.chip.transfer(bytes((register << 1, value)))
    lost, returned = stage.run(NOTICED)
    assert isinstance(lost, ReaderLost) and "settings lost" in lost.detail
    assert isinstance(returned, ReaderReturned)
    stage.place(SEVEN)
    assert stage.seen(0.2) == [SEVEN]


def test_chip_that_latched_up_right_after_its_set_up_is_not_taken_for_a_good_one() -> None:
    stage = Stage()
    stage.poll()
    stage.chip.freeze()
    (lost,) = stage.run(NOTICED)
    assert isinstance(lost, ReaderLost)
    assert stage.run(10.0) == []


def test_set_up_follows_the_data_sheet() -> None:
    """Bits after a collision are cleared, full modulation, CRC preset, both drivers, 48 dB."""
    stage = Stage()
    stage.poll()
    assert stage.chip.peek(0x0E) & 0x80 == 0
    peeked = [stage.chip.peek(register) for register in (0x15, 0x11, 0x14, 0x26, 0x2A, 0x2B)]
    assert peeked == [0x40, 0x3D, 0x83, 0x70, 0x80, 169]


def test_slow_application_is_waited_for_as_long_as_its_frame_says() -> None:
    class Slow(VirtualCard):
        def application(self, frame: bytes) -> bytes:
            return frame + b"!"

    stage = Stage()
    chip = Rc522Chip(stage.port, stage.time, stage.time.sleep)
    chip.begin()
    card = Slow(SEVEN)
    stage.chip.field.place(card)
    assert isinstance(run(activate(Wake.WUPA), chip.exchange), Card)
    card.delay = 0.015
    command = b"\x1a\x00"
    answer = chip.exchange(Frame(command + crc_a(command), timeout=0.02, answer_bits=40))
    assert checked(answer.data) == command + b"!"
    card.delay = 0.0
    before = stage.time.now
    assert chip.exchange(Frame(b"\x26", last_bits=7)).silent
    assert stage.time.now - before < 0.001


def test_supply_that_keeps_dipping_does_not_flood_the_journal() -> None:
    stage = Stage()
    stage.run(0.5)
    events = []
    for _ in range(300):
        stage.chip.brown_out()
        events += stage.run(0.1)
    assert 2 <= len(events) <= 2 * 30 + 2


@pytest.mark.parametrize("glitches", [1, 2])
def test_glitch_shorter_than_three_polls_is_no_alarm(glitches: int) -> None:
    stage = Stage()
    stage.run(0.5)
    stage.chip.unplug(supplied=True)
    for _ in range(glitches):
        assert stage.poll() == []
    stage.chip.plug()
    stage.place(SEVEN)
    assert stage.seen(0.5) == [SEVEN]


def test_card_read_just_before_the_reader_died_is_not_lost() -> None:
    """The number is told although the same poll, or the next, finds the reader gone."""
    stage = Stage(SEVEN)
    answers = 0

    def pull_the_plug(burst: Burst) -> Burst:
        nonlocal answers
        answers += 1
        if answers == 6:
            stage.chip.unplug()
        return burst

    stage.chip.field.noise = pull_the_plug
    events = stage.run(NOTICED)
    assert [type(event) for event in events] == [CardSeen, ReaderLost]


def test_poll_of_an_absent_reader_takes_no_time() -> None:
    """The public packages wait two seconds here."""
    stage = Stage()
    stage.run(0.5)
    stage.chip.unplug()
    before, transfers = stage.time.now, stage.reader.transfers
    stage.reader.poll(before)
    assert stage.time.now - before < 0.002
    assert stage.reader.transfers - transfers < 12


def test_idle_poll_costs_eight_transfers_and_less_than_a_millisecond() -> None:
    stage = Stage(settings=Rc522Settings(health=1e9))
    stage.poll()
    stage.poll()
    before, transfers = stage.reader.next_poll(stage.time.now), stage.reader.transfers
    assert stage.poll() == []
    assert stage.reader.transfers - transfers == 8
    assert stage.time.now - before < 0.001


def test_idle_second_costs_at_most_330_transfers() -> None:
    stage = Stage()
    stage.run(1.0)
    transfers = stage.reader.transfers
    stage.run(10.0)
    assert stage.reader.transfers - transfers <= 3300


def test_whole_seven_byte_read_costs_45_transfers() -> None:
    stage = Stage(settings=Rc522Settings(health=1e9))
    stage.poll()
    stage.poll()
    stage.place(SEVEN)
    transfers = stage.reader.transfers
    assert len(stage.poll()) == 1
    assert stage.reader.transfers - transfers == 45


def test_poll_is_due_at_once_after_a_card_and_at_the_cadence_otherwise() -> None:
    stage = Stage(settings=Rc522Settings(poll=0.04))
    stage.poll()
    assert stage.reader.next_poll(1000.0) == pytest.approx(1000.04)
    stage.place(SEVEN)
    stage.poll()
    assert stage.reader.next_poll(stage.time.now) == stage.time.now


def test_close_gives_the_bus_back() -> None:
    stage = Stage()
    reader: Reader = stage.reader
    reader.poll(stage.time.now)
    reader.close()
    assert stage.spi.closed


@pytest.mark.parametrize("gain", [0, 20, 49])
def test_gain_that_the_chip_does_not_have_is_refused(gain: int) -> None:
    with pytest.raises(ValueError, match=r"18, 23, 33, 38, 43, 48"):
        Rc522Reader("front", Stage().port, settings=Rc522Settings(gain=gain))
