"""The supervisor when the machine itself is in trouble."""

import threading
import time
from pathlib import Path

import pytest

from loquet_edge import supervisor
from loquet_edge.config import load
from loquet_edge.supervisor import Child, Supervisor
from tests.edge.unit.a_unit import UNIT_TOML, a_unit


class Short(Supervisor):
    """A supervisor on a machine that cannot start ``link``."""

    def __init__(self, folder: Path) -> None:
        file = folder / "unit.toml"
        file.write_text(UNIT_TOML, "utf-8")
        (folder / "identity.json").touch()
        super().__init__(load(file), ("lockguard", "link"))
        self.tried: list[str] = []
        self.enough = threading.Event()

    def _start(self, child: Child, now: float) -> None:
        self.tried.append(child.name)
        if self.tried.count("link") >= 3:
            self.enough.set()
        if child.name == "link":
            raise BlockingIOError("fork: no more processes")
        child.start_at, child.bark_at = None, now + 60.0


def test_a_process_that_cannot_be_started_ends_nobody_else(tmp_path: Path) -> None:
    short = Short(tmp_path)
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(short.run()))
    thread.start()
    assert short.enough.wait(20.0)
    short.stop()
    thread.join(20.0)
    assert results == [0]


def test_a_unit_whose_run_folder_cannot_be_used_lets_people_out() -> None:
    with a_unit() as unit:
        unit.config.identity.unlink()
        (unit.config.run / "notify-lockguard.sock").mkdir()
        (unit.config.run / "notify-door.sock").mkdir()
        (unit.config.run / "restarted").write_text("a file where a folder should be", "utf-8")
        unit.config.guard_socket.mkdir(parents=True)
        unit.config.door_socket.mkdir()
        process = unit.start()
        unit.wait(lambda: "lock:front" in str(unit.board.snapshot()["lines"]), "the lock's line")
        unit.wait_kind("unit_started")
        unit.board.press("exit:front", 0.05)
        unit.wait_released()
        began = time.monotonic()
        while time.monotonic() - began < supervisor.WATCHDOG_SECONDS["door"] + 1.0:
            assert process.poll() is None
            time.sleep(0.05)
        assert unit.kinds("unit_started") == ["unit_started"]  # their watchdogs were heard


@pytest.mark.parametrize("name", ["lockguard", "door", "link"])
def test_every_process_has_its_watchdog(name: str) -> None:
    assert name in supervisor.WATCHDOG_SECONDS and name in supervisor.LONGEST_PAUSE
