"""``make demo``: starts, is found again, ends without a trace, and says what is in its way."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from tests.brokers import until
from tests.journey.stack import CAMILLE, START_SECONDS, DemoStack

AGAIN_SECONDS = END_SECONDS = 10.0
TABLES = ("holders", "credentials", "doors", "units", "desks", "desk_hours", "journals")


@pytest.fixture
def fresh() -> Iterator[DemoStack]:
    """A demo that has never run; it does not start by itself."""
    found = DemoStack()
    try:
        yield found
    finally:
        found.__exit__()


def counts(demo: DemoStack) -> dict[str, int]:
    return {table: demo.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def interrupted(demo: DemoStack) -> float:
    """Press Ctrl-C; return after how many seconds nothing was left."""
    pid, began = demo.pid("server"), time.monotonic()
    assert pid is not None
    os.killpg(pid, signal.SIGINT)
    assert demo.stop_server(signal.SIGINT) == 0
    assert demo.commands() == []
    return time.monotonic() - began


def test_a_port_in_use_gives_a_clear_error_and_leaves_nothing(fresh: DemoStack) -> None:
    with socket.create_server(("127.0.0.1", fresh.web)):
        done = fresh.run(*fresh.command)
    assert done.returncode == 2
    assert f"port {fresh.web}" in done.stderr
    assert "PORT=8080" in done.stderr
    assert "Traceback" not in done.stderr
    assert fresh.commands() == []


def test_a_second_start_finds_its_data_and_ctrl_c_leaves_nothing(fresh: DemoStack) -> None:
    with socket.create_server(("127.0.0.1", fresh.broker_port)):
        began = time.monotonic()
        fresh.start_server()
        fresh.wait_open()
        print(f"first start, broker port taken: {time.monotonic() - began:.1f} s to all online")
    decided = fresh.entree.badge("entree-in", CAMILLE.uid)
    until(lambda: fresh.is_told(fresh.entree), "the passage is known")
    before, key = counts(fresh), fresh.entree.identity.key
    ended = interrupted(fresh)
    print(f"Ctrl-C to the end of all: {ended:.1f} s")
    assert ended < END_SECONDS

    began = time.monotonic()
    fresh.start_server()
    pages = time.monotonic() - began
    fresh.wait_open()
    started = time.monotonic() - began
    print(f"second start: {pages:.1f} s to the pages, {started:.1f} s to all units online")
    assert started < AGAIN_SECONDS
    assert counts(fresh) == before
    assert fresh.entree.identity.key == key
    assert decided.sequence in [each.sequence for each in fresh.entree.decisions()]
    passages = fresh.rows("SELECT sequence FROM passages WHERE unit = 'entree'")
    assert [row[0] for row in passages] == [decided.sequence]
    assert fresh.entree.badge("entree-in", CAMILLE.uid).kind == "access_granted"
    ended = interrupted(fresh)
    assert ended < END_SECONDS


def test_a_demo_that_is_killed_takes_its_units_and_its_broker_with_it(fresh: DemoStack) -> None:
    fresh.start_server()
    fresh.stop_server(signal.SIGKILL)
    until(lambda: fresh.commands() == [], "everything has ended", START_SECONDS)
