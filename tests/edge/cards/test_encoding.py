"""Encoding: what is written, in which order, what is refused, and what a torn card becomes."""

from __future__ import annotations

import pytest

from loquet_edge.protocols.encoding import FAILED_PROOFS, Encoding
from loquet_edge.protocols.iso14443 import SILENCE, Answer, Frame
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.ultralight_cards import UltralightAes, UltralightC, UltralightCard
from tests.edge.cards.antenna import FIRST, KINDS, SECOND, UID, Antenna, Spoil, encoded

kinds = pytest.mark.parametrize("kind", KINDS)
Kind = type[UltralightCard]


def gone_after(count: int) -> Spoil:
    """The card is in the field for so many frames."""
    return lambda at, _frame, answer: answer if at < count else SILENCE


@kinds
def test_a_blank_card_becomes_ours(kind: Kind) -> None:
    card = kind(UID)
    done = Antenna(card).encode(FIRST)
    assert (done.outcome, done.key) == (Encoding.DONE, FIRST)
    assert card.page(4)[:2] == b"LQ"
    assert card.page(5) == FIRST.id
    assert Antenna(card).prove(FIRST).key == FIRST


def test_what_an_ultralight_aes_card_holds_then() -> None:
    card = encoded(UltralightAes)
    assert card.page(0x29) == bytes([0, 0, 0, 4]), "no random number, protected from page 4 on"
    assert card.page(0x2A) == b"\x40\x05" + FAILED_PROOFS.to_bytes(2, "little")
    assert card.page(0x2D)[0] == 0xE0, "both keys are locked, and the locks"
    assert b"".join(map(card.page, range(0x34, 0x38))) != bytes(16), "the second key is ours too"


def test_what_an_ultralight_c_card_holds_then() -> None:
    card = encoded(UltralightC)
    assert (card.page(0x2A)[0], card.page(0x2B)[0]) == (4, 1)
    assert card.page(0x28)[1] == 0xFF


@kinds
def test_nothing_is_locked_before_the_new_key_was_proven(kind: Kind) -> None:
    closing = {UltralightC: (b"\x28\x00",), UltralightAes: (b"\x2d\xe0", b"\x2a\x40")}
    order = list[str]()

    def note(_at: int, frame: Frame, answer: Answer) -> Answer:
        if frame.data[0] == 0xA2:
            locks = frame.data[1:3] in closing[kind]
            order.append("lock" if locks else "write")
        elif frame.data[0] == 0xAF:
            order.append("proof")
        return answer

    Antenna(kind(UID), spoil=note).encode(FIRST)
    assert order[: order.index("lock")].count("proof") == 2, "the factory's key, then the new one"
    assert order[-1] == "proof", "it ends with what a door will ask"


@kinds
def test_keys_and_settings_of_a_finished_card_cannot_be_written(kind: Kind) -> None:
    card = encoded(kind)
    antenna = Antenna(card)
    antenna.prove(FIRST)
    first = card.key_pages[0]
    for page in (first, first + 3, 0x2A, 0x2B if kind is UltralightC else 0x2D):
        before = card.page(page)
        antenna.prove(FIRST)
        card.application(bytes((0xA2, page)) + b"\x11\x22\x33\x44")
        assert card.page(page) == before


@kinds
def test_a_card_is_encoded_once(kind: Kind) -> None:
    card = encoded(kind)
    again = Antenna(card).encode(FIRST)
    assert (again.outcome, again.key) == (Encoding.ALREADY, FIRST)
    assert card.written == []


@kinds
def test_a_finished_card_keeps_its_older_key(kind: Kind) -> None:
    card = encoded(kind)
    assert Antenna(card).encode(SECOND, FIRST).outcome is Encoding.OLD_KEY_LOCKED
    assert card.written == []
    assert Antenna(card).prove(SECOND, FIRST).key == FIRST


@kinds
def test_a_card_with_somebody_elses_key_is_refused_untouched(kind: Kind) -> None:
    card = kind(UID)
    for page in card.key_pages[:4]:
        card.put(page, b"key!")
    assert Antenna(card).encode(FIRST).outcome is Encoding.NOT_BLANK
    assert card.written == []
    assert card.failed == 1, "it was asked once, not more"


@pytest.mark.parametrize(
    ("kind", "page", "four"),
    [
        (UltralightC, 0x28, b"\x00\x80\x00\x00"),
        (UltralightC, 0x28, b"\x00\x08\x00\x00"),
        (UltralightAes, 0x2D, b"\x40\x00\x00\x00"),
        (UltralightAes, 0x2D, b"\x20\x00\x00\x00"),
        (UltralightAes, 0x2A, b"\xcc\x05\x00\x00"),
        (UltralightAes, 2, b"\x00\x00\x10\x00"),
        (UltralightC, 2, b"\x00\x00\x20\x00"),
    ],
)
def test_a_card_with_any_lock_closed_is_refused_untouched(
    kind: Kind, page: int, four: bytes
) -> None:
    card = kind(UID)
    card.put(page, four)
    assert Antenna(card).encode(FIRST).outcome is Encoding.LOCKED
    assert card.written == []


def test_a_card_of_another_kind_is_refused() -> None:
    assert Antenna(VirtualCard(UID)).encode(FIRST).outcome is not Encoding.DONE


@kinds
def test_a_card_torn_away_at_any_frame_can_be_gone_on_with(kind: Kind) -> None:
    whole = Antenna(kind(UID))
    whole.encode(FIRST)
    for count in range(len(whole.frames)):
        card = kind(UID)
        torn = Antenna(card, spoil=gone_after(count)).encode(FIRST)
        assert torn.outcome is Encoding.INTERRUPTED
        assert torn.key is None
        card.power_off()
        between = Antenna(card).prove(FIRST)
        finished = count >= len(whole.frames) - 10
        assert between.key is None or finished, f"believed after {count} frames"
        card.power_off()
        on = Antenna(card).encode(FIRST)
        assert on.outcome.good, f"lost after {count} frames: {on.outcome}"
        assert Antenna(card).prove(FIRST).key == FIRST


@kinds
def test_a_card_that_was_begun_with_an_older_key_gets_the_newer_one(kind: Kind) -> None:
    whole = Antenna(kind(UID))
    whole.encode(FIRST)
    changed = 0
    for count in range(len(whole.frames)):
        card = kind(UID)
        Antenna(card, spoil=gone_after(count)).encode(FIRST)
        card.power_off()
        on = Antenna(card).encode(SECOND, FIRST)
        if on.outcome is Encoding.DONE:
            changed += 1
            assert Antenna(card).prove(SECOND).key == SECOND
        else:
            assert on.outcome in (Encoding.LOCKED, Encoding.OLD_KEY_LOCKED)
    assert changed > len(whole.frames) // 2


@kinds
def test_a_damaged_answer_never_ends_in_done_without_a_proof(kind: Kind) -> None:
    whole = Antenna(kind(UID))
    whole.encode(FIRST)
    for spoilt in range(len(whole.frames)):
        card = kind(UID)

        def spoil(at: int, _frame: Frame, answer: Answer, spoilt: int = spoilt) -> Answer:
            return Answer(answer.data, answer.bits, damaged=True) if at == spoilt else answer

        done = Antenna(card, spoil=spoil).encode(FIRST)
        card.power_off()
        if done.outcome.good:
            assert Antenna(card).prove(FIRST).key == FIRST
