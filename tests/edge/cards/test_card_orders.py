"""The deciding loop: who is told to encode, and what becomes of cards that prove or do not."""

from __future__ import annotations

from typing import Any

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.ids import ReaderId
from loquet_contract.wire.commands import Outcome, What
from loquet_edge.card_desk import CardDesk
from loquet_edge.drivers.ports import CardEncoded
from loquet_edge.inbox import LinkSaid
from loquet_edge.protocols.card_keys import Unproven
from loquet_edge.protocols.encoding import Encoding
from loquet_edge.protocols.ultralight import Chip
from loquet_edge.runner import ReaderPlace
from loquet_edge.seam import Answered, Wished
from tests.edge.cards.antenna import FIRST
from tests.edge.unit.a_scene import READER, Scene, card
from tests.edge.unit.a_unit import DOOR, MEMBER, PEPPER, STRANGER
from tests.edge.unit.test_passes import OUT, PLACES, WAY_OUT, a_scene

NUMBER = (from_uid(bytes.fromhex(MEMBER)),)
DIGEST = digest(PEPPER, NUMBER[0])


def order(scene: Scene, name: str = "c1", **changes: Any) -> tuple[Outcome, str]:
    wanted = {"reader": READER, "credential": DIGEST, "seconds": 60, **changes}
    scene.do(scene.command(name, What.ENCODE, **wanted))
    said = [each for each in scene.sent if isinstance(each, Answered)][-1]
    return said.outcome, said.detail


def with_keys(scene: Scene) -> Scene:
    scene.runner.parts.cards.keys = (FIRST,)
    return scene


def encoded(outcome: Encoding, command: str = "c1") -> CardEncoded:
    version, chip = (1, Chip.AES.value) if outcome.good else (None, None)
    return CardEncoded(READER, command, NUMBER, outcome, version, chip)


def test_a_reader_waits_for_the_card_and_the_result_is_recorded() -> None:
    scene = with_keys(Scene().start())
    assert order(scene)[0] is Outcome.PERFORMED
    job = scene.runner.parts.cards.jobs[READER]
    assert (job.command, job.credential) == ("c1", DIGEST)
    assert scene.do(encoded(Encoding.DONE)) == ["credential_encoded"]
    fact = scene.last("credential_encoded")
    assert (fact.reader, fact.command, fact.outcome) == (READER, "c1", "done")
    assert (fact.credential, fact.version, fact.chip) == (DIGEST, 1, "ultralight_aes")
    assert not scene.runner.parts.cards.jobs


@pytest.mark.parametrize("outcome", list(Encoding))
def test_only_a_card_that_may_come_again_is_waited_for(outcome: Encoding) -> None:
    scene = with_keys(Scene().start())
    order(scene)
    scene.do(encoded(outcome))
    waits = outcome in (Encoding.INTERRUPTED, Encoding.OTHER_CARD)
    assert bool(scene.runner.parts.cards.jobs) is waits
    assert (scene.last("credential_encoded").version is None) is not outcome.good


def test_the_word_of_an_earlier_order_ends_no_later_one() -> None:
    scene = with_keys(Scene().start())
    order(scene)
    order(scene, "c2")
    scene.do(encoded(Encoding.FAILED, "c1"))
    assert scene.runner.parts.cards.jobs[READER].command == "c2"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reader": None}, "no reader"),
        ({"reader": ReaderId("elsewhere")}, "no reader"),
        ({"credential": None}, "no badge"),
        ({"seconds": 0}, "1 to 300"),
        ({"seconds": 301}, "1 to 300"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(changes: dict[str, Any], why: str) -> None:
    scene = with_keys(Scene().start())
    outcome, detail = order(scene, **changes)
    assert outcome is Outcome.REFUSED
    assert why in detail
    assert not scene.runner.parts.cards.jobs


def test_a_reader_that_only_hears_numbers_is_refused() -> None:
    scene = with_keys(Scene().start())
    scene.runner.parts.cards = CardDesk((PEPPER,), (FIRST,), able=("elsewhere",))
    outcome, detail = order(scene)
    assert (outcome, "no RC522" in detail) == (Outcome.REFUSED, True)


def test_without_keys_nothing_is_encoded() -> None:
    outcome, detail = order(Scene().start())
    assert (outcome, "no card keys" in detail) == (Outcome.REFUSED, True)


def test_leaving_stays_free_while_others_encode() -> None:
    places = {**PLACES, OUT: ReaderPlace(DOOR, WAY_OUT, exit=True)}
    outcome, detail = order(with_keys(a_scene(places=places)), reader=OUT)
    assert (outcome, "leaving" in detail) == (Outcome.REFUSED, True)


def test_a_lockdown_ends_it_and_refuses_it() -> None:
    scene = with_keys(Scene().start())
    order(scene)
    scene.do(LinkSaid(Wished(scene.server.desired(1, "ld1"))))
    assert not scene.runner.parts.cards.jobs
    assert order(scene, "c2")[0] is Outcome.REFUSED


def test_a_card_without_its_key_is_recorded_after_it_was_decided() -> None:
    scene = with_keys(Scene().start())
    done = scene.do(card(MEMBER, unproven=Unproven.WRONG_KEY))
    assert done.index("access_granted") < done.index("credential_unproven")
    fact = scene.last("credential_unproven")
    assert (fact.reader, fact.why, fact.credential) == (READER, "wrong_key", DIGEST)
    assert "credential_unproven" not in scene.do(card(STRANGER))


def test_a_flood_of_copies_does_not_fill_the_journal() -> None:
    scene = with_keys(Scene().start())
    for _ in range(50):
        scene.do(card(STRANGER, unproven=Unproven.WRONG_KEY))
    told = [each for each in scene.diary.facts if each.kind == "credential_unproven"]
    assert len(told) == 6
