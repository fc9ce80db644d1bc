"""The radar's words: published frames, bad lines as a family, any bytes, and setting its reach."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.protocols.ld2410 import Envelope, Frame, Frames, Target, framed, target_of
from loquet_edge.protocols.ld2410_reach import (
    Reach,
    Settling,
    Word,
    command,
    gates,
    reach_of,
    write,
)
from loquet_edge.simulation.ld2410 import RadarModel, report

PUBLISHED = {
    # "HLK-LD2410 serial communication protocol", the report frames of its examples
    "F4F3F2F10D0002AA02510000 00003B00005500F8F7F6F5": Target.STILL,
    "F4F3F2F1230001AA031E003C00003900000808 3C2205030304030605 0000391013060608 04 0305"
    "5500F8F7F6F5": Target.BOTH,
    # captured: nobody, with the echo of an empty room
    "F4F3F2F10D0002AA0045003E00003A00005500F8F7F6F5": Target.NOBODY,
    "F4F3F2F1230001AA001E00001E000D00000808130E07020507030405 00000D060505050505 6200"
    "5500F8F7F6F5": Target.NOBODY,
}  # fmt: skip


def targets(stream: bytes, size: int = 4096) -> list[Target]:
    frames = Frames()
    found: list[Frame] = []
    for at in range(0, len(stream), size):
        found += frames.feed(stream[at : at + size])
    said = [target_of(each.inside) for each in found if each.envelope is Envelope.REPORT]
    return [each for each in said if each is not None]


@pytest.mark.parametrize(("text", "expected"), PUBLISHED.items())
def test_published_frames(text: str, expected: Target) -> None:
    assert targets(bytes.fromhex(text)) == [expected]


def test_an_echo_is_nobody() -> None:
    assert targets(report(Target.NOBODY, distance=200)) == [Target.NOBODY]
    assert not Target.NOBODY.somebody
    assert all(each.somebody for each in (Target.MOVING, Target.STILL, Target.BOTH))


@pytest.mark.parametrize("state", [4, 5, 6, 255])
def test_a_radar_that_measures_its_surroundings_says_nothing_of_people(state: int) -> None:
    plain = report(Target.NOBODY)
    assert targets(plain[:8] + bytes([state]) + plain[9:]) == []


# ---- bad lines ----------------------------------------------------------------------------

STORY = [Target.NOBODY, Target.MOVING, Target.BOTH, Target.STILL] * 25
WHOLE = [report(each, engineering=at % 3 == 0) for at, each in enumerate(STORY)]


def garbage(seed: int) -> bytes:
    return random.Random(seed).randbytes(40)


BAD_LINES: dict[str, Callable[[int, bytes], bytes]] = {
    "garbage before each frame": lambda at, frame: garbage(at) + frame,
    "a false head before each frame": lambda at, frame: b"\xf4\xf3\xf2\xf1\x0d\x00" + frame,
    "a false length before each frame": lambda at, frame: b"\xf4\xf3\xf2\xf1\xff\xff" + frame,
    "half a head before each frame": lambda at, frame: b"\xf4\xf3" + frame,
    "a cut frame before each frame": lambda at, frame: frame[:17] + frame,
    "a reply between reports": lambda at, frame: command(Word.END) + frame,
}
"""Each spoils the line and leaves every report whole: none may be lost, none invented."""


@pytest.mark.parametrize("size", [1, 2, 7, 23, 4096])
@pytest.mark.parametrize("line", BAD_LINES)
def test_whole_reports_survive_a_bad_line(line: str, size: int) -> None:
    stream = b"".join(BAD_LINES[line](at, frame) for at, frame in enumerate(WHOLE))
    assert targets(stream, size) == STORY


@given(st.integers(0, 22), st.integers(1, 22))
def test_lost_bytes_lose_one_report_and_no_more(at: int, count: int) -> None:
    frame = report(Target.MOVING)
    hurt = frame[:at] + frame[at + count :]
    found = targets(hurt + report(Target.STILL) * 3)
    assert found in ([Target.STILL] * 3, [Target.STILL] * 2)


def test_a_wrong_byte_where_a_frame_is_held_together_is_no_report() -> None:
    frame = report(Target.MOVING)
    for at in (0, 1, 2, 3, 4, 5, 6, 7, 17, 18, 19, 20, 21, 22):
        hurt = frame[:at] + bytes([frame[at] ^ 0xFF]) + frame[at + 1 :]
        assert targets(hurt) == [], at


def fuzzed(count: int, seed: int) -> Frames:
    """Return what has read random bytes, seasoned with heads and tails."""
    chance, frames = random.Random(seed), Frames()
    seeds = [b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5", b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01",
             b"\x0d\x00", b"\x04\x00", b"\x02\xaa", b"\x55\x00"]  # fmt: skip
    fed = 0
    while fed < count:
        piece = chance.choice([*seeds, chance.randbytes(chance.randint(1, 30))])
        fed += len(piece)
        for frame in frames.feed(piece):
            target_of(frame.inside)
            reach_of(frame.inside)
            Settling(4).hear(frame.inside)
        assert len(frames.kept) < 80
    return frames


@pytest.mark.parametrize(
    ("count", "seed"), [(10_000, 1), pytest.param(1_000_000, 2, marks=pytest.mark.soak)]
)
def test_after_any_bytes_reports_are_heard(count: int, seed: int) -> None:
    frames = fuzzed(count, seed)
    heard = [target_of(each.inside) for each in frames.feed(report(Target.BOTH) * 5)]
    assert heard[-1] is Target.BOTH


# ---- the reach ----------------------------------------------------------------------------


def test_published_commands() -> None:
    assert command(Word.ENABLE, b"\x01\x00").hex() == "fdfcfbfa0400ff00010004030201"
    assert command(Word.END).hex() == "fdfcfbfa0200fe0004030201"
    assert write(Reach(8, 8, 5)).hex() == (
        "fdfcfbfa1400600000000800000001000800000002000500000004030201"
    )


def talk(radar: RadarModel, count: int, seconds: float = 10.0) -> Settling:
    settling, frames, now = Settling(count), Frames(), 0.0
    while not settling.done and now < seconds:
        for frame in frames.feed(radar.hear(settling.to_send(now) or b"")):
            settling.hear(frame.inside)
        now += 0.1
    return settling


def test_a_reach_is_set_once_and_kept() -> None:
    radar = RadarModel()
    assert talk(radar, gates(2.25)).failed is None
    assert radar.reach == Reach(3, 3, 5) and radar.writes == 1 and not radar.configuring
    assert talk(radar, gates(2.25)).failed is None
    assert radar.writes == 1, "a radar's memory wears: what is set already is not written"


@pytest.mark.parametrize(("metres", "expected"), [(1.5, 2), (1.6, 3), (3.0, 4), (6.0, 8)])
def test_gates_reach_at_least_as_far(metres: float, expected: int) -> None:
    assert gates(metres) == expected


def test_a_radar_that_does_not_obey_says_so_and_talks_on() -> None:
    deaf, stubborn = RadarModel(), RadarModel()
    deaf.deaf, stubborn.stubborn = True, True
    assert talk(deaf, 3).failed == "does not answer the command enable"
    assert talk(stubborn, 3).failed == "refuses the command write"
    assert not stubborn.configuring


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_any_replies_end_the_talk(replies: list[bytes]) -> None:
    settling, now = Settling(3), 0.0
    for inside in replies:
        settling.to_send(now)
        settling.hear(inside)
        now += 0.3
    for _ in range(200):
        settling.to_send(now)
        now += 0.3
    assert settling.done


def test_what_is_framed_is_found() -> None:
    assert list(Frames().feed(framed(Envelope.COMMAND, b"ab"))) == [Frame(Envelope.COMMAND, b"ab")]
