"""What mosquitto says to a file alone: publishes and wills that its rights dropped."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.broker import free_port
from loquet_server.certificates.mosquitto_file import (
    CUT_AT,
    MOST_LINE,
    DeniedReader,
    MosquittoFile,
    refuse_unusable_log,
)
from loquet_server.certificates.refusals import OVERREACH
from loquet_server.certificates.topic_rights import Right, unit_may
from loquet_server.processes import CannotServe, Role
from loquet_server.serving import running
from loquet_server.settings import BrokerKind, Settings
from tests.brokers import until

OTHERS = "loquet/v1/village/units/study/online"
OWN = "loquet/v1/village/units/hall/online"
CAME = "17: New client connected from 10.0.0.9:520 as {} (p2, c1, k60, u'{}').\n"
WILL = "17: Will message specified (11 bytes) (r1, q1).\n17: \t{}\n"
DENIED = "17: Denied PUBLISH from {} (d0, q1, r1, m4, '{}', ... (13 bytes))\n"
PACKET = "17: Received PUBLISH from loquet-hall (d0, q1, r0, m6, 'loquet/v1/x', ... (4 bytes))\n"
HALL = CAME.format("loquet-hall", "hall")


def details(*texts: str) -> list[str]:
    reader = DeniedReader()
    reader.feed("".join(texts).encode())
    found = reader.refusals()
    assert {each.kind for each in found} <= {OVERREACH}
    assert reader.refusals() == [], "each is told once"
    return [each.detail for each in found]


def test_a_publish_that_was_denied_is_told_with_who_and_where() -> None:
    (found,) = details(HALL, PACKET, DENIED.format("loquet-hall", OTHERS), PACKET)
    assert found == f"'loquet-hall' of 'hall': may not publish to '{OTHERS}'"


def test_a_will_is_told_if_it_is_for_a_topic_that_is_not_the_units() -> None:
    assert details(HALL, WILL.format(OWN)) == []
    (found,) = details(HALL, WILL.format(OTHERS), WILL.format(OTHERS).partition("\n")[2])
    assert found == f"'loquet-hall' of 'hall': may not leave a will for '{OTHERS}'"
    assert details(CAME.format("loquet-web-7-1", "loquet.server"), WILL.format(OTHERS)) == []


@pytest.mark.parametrize(
    ("client", "where"),
    [
        ("loquet-study (d0, q0, r0, m0, 'x", OTHERS),
        ("loquet-hall", f"a (d0, q0, r0, m0, '{OTHERS}"),
        ("17: Denied PUBLISH from loquet-study (d0, q0, r0, m0, 'x', ... (1 bytes))", OTHERS),
        ("loquet-hall", "', ... (13 bytes)) 17: Denied PUBLISH from loquet-study"),
    ],
)
def test_names_and_topics_that_look_like_a_line_accuse_nobody_else(client: str, where: str) -> None:
    (found,) = details(
        CAME.format("loquet-study", "study"), CAME.format(client, "hall"),
        DENIED.format(client, where),
    )  # fmt: skip
    assert found.startswith(f"{client[:60]!r} of 'hall': may not publish to ")


def test_what_is_told_is_short_and_prints() -> None:
    (found,) = details(
        DENIED.format("x\u202e" * 9999, "t"), DENIED.format("y\x1b" * 300, "u" * 999)
    )
    assert found.startswith(r"'y\x1by\x1b"), "a line that mosquitto would not write is no line"
    assert found.isprintable()
    assert len(found) < 512
    cut = f"17: Denied PUBLISH from {'z' * 2000}"[:999] + "\n"
    assert details(cut)[0].startswith("'zzz")


lines = st.lists(
    st.sampled_from(
        [HALL, PACKET, WILL.format(OTHERS), WILL.format(OWN), DENIED.format("loquet-hall", OTHERS),
         "17: \t" + OTHERS + "\n", "x" * MOST_LINE + "x\n", "\n"]
    ).map(str.encode) | st.binary(max_size=40),
    max_size=12,
)  # fmt: skip


@given(lines.map(b"".join), st.lists(st.integers(min_value=1, max_value=5000), max_size=20))
def test_the_same_is_told_however_the_bytes_are_cut(data: bytes, steps: list[int]) -> None:
    whole, parts, at = DeniedReader(), DeniedReader(), 0
    whole.feed(data)
    for step in steps:
        parts.feed(data[at : at + step])
        at += step
    parts.feed(data[at:])
    assert parts.refusals() == whole.refusals()


def denied(number: int) -> bytes:
    return DENIED.format("loquet-hall", f"n{number}").encode()


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def numbers(file: MosquittoFile) -> list[str]:
    return [each.detail.rpartition("to ")[2] for each in file.read()]


def test_a_log_that_comes_late_is_emptied_rotated_and_torn_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = MosquittoFile(path)
    assert numbers(file) == [], "mosquitto has not started"
    append(path, HALL.encode() + denied(1) + denied(2)[:30])
    assert numbers(file) == ["'n1'"]
    append(path, denied(2)[30:])
    assert numbers(file) == ["'n2'"]
    append(path, denied(3))
    file.empty()
    assert path.stat().st_size == 0
    append(path, denied(4))
    assert numbers(file) == ["'n3'", "'n4'"], "what came before the cut is not lost"
    path.rename(tmp_path / "old")
    append(path, denied(5) * 9)
    assert numbers(file) == ["'n5'"] * 9, "another file"
    os.truncate(path, 0)
    append(path, b"\xff\x00 nonsense\n" + denied(6))
    assert numbers(file) == ["'n6'"], "emptied by somebody else"
    assert numbers(MosquittoFile(path)) == ["'n6'"], "a server that starts reads what is there"


def test_a_log_that_has_grown_is_emptied_and_read_in_passing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    packets = PACKET.encode() * (CUT_AT // len(PACKET) + 1)
    path.write_bytes(packets + denied(1))
    began = time.process_time()
    assert numbers(MosquittoFile(path)) == ["'n1'"]
    print(f"{len(packets) // len(PACKET)} lines in {time.process_time() - began:.3f} s")
    assert path.stat().st_size == 0


def test_what_the_broker_puts_in_place_of_its_log_is_neither_read_nor_emptied(
    tmp_path: Path,
) -> None:
    treasure, path = tmp_path / "loquet.db", tmp_path / "log"
    treasure.write_bytes(denied(1))
    for put in (path.symlink_to, path.hardlink_to):
        put(treasure)
        file = MosquittoFile(path)
        assert file.read() == []
        file.empty()
        path.unlink()
    os.mkfifo(path)
    assert MosquittoFile(path).read() == []
    assert treasure.read_bytes() == denied(1)


def test_a_log_that_can_never_be_read_is_refused_at_start(tmp_path: Path) -> None:
    def settings(log: Path | None, broker: BrokerKind = BrokerKind.EXTERNAL) -> Settings:
        return Settings(data=tmp_path, broker=broker, broker_log=log)

    refuse_unusable_log(settings(None))
    refuse_unusable_log(settings(tmp_path / "not yet"))
    for log, broker, said in [
        (tmp_path / "log", BrokerKind.EMBEDDED, "LOQUET_BROKER=external"),
        (tmp_path / "nowhere" / "log", BrokerKind.EXTERNAL, "no folder"),
        (tmp_path, BrokerKind.EXTERNAL, "0660"),
    ]:
        with pytest.raises(CannotServe, match=said):
            refuse_unusable_log(settings(log, broker))


async def serve_at(settings: Settings) -> None:
    async with running(settings, Role.INGEST):
        raise AssertionError("nobody answers there")


async def test_a_server_says_at_its_start_that_the_log_is_of_no_use(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="LOQUET_BROKER_LOG"):
        await serve_at(Settings(data=tmp_path, broker_log=tmp_path / "log"))


async def test_what_mosquitto_needs_is_written_before_it_is_waited_for(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, broker=BrokerKind.EXTERNAL, broker_port=free_port(),
        broker_files=tmp_path / "files",
    )  # fmt: skip
    serving = asyncio.create_task(serve_at(settings))
    await asyncio.to_thread(until, (tmp_path / "files" / "acl").exists, "the last file is there")
    assert len(list((tmp_path / "files").iterdir())) == 5
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


@pytest.mark.parametrize(
    ("unit", "right", "topic", "may"),
    [
        ("hall", Right.WRITE, OWN, True),
        ("hall", Right.WRITE, OTHERS, False),
        ("hall", Right.WRITE, "loquet/v1/village/units/hall/desired", False),
        ("hall", Right.READ, "loquet/v1/village/units/hall/desired", True),
        ("hall", Right.READ, "loquet/v1/+/units/hall/desired", True),
        ("hall", Right.READ, "loquet/v1/village/units/+/desired", False),
        ("hall", Right.READ, "loquet/v1/village/units/hall/#", False),
        ("hall", Right.READ, "loquet/v1/village/units/hall/+", False),
        ("hall", Right.READ, "$share/g/loquet/v1/village/units/hall/desired", False),
        ("hall", Right.READ, "#", False),
        ("hall", Right.READ, "", False),
        ("+", Right.WRITE, OTHERS, False),
    ],
)
def test_a_units_rights(unit: str, right: Right, topic: str, *, may: bool) -> None:
    assert unit_may(unit, right, topic) is may
