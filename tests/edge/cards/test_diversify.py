"""Keys made from one master: the published vector, and what keeps cards apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.card_keys import CardKey
from loquet_edge.protocols.diversify import diversify
from loquet_edge.protocols.ultralight import Chip

MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
UIDS = st.binary(min_size=7, max_size=7)


def test_the_published_vector() -> None:
    """NXP AN10922 clause 2.2.1: UID, application 3042F5h, system "NXP Abu"."""
    about = bytes.fromhex("04782E21801D803042F54E585020416275")
    assert diversify(MASTER, about).hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


@pytest.mark.parametrize("size", [0, 15, 32, 40])
def test_an_input_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 to 31 bytes"):
        diversify(MASTER, bytes(size))


@pytest.mark.parametrize("size", [0, 15, 17, 24, 32])
def test_a_master_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        diversify(bytes(size), bytes(17))


@given(UIDS, UIDS)
def test_cards_chips_and_numbers_of_keys_have_keys_of_their_own(one: bytes, other: bytes) -> None:
    key = CardKey(1, MASTER)
    found = {
        key.of(chip, uid, number) for chip in Chip for uid in (one, other) for number in (0, 1)
    }
    assert len(found) == 4 * len({one, other})
    assert all(len(each) == 16 for each in found)


def test_the_name_of_a_master_gives_it_not_away() -> None:
    key = CardKey(3, MASTER)
    assert len(key.id) == 4
    assert MASTER.hex() not in repr(key)
    assert "3" in repr(key)
