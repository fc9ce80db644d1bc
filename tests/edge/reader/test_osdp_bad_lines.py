"""An RS-485 line in bad health, or in bad hands: no false card, no clear text, and back soon."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest

from loquet_edge.drivers.ports import CardSeen, ReaderLost
from loquet_edge.protocols.osdp_frames import START, Command, Reply, crc16, parse
from tests.edge.osdp.frames import frame
from tests.edge.reader.osdp_stage import HASTY, KEY, Line, Spoil, straight

NUMBER = "04a1b2c3d4e5f6"
SOON = 10.0


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def _spoiler(change: Callable[[bytes, random.Random], list[bytes]], share: float) -> Spoil:
    rng = random.Random(485)
    return lambda data: change(data, rng) if rng.random() < share else [data]


def _lost(_data: bytes, _rng: random.Random) -> list[bytes]:
    return []


def _cut_short(data: bytes, rng: random.Random) -> list[bytes]:
    return [data[: rng.randrange(len(data))]]


def _turned(data: bytes, rng: random.Random) -> list[bytes]:
    bit = rng.randrange(8 * len(data))
    return [bytes(each ^ (1 << bit % 8 if at == bit // 8 else 0) for at, each in enumerate(data))]


def _noisy(data: bytes, rng: random.Random) -> list[bytes]:
    return [rng.randbytes(rng.randrange(1, 60)), data, rng.randbytes(rng.randrange(1, 20))]


def _false_start(data: bytes, _rng: random.Random) -> list[bytes]:
    return [bytes([START, 0x81, 40, 0, 0x0D]), data]


def _forged(data: bytes, rng: random.Random) -> list[bytes]:
    """A bit turned by somebody who can count a checksum, and has no key."""
    run = bytearray(data[data.find(START) : -2])
    if parse(data[data.find(START) :]) is None or len(run) < 8:
        return [data]
    run[rng.randrange(5, len(run))] ^= 1 << rng.randrange(8)
    return [bytes(run) + crc16(run).to_bytes(2, "little")]


BAD_LINES: dict[str, Spoil] = {
    "good": straight,
    "byte by byte": byte_by_byte,
    "lost": _spoiler(_lost, 0.1),
    "cut short": _spoiler(_cut_short, 0.1),
    "a bit turned": _spoiler(_turned, 0.1),
    "forged": _spoiler(_forged, 0.2),
    "noise around": _spoiler(_noisy, 0.5),
    "a false start": _spoiler(_false_start, 0.2),
}


def _cards(line: Line) -> list[str]:
    seen = [each for each in line.events if isinstance(each, CardSeen)]
    return [each.presented[0].value.hex() if each.presented else "" for each in seen]


def _in_clear(said: Iterable[bytes]) -> list[int]:
    """Codes of all that the unit said outside a secure channel."""
    frames = [parse(data[data.find(START) :]) for data in said]
    return [each.code for each in frames if each is not None and each.security is None]


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_card_comes_through_and_nothing_else(name: str) -> None:
    with Line() as line:
        line.secure()
        line.wire.inward = BAD_LINES[name]
        line.readers[0].say(card=NUMBER, bits=56)
        line.run(0.3)
        line.wire.inward = straight
        line.secure()
        line.readers[0].say(card=NUMBER, bits=56)
        line.until(lambda: len(_cards(line)) >= 1, SOON)
        assert set(_cards(line)) == {NUMBER}
        assert set(_in_clear(line.wire.said)) <= {Command.IDENTIFY, Command.CAPABILITIES}


def _card_in_clear_to(code: int) -> Callable[[bytes, Line], bytes | None]:
    def answer(data: bytes, _line: Line) -> bytes | None:
        asked = parse(data[data.find(START) :])
        if asked is None or asked.code != code:
            return None
        sequence = data[data.find(START) + 4] & 3
        card = bytes([0, 0, 32, 0]) + bytes.fromhex("deadbeef")
        return frame(1, 0x50, card, sequence=sequence, reply=True)

    return answer


@pytest.mark.parametrize("code", [0x61, 0x77, 0x60])
def test_a_card_that_somebody_slips_in_is_none(code: int) -> None:
    """Sent in clear in place of a reader's answer, at each step of the set-up and after it."""
    with Line() as line:
        slipped = 0
        card = _card_in_clear_to(code)

        def slip(data: bytes) -> list[bytes]:
            nonlocal slipped
            false = card(data, line) if not slipped else None
            if false is None:
                return [data]
            slipped += 1
            line.wire.inject(false)
            return []

        line.wire.outward = slip
        line.until(lambda: slipped == 1, SOON)
        line.run(1.2 * HASTY.silence)
        line.secure()
        line.readers[0].say(card=NUMBER, bits=56)
        line.until(lambda: NUMBER in _cards(line), SOON)
        assert _cards(line) == [NUMBER]


