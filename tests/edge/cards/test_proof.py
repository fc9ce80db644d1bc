"""A card proves its key; nothing else ever does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_edge.protocols.card_keys import Known, Mark, Met, Unproven, prove
from loquet_edge.protocols.iso14443 import SILENCE, Answer, Card, Frame, crc_a, run
from loquet_edge.protocols.ultralight import Chip
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.ultralight_cards import UltralightAes, UltralightCard
from tests.edge.cards.antenna import (
    FIRST,
    KINDS,
    SECOND,
    UID,
    Antenna,
    Numbers,
    Spoil,
    copy_of,
    encoded,
)

OTHER_UID = bytes.fromhex("0499887766aabb")
kinds = pytest.mark.parametrize("kind", KINDS)
Kind = type[UltralightCard]


@kinds
def test_a_card_of_ours_proves_its_key(kind: Kind) -> None:
    met = Antenna(encoded(kind)).prove(FIRST)
    assert (met.key, met.why) == (FIRST, None)


@kinds
def test_an_older_key_counts_as_long_as_it_is_in_force(kind: Kind) -> None:
    card = encoded(kind)
    assert Antenna(card).prove(SECOND, FIRST).key == FIRST
    gone = Antenna(card).prove(SECOND)
    assert (gone.key, gone.why) == (None, Unproven.UNKNOWN_KEY)


@kinds
def test_a_copy_with_the_same_number_and_pages_proves_nothing(kind: Kind) -> None:
    copied = copy_of(encoded(kind))
    met = Antenna(copied).prove(FIRST)
    assert (met.key, met.why) == (None, Unproven.WRONG_KEY)


@kinds
def test_the_key_of_another_card_proves_nothing(kind: Kind) -> None:
    """One card's key was read out somehow, and is put behind another number."""
    thief, victim = encoded(kind, uid=OTHER_UID), kind(UID)
    for page in range(2, thief.pages):
        victim.put(page, thief.page(page))
    assert Antenna(victim).prove(FIRST).why is Unproven.WRONG_KEY


@pytest.mark.parametrize("card", [VirtualCard(UID), *(kind(UID) for kind in KINDS)])
def test_a_card_that_is_none_of_ours_is_not_asked_for_a_proof(card: VirtualCard) -> None:
    antenna = Antenna(card)
    assert antenna.prove(FIRST) == Met()
    assert all(frame.data[0] != 0x1A for frame in antenna.frames)


@kinds
def test_without_keys_no_card_is_asked_anything(kind: Kind) -> None:
    antenna = Antenna(encoded(kind))
    assert antenna.prove() == Met()
    assert antenna.frames == []


@kinds
def test_an_unfinished_card_is_not_believed(kind: Kind) -> None:
    card = encoded(kind)
    for page, four in Mark(*_mark(card), FIRST.id).pages():
        card.put(page, four)
    assert Antenna(card).prove(FIRST).why is Unproven.UNFINISHED


def _mark(card: UltralightCard) -> tuple[Chip, bool]:
    found = Mark.of(card.page(4) + card.page(5))
    assert found is not None
    return found.chip, False


@kinds
def test_a_card_whose_keys_can_still_be_written_is_not_believed(kind: Kind) -> None:
    card = encoded(kind)
    card.put(*((0x2D, bytes(4)) if kind is UltralightAes else (0x28, bytes(4))))
    assert Antenna(card).prove(FIRST).why is Unproven.WRITABLE


@kinds
def test_a_known_card_is_asked_for_its_proof_at_once(kind: Kind) -> None:
    card = encoded(kind)
    antenna = Antenna(card)
    known = Known(FIRST, _mark(card)[0])
    assert antenna.prove(FIRST, known=known).key == FIRST
    assert [frame.data[0] for frame in antenna.frames] == [0x1A, 0xAF]


