"""The RC522 driver over a register-level MFRC522: cards that come, stay, go, and bad readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_edge.drivers.ports import CardSeen, ReaderLost, ReaderReturned
from loquet_edge.drivers.rc522 import Rc522Reader, Rc522Settings
from loquet_edge.simulation.air import Burst
from loquet_edge.simulation.cards import State, VirtualCard
from tests.edge.reader.numbers import card_sets, uids
from tests.edge.reader.stage import Stage

SEVEN = bytes.fromhex("04a1b2c3d4e5f6")
OTHER = bytes.fromhex("04a1b2c3d4e5f7")
FOUR = bytes.fromhex("deadbeef")
NOTICED = 2.0
SET_UP = 0.03


def test_first_poll_sets_the_chip_up_and_tells_nothing() -> None:
    stage = Stage()
    assert stage.poll() == []
    assert stage.reader.version == 0x92
    assert stage.chip.field.powered


@settings(max_examples=60, deadline=None)
@given(uids())
def test_card_is_read_whole_and_once_while_it_stays(uid: bytes) -> None:
    stage = Stage(uid)
    assert stage.seen(0.6) == [uid]


def test_card_that_stays_for_a_minute_is_read_once() -> None:
    assert Stage(SEVEN).seen(60.0) == [SEVEN]


def test_event_names_reader_assurance_and_time_of_the_answer() -> None:
    stage = Stage()
    stage.run(0.1)
    stage.place(SEVEN)
    placed = stage.time.now
    (event,) = stage.run(0.1)
    assert isinstance(event, CardSeen)
    assert (event.reader, event.uid, event.assurance) == ("front", SEVEN, "uid")
    assert placed <= event.monotonic <= placed + 0.03
    assert "a1" not in repr(event)


def test_card_is_read_again_after_it_left() -> None:
    stage = Stage(SEVEN)
    assert stage.seen(0.5) == [SEVEN]
    for _ in range(3):
        stage.chip.field.remove(stage.cards[SEVEN])
        assert stage.seen(0.3) == []
        stage.chip.field.place(stage.cards[SEVEN])
        assert stage.seen(0.3) == [SEVEN]


def test_short_dip_of_a_cards_power_is_the_same_stay() -> None:
    stage = Stage(SEVEN)
    assert stage.seen(0.5) == [SEVEN]
    for _ in range(20):
        stage.cards[SEVEN].power_off()
        assert stage.seen(0.06) == []


def test_phone_with_a_new_number_at_each_dip_is_one_stay() -> None:
    stage = Stage()
    phone = stage.place(bytes.fromhex("08000001"))
    assert stage.seen(0.3) == [phone.uid]
    for turn in range(2, 20):
        stage.chip.field.remove(phone)
        stage.run(0.03)
        phone = stage.place(bytes((0x08, 0, 0, turn)))
        assert stage.seen(0.1) == []
    stage.chip.field.remove(phone)
    stage.run(0.5)
    stage.place(bytes.fromhex("08000077"))
    assert stage.seen(0.3) == [bytes.fromhex("08000077")]


@pytest.mark.parametrize("origin", ["received", "aligned", "level"])
@settings(max_examples=40, deadline=None)
@given(numbers=card_sets())
def test_all_cards_of_a_wallet_are_read_once(origin: str, numbers: frozenset[bytes]) -> None:
    stage = Stage(*numbers, origin=origin)
    assert sorted(stage.seen(0.5)) == sorted(numbers)


def test_second_card_beside_a_first_is_read_and_neither_again() -> None:
    stage = Stage(SEVEN)
    assert stage.seen(0.5) == [SEVEN]
    second = stage.place(OTHER)
    assert stage.seen(0.5) == [OTHER]
    stage.chip.field.remove(stage.cards[SEVEN])
    assert stage.seen(0.5) == []
    stage.chip.field.place(stage.cards[SEVEN])
    assert stage.seen(0.5) == [SEVEN]
    stage.chip.field.remove(second)
    assert stage.seen(0.5) == []


def test_card_left_asleep_by_somebody_else_is_found() -> None:
    stage = Stage()
    stage.run(0.1)
    stage.place(SEVEN).state = State.HALT
    assert stage.seen(0.2) == [SEVEN]


def test_card_that_answers_late_within_the_wait_is_read() -> None:
    stage = Stage()
    stage.chip.field.place(VirtualCard(SEVEN, delay=0.0004))
    assert stage.seen(0.5) == [SEVEN]


class Noise:
    """Spoils the answers whose turn it is, and lets all others pass."""

    def __init__(self, spoil: Callable[[Burst], Burst | None], turns: range | set[int]) -> None:
        self._spoil = spoil
        self._turns = turns
        self.answers = 0

    def __call__(self, burst: Burst) -> Burst | None:
        self.answers += 1
        return self._spoil(burst) if self.answers - 1 in self._turns else burst


def _wrong_bit(burst: Burst) -> Burst:
    return replace(burst, bits=(*burst.bits[:5], 1 - burst.bits[5], *burst.bits[6:]))


BAD_LINES: dict[str, Callable[[Burst], Burst | None]] = {
    "lost answer": lambda burst: None,
    "truncated in a byte": lambda burst: replace(burst, bits=burst.bits[:-3]),
    "truncated to a byte": lambda burst: replace(burst, bits=burst.bits[:8]),
    "truncated to nothing": lambda burst: replace(burst, bits=()),
    "wrong bit, wrong parity": lambda burst: replace(_wrong_bit(burst), parity_ok=False),
    "wrong bit, right parity": _wrong_bit,
    "false collision": lambda burst: replace(burst, collisions=(3,)),
    "collision beyond the number": lambda burst: replace(burst, collisions=(35,)),
    "far too long": lambda burst: replace(burst, bits=burst.bits * 40),
    "far too late": lambda burst: replace(burst, delay=0.002),
}


@pytest.mark.parametrize("turn", range(7))
@pytest.mark.parametrize("line", BAD_LINES)
def test_one_bad_answer_delays_a_card_but_invents_none(line: str, turn: int) -> None:
    stage = Stage()
    stage.run(SET_UP)
    stage.chip.field.noise = Noise(BAD_LINES[line], {turn})
    stage.place(SEVEN)
    assert stage.seen(0.2) == [SEVEN]


@pytest.mark.parametrize("line", BAD_LINES)
def test_line_that_is_always_bad_gives_no_number_and_no_alarm(line: str) -> None:
    """A card at the very edge of the field is not a broken reader."""
    stage = Stage(SEVEN)
    stage.chip.field.noise = Noise(BAD_LINES[line], range(10**9))
    assert stage.seen(2.0) == []
    stage.chip.field.noise = None
    assert stage.seen(0.2) == [SEVEN]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(BAD_LINES)), max_size=40), card_sets(), st.randoms())
def test_a_third_of_the_answers_bad_never_gives_a_wrong_number(
    lines: list[str], numbers: frozenset[bytes], random: Random
) -> None:
    stage = Stage(*numbers)
    turns = iter(lines)

    def noise(burst: Burst) -> Burst | None:
        line = next(turns, None) if random.random() < 0.3 else None
        return burst if line is None else BAD_LINES[line](burst)

    stage.chip.field.noise = noise
    assert set(stage.seen(0.6)) <= numbers
    stage.chip.field.noise = None
    stage.chip.field.clear()
    stage.run(0.5)
    for uid in numbers:
        stage.place(uid)
    assert sorted(stage.seen(0.5)) == sorted(numbers)


@pytest.mark.parametrize("answer", range(1, 6))
def test_card_pulled_in_the_middle_is_not_read_and_is_next_time(answer: int) -> None:
    stage = Stage()
    stage.run(SET_UP)
    card = stage.place(SEVEN)
    count = 0

    def pull(burst: Burst) -> Burst | None:
        nonlocal count
        count += 1
        if count == answer:
            stage.chip.field.remove(card)
            return None
        return burst

    stage.chip.field.noise = pull
    assert stage.seen(0.2) == []
    stage.chip.field.noise = None
    stage.chip.field.place(card)
    assert stage.seen(0.2) == [SEVEN]


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
    stage.chip.unplug()
    for _ in range(glitches):
        assert stage.poll() == []
    stage.chip._dead_level = None  # the line only glitched: the chip kept its state
    stage.chip.field.power(True)
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
    stage.poll()
    stage.reader.close()
    assert stage.spi.closed


@pytest.mark.parametrize("gain", [0, 20, 49])
def test_gain_that_the_chip_does_not_have_is_refused(gain: int) -> None:
    with pytest.raises(ValueError, match=r"18, 23, 33, 38, 43, 48"):
        Rc522Reader("front", Stage().port, settings=Rc522Settings(gain=gain))