def test_what_was_recorded_opens_nothing() -> None:
    """Sealed answers of one moment, played again later and in another channel."""
    with Line() as line:
        line.secure()
        recorded: list[bytes] = []

        def record(data: bytes) -> list[bytes]:
            recorded.append(data)
            return [data]

        line.wire.inward = record
        line.readers[0].say(card=NUMBER, bits=56)
        line.until(lambda: _cards(line) == [NUMBER], SOON)
        line.wire.inward = straight
        for run in recorded:
            line.wire.inject(run)
            line.run(0.02)
        line.wire.cut.add(0)
        line.until(lambda: not line.members[0].secure, SOON)
        line.wire.cut.clear()
        line.secure()
        for run in recorded:
            line.wire.inject(run)
            line.run(0.02)
        assert _cards(line) == [NUMBER]


def _sealed(rng: random.Random) -> bytes:
    """An answer that the gate lets in, sealed by nobody."""
    code = rng.choice((0x40, 0x48, 0x50, 0x53, rng.randrange(256)))
    data = rng.randbytes(16 * rng.randrange(5))
    kind = b"\x18" if data else b"\x16"
    sequence, mac = rng.randrange(4), rng.randbytes(4)
    return frame(1, code, data, security=kind, sequence=sequence, mac=mac, reply=True)


def _fuzz(bytes_wanted: int, at_once: int) -> None:
    """Noise, and frames with right checksums and wrong seals, through gate and library."""
    rng = random.Random(7)
    with Line() as line:
        line.secure()
        injected = 0
        while injected < bytes_wanted:
            for _ in range(at_once):
                run = rng.randbytes(40) if rng.random() < 0.7 else _sealed(rng)
                injected += len(run)
                line.wire.inject(run)
            line.turn()
        line.secure()
        assert not _cards(line)
        assert line.bus.refused[0] == 0


def test_noise_and_forged_answers_for_a_while() -> None:
    _fuzz(10_000, 2)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_noise_and_forged_answers_for_long() -> None:
    _fuzz(1_000_000, 3)


def _gone(line: Line, times: int) -> float:
    """A reader that goes and comes; return the longest time that it took to be back."""
    longest = 0.0
    for _ in range(times):
        line.wire.cut.add(0)
        line.until(lambda: not line.members[0].secure, SOON)
        line.wire.cut.clear()
        longest = max(longest, line.until(lambda: line.members[0].secure, SOON))
    return longest


def test_gone_and_back_again_and_again() -> None:
    with Line() as line:
        line.secure()
        assert _gone(line, 2) < 3.0
        line.readers[0].say(card=NUMBER, bits=56)
        line.until(lambda: _cards(line) == [NUMBER], SOON)


def test_a_proof_that_is_lost_on_the_way_costs_seconds_and_no_neighbour() -> None:
    """The reader takes the channel to stand and refuses another proof for eight seconds."""
    with Line((KEY, KEY)) as line:
        line.secure(0)
        line.secure(1)
        line.wire.cut.add(0)
        line.until(lambda: not line.members[0].secure, SOON)
        lost = []

        def lose(data: bytes) -> list[bytes]:
            frame = parse(data[data.find(START) :])
            if lost or frame is None or frame.code != Reply.PROOF:
                return [data]
            lost.append(data)
            return []

        line.events.clear()
        line.wire.inward = lose
        line.wire.cut.clear()
        assert line.until(lambda: line.members[0].secure, SOON) < 3.0
        line.secure(1)
        assert lost
        assert not [
            each for each in line.events if isinstance(each, ReaderLost) and each.reader == "r2"
        ]


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_gone_a_thousand_times() -> None:
    with Line() as line:
        line.secure()
        assert _gone(line, 1_000) < 3.0
        assert line.members[0].key == KEY
