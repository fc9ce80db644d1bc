"""The real driver, its chip on a simulated bus: cards that prove a key, or are encoded."""

from __future__ import annotations

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.ids import CommandId
from loquet_edge.card_desk import CardDesk, Job
from loquet_edge.drivers.ports import CardEncoded, CardSeen
from loquet_edge.drivers.rc522 import Rc522Reader
from loquet_edge.protocols.card_keys import Unproven
from loquet_edge.protocols.encoding import Encoding
from loquet_edge.simulation.air import Burst
from loquet_edge.simulation.ultralight_cards import UltralightCard
from tests.edge.cards.antenna import FIRST, KINDS, SECOND, UID, copy_of, encoded
from tests.edge.reader.stage import Stage

PEPPER = bytes(32)
GOAL_SECONDS = 0.020
"""From the card's first answer until it is told, mutually authenticated."""
kinds = pytest.mark.parametrize("kind", KINDS)
Kind = type[UltralightCard]


class CardStage(Stage):
    """A reader that has cards prove themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = CardDesk((PEPPER,), (FIRST,))
        self.reader = Rc522Reader(
            "front", self.port, self.time, self.time.sleep, meet=self.desk.meet
        )
        self.run(0.1)

    def tap(self, *cards: UltralightCard, seconds: float = 0.5) -> list[CardSeen]:
        """Hold cards to the reader; return what it tells of them."""
        for card in cards:
            self.chip.field.place(card)
        found = self.run(seconds)
        self.chip.field.clear()
        self.run(1.0)
        assert all(isinstance(each, CardSeen) for each in found), found
        return [each for each in found if isinstance(each, CardSeen)]

    def job(self, uid: bytes = UID, seconds: float = 60.0) -> None:
        credential = digest(PEPPER, from_uid(uid))
        self.desk.begin("front", Job(CommandId("c1"), credential, self.time.now + seconds))


def told(events: list[CardSeen]) -> list[tuple[str, str | None]]:
    return [(each.assurance, each.unproven) for each in events]


@kinds
def test_a_card_of_ours_is_told_as_authenticated(kind: Kind) -> None:
    stage, card = CardStage(), encoded(kind)
    assert told(stage.tap(card)) == [("authenticated", None)]
    assert told(stage.tap(card)) == [("authenticated", None)], "and again"


@kinds
def test_a_copy_is_told_as_a_number_and_why(kind: Kind) -> None:
    seen = CardStage().tap(copy_of(encoded(kind)))
    assert told(seen) == [("uid", Unproven.WRONG_KEY)]
    assert seen[0].presented == (from_uid(UID),)


@kinds
def test_a_blank_card_is_a_number_like_any_other(kind: Kind) -> None:
    assert told(CardStage().tap(kind(UID))) == [("uid", None)]


@kinds
def test_from_the_cards_first_answer_to_its_proof_in_time(kind: Kind) -> None:
    stage, card = CardStage(), encoded(kind)
    stage.chip.field.place(card)
    while not (found := stage.poll()):
        pass
    assert stage.time.now - found[0].monotonic < GOAL_SECONDS  # type: ignore[union-attr]


@kinds
def test_of_two_cards_at_once_each_proves_only_itself(kind: Kind) -> None:
    ours, other = encoded(kind), kind(bytes.fromhex("0411223344556677")[:7])
    seen = CardStage().tap(ours, other)
    assert {each.presented[0].value: each.assurance for each in seen} == {
        ours.uid: "authenticated",
        other.uid: "uid",
    }


@kinds
def test_a_noisy_line_costs_tries_and_never_lies(kind: Kind) -> None:
    stage, burst = CardStage(), 0

    def noise(each: Burst) -> Burst | None:
        nonlocal burst
        burst += 1
        return None if burst % 9 == 8 else each

    stage.chip.field.noise = noise
    seen = [one for _ in range(6) for one in stage.tap(encoded(kind))]
    assert any(each.assurance == "authenticated" for each in seen)
    burst = 0
    copies = [one for _ in range(6) for one in stage.tap(copy_of(encoded(kind)))]
    assert {each.assurance for each in copies} == {"uid"}


@kinds
def test_a_card_is_encoded_and_then_proves_it(kind: Kind) -> None:
    stage, card = CardStage(), kind(UID)
    stage.job()
    stage.chip.field.place(card)
    found = stage.run(1.0)
    assert [type(each) for each in found] == [CardEncoded]
    assert isinstance(found[0], CardEncoded)
    assert found[0].outcome == Encoding.DONE
    stage.desk.end("front")
    stage.chip.field.clear()
    stage.run(1.0)
    assert told(stage.tap(card)) == [("authenticated", None)]


@kinds
def test_another_card_is_not_touched(kind: Kind) -> None:
    stage, card = CardStage(), kind(UID)
    stage.job(bytes.fromhex("04999999999999"))
    stage.chip.field.place(card)
    found = stage.run(0.5)
    assert isinstance(found[0], CardEncoded)
    assert found[0].outcome == Encoding.OTHER_CARD
    assert card.written == []


def test_a_job_that_is_over_encodes_nothing() -> None:
    stage, card = CardStage(), KINDS[1](UID)
    stage.job(seconds=0.2)
    stage.run(0.3)
    assert told(stage.tap(card)) == [("uid", None)]
    assert card.written == []


def test_keys_that_came_later_count_from_the_next_card_on() -> None:
    stage, card = CardStage(), encoded(KINDS[1], SECOND)
    assert told(stage.tap(card)) == [("uid", Unproven.UNKNOWN_KEY)]
    stage.desk.keys = (SECOND, FIRST)
    assert told(stage.tap(card)) == [("authenticated", None)]
    stage.desk.keys = (FIRST,)
    assert told(stage.tap(card)) == [("uid", Unproven.UNKNOWN_KEY)], "what was trusted is over too"
