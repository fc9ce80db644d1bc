"""The RC522 driver over a register-level MFRC522: cards that come, stay and go, also badly."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_edge.drivers.ports import CardSeen
from loquet_edge.simulation.air import Burst, to_bytes
from loquet_edge.simulation.cards import State, VirtualCard
from tests.edge.reader.bad_lines import BAD_LINES, Noise
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
    assert (event.reader, event.presented[0].value, event.assurance) == ("front", SEVEN, "uid")
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


def test_two_phones_at_once_are_two_cards() -> None:
    pair = [bytes.fromhex("08000001"), bytes.fromhex("08000002")]
    assert sorted(Stage(*pair).seen(1.0)) == pair


def test_card_that_stays_costs_little_more_than_an_empty_field() -> None:
    stage = Stage(SEVEN)
    stage.run(1.0)
    transfers = stage.reader.transfers
    stage.run(10.0)
    assert stage.reader.transfers - transfers <= 10_000


@pytest.mark.parametrize("origin", ["received", "aligned", "level"])
@settings(max_examples=40, deadline=None)
@given(numbers=card_sets())
def test_all_cards_of_a_wallet_are_read_once(origin: str, numbers: frozenset[bytes]) -> None:
    stage = Stage(*numbers, origin=origin)
    assert sorted(stage.seen(0.5)) == sorted(numbers)


def test_cards_that_differ_in_the_last_bit_of_a_level_are_both_read() -> None:
    """The chip writes 0 for a collision in the 32nd bit."""
    pair = [bytes.fromhex("04000000"), bytes.fromhex("04000080")]
    assert sorted(Stage(*pair).seen(0.5)) == pair


def test_card_that_was_read_is_put_to_sleep_first_thing_in_the_next_poll() -> None:
    stage = Stage(SEVEN)
    assert stage.poll() == []
    assert len(stage.poll()) == 1
    stage.chip.field.keep_frames = True
    stage.poll()
    assert to_bytes(stage.chip.field.heard[0]).hex() == "500057cd"
    assert stage.cards[SEVEN].state is State.HALT


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


@pytest.mark.parametrize("turn", range(7))
@pytest.mark.parametrize("line", BAD_LINES)
def test_one_bad_answer_delays_a_card_but_invents_none(line: str, turn: int) -> None:
    stage = Stage()
    stage.run(SET_UP)
    stage.chip.field.noise = Noise(BAD_LINES[line], {turn})
    stage.place(SEVEN)
    assert stage.seen(0.2) == [SEVEN]


@pytest.mark.parametrize("turn", range(1, 5))
def test_answer_that_was_garbled_is_asked_for_again_in_the_same_poll(turn: int) -> None:
    stage = Stage()
    stage.run(SET_UP)
    stage.chip.field.noise = Noise(BAD_LINES["wrong bit, right parity"], {turn})
    stage.place(SEVEN)
    assert len(stage.poll()) == 1


def test_answer_missed_now_and_then_does_not_end_a_stay() -> None:
    stage = Stage(SEVEN)
    assert stage.seen(0.5) == [SEVEN]
    for _ in range(8):
        stage.chip.field.noise = BAD_LINES["lost answer"]
        assert stage.seen(0.09) == []
        stage.chip.field.noise = None
        assert stage.seen(0.2) == []


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