@kinds
def test_what_a_number_proved_before_does_not_help_another_card(kind: Kind) -> None:
    card = encoded(kind)
    known = Known(FIRST, _mark(card)[0])
    assert Antenna(copy_of(card)).prove(FIRST, known=known).why is Unproven.WRONG_KEY
    assert Antenna(kind(UID)).prove(FIRST, known=known) == Met()
    assert Antenna(VirtualCard(UID)).prove(FIRST, known=known) == Met()
    assert Antenna(encoded(kind, SECOND)).prove(SECOND, FIRST, known=known).key == SECOND
    assert Antenna(card).prove(SECOND, known=known).key is None, "its key is in force no more"


def test_a_card_that_was_asked_too_often_refuses() -> None:
    card = encoded(UltralightAes)
    card.failed = 256
    assert Antenna(card).prove(FIRST).why is Unproven.REFUSED


def test_a_copy_does_not_use_up_the_tries_of_others() -> None:
    card = encoded(UltralightAes)
    for _ in range(300):
        assert Antenna(card).prove(FIRST).key == FIRST
    assert card.failed == 0


@kinds
@pytest.mark.parametrize("lost", range(5))
def test_a_frame_that_is_lost_once_costs_a_second_try(kind: Kind, lost: int) -> None:
    def spoil(at: int, _frame: Frame, answer: Answer) -> Answer:
        return SILENCE if at == lost else answer

    antenna = Antenna(encoded(kind), spoil=spoil)
    met = antenna.prove(FIRST)
    assert met.key == FIRST


@kinds
def test_a_card_that_is_taken_away_at_any_moment_proves_nothing(kind: Kind) -> None:
    whole = Antenna(encoded(kind))
    whole.prove(FIRST)
    for left in range(len(whole.frames)):
        antenna = Antenna(encoded(kind), spoil=_gone_after(left))
        met = antenna.prove(FIRST)
        assert met.key is None
        assert met.why is (None if left == 0 else Unproven.INTERRUPTED)
        assert len(antenna.frames) < 20, "it is not asked for ever"


def _gone_after(left: int) -> Spoil:
    return lambda at, _frame, answer: answer if at < left else SILENCE


@kinds
def test_what_was_answered_once_proves_nothing_later(kind: Kind) -> None:
    """All that a listener heard is played back, frame by frame; the reader's number is new."""
    honest = Antenna(encoded(kind))
    honest.prove(FIRST)
    heard = honest.answers
    replay = Antenna(VirtualCard(UID), spoil=lambda at, _f, a: heard[at] if at < len(heard) else a)
    replay.select()
    met = run(prove(Card(UID, 0), (FIRST,), Numbers(99)), replay.exchange)
    assert (met.key, met.why) == (None, Unproven.WRONG_KEY)


@kinds
def test_a_second_card_that_comes_meanwhile_changes_nothing(kind: Kind) -> None:
    card, other = encoded(kind), encoded(kind, uid=OTHER_UID)
    antenna = Antenna(card)

    def spoil(at: int, _frame: Frame, answer: Answer) -> Answer:
        if at == 1:
            antenna.field.place(other)
        return answer

    antenna.spoil = spoil
    assert antenna.prove(FIRST).key == FIRST
    assert not other.proven


ANSWERS = st.one_of(
    st.binary(max_size=40).map(lambda data: Answer(data, len(data) * 8)),
    st.binary(max_size=38).map(lambda data: Answer(data + crc_a(data), (len(data) + 2) * 8)),
    st.integers(0, 15).map(lambda value: Answer(bytes([value]), 4)),
    st.just(SILENCE),
    st.just(Answer(damaged=True)),
    st.binary(min_size=1, max_size=20).map(lambda data: Answer(data, len(data) * 8 - 1, 1)),
)


@given(st.lists(ANSWERS, min_size=8, max_size=24), st.sampled_from(KINDS))
@settings(max_examples=150)
def test_no_made_up_answers_prove_anything(answers: list[Answer], kind: Kind) -> None:
    """The first answer is the honest mark, so that the questions come; then whatever."""
    card = encoded(kind)

    def spoil(at: int, _frame: Frame, honest: Answer) -> Answer:
        return honest if at == 0 else answers[at % len(answers)]

    antenna = Antenna(card, spoil=spoil)
    met = antenna.prove(FIRST)
    assert met.key is None
    assert len(antenna.frames) < 20
