"""The Wiegand doctor over traces in which one thing is wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.doctor.wiegand import ADVICE, CRUMB, Trace, Trouble, diagnose
from loquet_edge.protocols.wiegand import Bits
from loquet_edge.protocols.wiegand_formats import FORMATS, Format

BIT, TAP = 2_000_000, 1_000_000_000
ALL = tuple(FORMATS.values())
NUMBERS = (0x12345, 0x0F0F1, 0x2BCDE, 0x13579)


def trace(frames: Sequence[Bits], low: tuple[float, float] = (0.0, 0.0)) -> Trace:
    pulses = [
        (bit, TAP * (1 + number) + BIT * at)
        for number, bits in enumerate(frames)
        for at, bit in enumerate(bits)
    ]
    return Trace(tuple(pulses), low)


def good(form: Format) -> list[Bits]:
    return [form.encode(number) for number in NUMBERS]


def troubles(found: Trace, accepted: Sequence[Format] = ALL) -> list[Trouble]:
    return [each.trouble for each in diagnose(found, accepted).found]


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_right_wires_have_nothing_wrong(form: Format) -> None:
    result = diagnose(trace(good(form)), ALL)
    assert (result.well, result.found, result.frames) == (True, (), len(NUMBERS))
    assert form.name in result.formats


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_swapped_lines_are_named_in_every_format(form: Format) -> None:
    turned = [tuple(1 - bit for bit in bits) for bits in good(form)]
    assert troubles(trace(turned)) == [Trouble.SWAPPED]


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_one_silent_line_is_named_before_what_it_makes_of_the_bits(form: Format) -> None:
    heard = trace(good(form))
    for silent in (0, 1):
        pulses = tuple(each for each in heard.pulses if each[0] != silent)
        assert troubles(Trace(pulses)) == [Trouble.LINE_SILENT]


def test_lines_that_are_low_at_rest_are_inverted_though_every_bit_comes() -> None:
    assert troubles(trace(good(FORMATS["w34"]), low=(0.98, 0.97))) == [Trouble.INVERTED]


def test_a_line_that_stays_low_is_named() -> None:
    assert troubles(Trace((), low=(1.0, 0.0))) == [Trouble.LINE_LOW, Trouble.SILENT]


def test_nothing_at_all_is_silence() -> None:
    result = diagnose(Trace(()), ALL)
    assert [each.trouble for each in result.found] == [Trouble.SILENT]
    assert not result.well


@pytest.mark.parametrize("lost", (1, 2, 3))
def test_lost_leading_bits_are_named_where_the_same_badge_also_came_whole(lost: int) -> None:
    whole = FORMATS["h10301"].encode(0x12345)
    frames = [whole, whole[lost:], whole, whole[lost:], whole[lost:]]
    found = diagnose(trace(frames), ALL).found
    assert [each.trouble for each in found] == [Trouble.LOST_LEADING]
    assert f"up to {lost} bits" in found[0].measured


def test_the_first_bit_lost_of_every_badge_is_named_by_the_parity_that_is_left() -> None:
    assert troubles(trace([bits[1:] for bits in good(FORMATS["h10301"])])) == [Trouble.LOST_LEADING]


def test_a_length_that_no_format_has_is_told_with_its_bits() -> None:
    found = diagnose(trace([(0, 1) * 15] * 3), ALL).found
    assert [(each.trouble, each.measured) for each in found] == [
        (Trouble.UNKNOWN_FORMAT, "3 of 30 bits")
    ]


def test_badges_of_a_format_that_is_left_out_are_told_apart_from_unknown_ones() -> None:
    found = diagnose(trace(good(FORMATS["w34"])), [FORMATS["h10301"]]).found
    assert [(each.trouble, each.measured) for each in found] == [(Trouble.NOT_ACCEPTED, "4 of w34")]


def test_bursts_and_crumbs_are_noise() -> None:
    draw, pulses = random.Random(7), []
    for number in range(12):
        at = TAP * number
        for _ in range(draw.randint(1, 8)):
            at += draw.choice((20_000, 40_000))
            pulses.append((draw.randint(0, 1), at))
    assert Trouble.NOISE in troubles(Trace(tuple(pulses)))


def test_turned_single_bits_are_a_parity_fault() -> None:
    frames = [(*bits[:9], 1 - bits[9], *bits[10:]) for bits in good(FORMATS["h10301"])]
    assert troubles(trace(frames)) == [Trouble.PARITY]


def test_one_bad_frame_among_many_is_no_finding() -> None:
    frames = good(FORMATS["w34"]) * 3
    frames[5] = (*frames[5][:-1], 1 - frames[5][-1])
    assert troubles(trace(frames)) == []


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10**10)), max_size=200),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_whatever_comes_is_answered_and_never_called_well_without_a_whole_badge(
    pulses: list[tuple[int, int]], low: tuple[float, float]
) -> None:
    result = diagnose(Trace(tuple(pulses), low), ALL)
    assert all(each.trouble in ADVICE for each in result.found)
    if len(pulses) <= CRUMB:
        assert not result.well
    assert result.well <= bool(result.formats)
