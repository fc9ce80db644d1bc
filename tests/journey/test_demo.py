"""``make demo``: starts, is found again, ends without a trace, and says what is in its way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import CAMILLE, START_SECONDS, DemoStack

AGAIN_SECONDS = END_SECONDS = 10.0
AGAIN_IMPORTS = 3.0
"""So many times what the program needs only to be read, on a machine where that is slow."""
TABLES = ("holders", "credentials", "doors", "units", "desks", "journals")
GROWING = ("desk_hours", "site_days", "entries")
"""What the village itself adds to while it lives."""


@pytest.fixture
def fresh() -> Iterator[DemoStack]:
    """A demo that has never run; it does not start by itself."""
    found = DemoStack()
    try:
        yield found
    finally:
        found.__exit__()


def counts(demo: DemoStack, tables: tuple[str, ...] = TABLES) -> dict[str, int]:
    return {table: demo.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def is_online(demo: DemoStack, unit: str) -> bool:
    """Whether a unit has a session, and has told something that was taken in."""
    said = demo.api.get(f"/api/v1/units/{unit}").json()
    return bool(said["online"] and said["acknowledged"])


def adopt_the_newcomer(demo: DemoStack) -> None:
    """Look at the units that wait, compare the code, and let the one in that has come."""
    shown = demo.data / "units" / "newcomer" / "adoption.json"
    assert not shown.exists(), "nobody has looked yet"
    assert demo.api.get("/units/waiting").status_code == 200
    until(lambda: demo.api.get("/api/v1/waiting-units").json() != [], "it waits", START_SECONDS)
    [row] = demo.api.get("/api/v1/waiting-units").json()
    terminal = demo.data / "server.log"
    until(lambda: row["code"] in terminal.read_text("utf-8"), "the terminal says the code")
    assert json.loads(shown.read_text("utf-8"))["code"] == row["code"]
    place = {"code": row["code"], "name": "Cave", "door": "Porte de la cave"}
    path = f"/api/v1/waiting-units/{row['id']}/adopt"
    assert demo.api.post(path, json=place).json() == {"unit": "cave", "replaced": False}
    until(lambda: is_online(demo, "cave"), "the adopted unit works", START_SECONDS)
    board = demo.data / "boards" / "cave.sock"
    until(board.exists, "it stands on the bench", START_SECONDS)


def to_be_read() -> float:
    """Return how many seconds this machine needs now to load the program, and nothing more."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import loquet_server.demo.launch"], check=True)
    return time.monotonic() - began


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


@pytest.mark.timeout(300)
def test_a_second_start_finds_its_data_and_neither_end_leaves_anything(fresh: DemoStack) -> None:
    with socket.create_server(("127.0.0.1", fresh.broker_port)):
        began = time.monotonic()
        fresh.start_server()
        first = fresh.api.get("/", headers={"accept-language": "en"})
        assert (first.status_code, village.SITE_NAME in first.text) == (200, True)
        settings = fresh.api.get("/settings", headers={"accept-language": "en"})
        assert "The set-up is not complete." not in settings.text
        fresh.wait_open()
        print(f"first start, broker port taken: {time.monotonic() - began:.1f} s to all online")
    decided = fresh.entree.badge("entree-in", CAMILLE.uid)
    until(lambda: fresh.is_told(fresh.entree), "the passage is known")
    adopt_the_newcomer(fresh)
    before, key = counts(fresh), fresh.entree.identity.key
    grown = counts(fresh, GROWING)
    ended = interrupted(fresh)
    print(f"Ctrl-C to the end of all: {ended:.1f} s")
    assert ended < max(END_SECONDS, AGAIN_IMPORTS * to_be_read())

    began = time.monotonic()
    fresh.start_server()
    pages = time.monotonic() - began
    fresh.wait_open()
    started = time.monotonic() - began
    print(f"second start: {pages:.1f} s to the pages, {started:.1f} s to all units online")
    assert started < max(AGAIN_SECONDS, AGAIN_IMPORTS * to_be_read())
    until(lambda: is_online(fresh, "cave"), "the adopted unit is back", START_SECONDS)
    assert counts(fresh) == before
    assert all(now >= grown[table] > 0 for table, now in counts(fresh, GROWING).items())
    assert fresh.entree.identity.key == key
    assert decided.sequence in [each.sequence for each in fresh.entree.decisions()]
    passages = fresh.rows(
        "SELECT sequence FROM passages WHERE unit = 'entree' AND journal <> 'before'"
    )
    assert [row[0] for row in passages] == [decided.sequence]
    assert fresh.entree.badge("entree-in", CAMILLE.uid).kind == "access_granted"
    fresh.stop_server(signal.SIGKILL)  # and one that is killed takes units and broker with it
    until(lambda: fresh.commands() == [], "everything has ended", START_SECONDS)
