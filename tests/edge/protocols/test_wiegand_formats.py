"""Wiegand formats: the published masks and vectors, every valid badge, no wrong parity."""

import random
from collections.abc import Callable

import pytest

from loquet_contract.access.credential import Form, Representation
from loquet_edge.config_readers import WIEGAND_FORMATS
from loquet_edge.protocols.wiegand import bits_of, number_of
from loquet_edge.protocols.wiegand_formats import FORMATS, Format, Unread, decode

ALL = tuple(FORMATS.values())
CARDS = 2000
H10301 = FORMATS["h10301"]


def ones(number: int) -> int:
    return number.bit_count() % 2


def corporate_35(facility: int, card: int) -> int:
    """As the Proxmark3 client packs it: two words, and a mask for each parity bit."""
    low, high = (facility & 0x7FF) << 21 | card << 1, facility >> 11
    high |= (ones(high & 0x1) ^ ones(low & 0xB6DB6DB6)) << 1
    low |= 1 ^ ones(high & 0x3) ^ ones(low & 0x6DB6DB6C)
    high |= (1 ^ ones(high & 0x3) ^ ones(low)) << 2
    return high << 32 | low


def corporate_48(facility: int, card: int) -> int:
    """As the Proxmark3 client packs it."""
    low, high = (facility & 0xFF) << 24 | card << 1, facility >> 8
    high |= (ones(high & 0x1B6D) ^ ones(low & 0xB6DB6DB6)) << 14
    low |= 1 ^ ones(high & 0x36DB) ^ ones(low & 0x6DB6DB6C)
    high |= (1 ^ ones(high & 0x7FFF) ^ ones(low)) << 15
    return high << 32 | low


def halves(length: int, number: int) -> int:
    """Even parity over the first half in front, odd parity over the second behind."""
    count = length - 2
    half = -(-count // 2)
    front = ones(number >> (count - half))
    return front << (length - 1) | number << 1 | 1 ^ ones(number & ((1 << half) - 1))


def cards(form: Format) -> list[int]:
    chance = random.Random(form.length)
    low = [1, 2, (1 << form.number_bits) - 2]
    return low + [chance.randrange(1, (1 << form.number_bits) - 1) for _ in range(CARDS - 3)]


def test_every_format_of_the_configuration_is_known() -> None:
    assert tuple(FORMATS) == WIEGAND_FORMATS


@pytest.mark.parametrize(
    ("bits", "form", "number"),
    [
        # Proxmark3's own tests: H10301, facility 31, card 337
        ("10001111100000001010100011", Form.WIEGAND26, "1f0151"),
        # Proxmark3's documents: 2006F623AE is H10301, facility 123, card 4567
        (f"{0x2F623AE:026b}", Form.WIEGAND26, "7b11d7"),
        # 2006EC0C86 is H10301, facility 118, card 1603
        (f"{0x2EC0C86:026b}", Form.WIEGAND26, "760643"),
    ],
)
def test_published_vectors(bits: str, form: Form, number: str) -> None:
    found = decode(tuple(map(int, bits)), ALL)
    assert found == Representation(form, bytes.fromhex(number))


@pytest.mark.parametrize(
    ("name", "facility", "card", "packed"),
    [
        ("c1000_35", 12, 20, corporate_35),
        ("c1000_48", 22, 23, corporate_48),
    ],
)
def test_corporate_1000_has_the_published_parity(
    name: str, facility: int, card: int, packed: Callable[[int, int], int]
) -> None:
    form, chance = FORMATS[name], random.Random(1000)
    for _ in range(CARDS):
        site, own = chance.getrandbits(facility), chance.getrandbits(card)
        assert number_of(form.encode(site << card | own)) == packed(site, own)


@pytest.mark.parametrize("name", ["h10301", "w34", "h10302", "h10304"])
def test_the_other_formats_have_parity_over_their_halves(name: str) -> None:
    form = FORMATS[name]
    for number in cards(form):
        assert number_of(form.encode(number)) == halves(form.length, number)


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_every_valid_card_is_read_with_its_leading_zeros(name: str) -> None:
    form = FORMATS[name]
    for number in cards(form):
        found = decode(form.encode(number), ALL)
        assert isinstance(found, Representation)
        assert found.form is form.form
        assert int.from_bytes(found.value, "big") == number


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_a_wrong_parity_is_never_read(name: str) -> None:
    form = FORMATS[name]
    places = [parity.position for parity in form.parity]
    for number in cards(form):
        right = form.encode(number)
        for turned in range(1, 1 << len(places)):
            wrong = list(right)
            for at, place in enumerate(places):
                wrong[place] ^= turned >> at & 1
            assert decode(tuple(wrong), ALL) is Unread.PARITY


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_one_turned_bit_anywhere_is_never_read(name: str) -> None:
    form = FORMATS[name]
    for number in cards(form)[:50]:
        right = form.encode(number)
        for at in range(form.length):
            wrong = (*right[:at], 1 - right[at], *right[at + 1 :])
            assert decode(wrong, ALL) is Unread.PARITY


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_swapped_lines_are_never_a_badge(name: str) -> None:
    """Each format has a parity over an odd number of bits, which all of them turned breaks."""
    form = FORMATS[name]
    for number in cards(form):
        swapped = tuple(1 - bit for bit in form.encode(number))
        assert decode(swapped, ALL) is Unread.PARITY


def test_a_format_that_the_reader_does_not_name_is_not_read() -> None:
    assert decode(FORMATS["w34"].encode(5), (H10301,)) is Unread.LENGTH


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_all_zeros_and_all_ones_are_no_badge(name: str) -> None:
    form = FORMATS[name]
    for number in (0, (1 << form.number_bits) - 1):
        assert decode(form.encode(number), ALL) is Unread.EMPTY


def test_bits_of_other_lengths_are_never_read() -> None:
    lengths = {form.length for form in ALL}
    for length in set(range(80)) - lengths:
        assert decode(bits_of(1, length), ALL) is Unread.LENGTH
