"""The tests for a real board, on the simulated one, with wires from line to line and a pty."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_edge.simulation.control import BoardControl
from loquet_edge.simulation.ld2410 import SimulatedRadar
from tests.rig.rig import Rig, a_rig

ROOT = Path(__file__).parents[3]
WIRES = {20: 21, 12: 19, 16: 26}
"""As in the whole of hardware/leads.toml."""
LIMIT = 100.0


@contextlib.contextmanager
def wired(rig: Rig) -> Iterator[None]:
    """Lay the wires: what an output is driven to, the input at its other end has at once."""
    events = rig.control.watch(timeout=None)
    hands = BoardControl(rig.server.path)

    def carry() -> None:
        with contextlib.suppress(OSError, ValueError):
            for event in events:
                end = WIRES.get(event.get("offset", -1)) if event.get("event") == "line" else None
                if end is not None:
                    output = event["direction"] == "output"
                    hands.set_input(end, event["level"] if output else None)

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    yield
    hands.close()


@contextlib.contextmanager
def joined(folder: Path) -> Iterator[Path]:
    """A serial line that hears itself."""
    near, far = pty.openpty()
    tty.setraw(far)
    ends = threading.Event()

    def echo() -> None:
        while not ends.is_set():
            if select.select([near], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    os.write(near, os.read(near, 4096))

    thread = threading.Thread(target=echo)
    thread.start()
    yield Path(os.ttyname(far))
    ends.set()
    thread.join()
    os.close(near)
    os.close(far)


def leads(folder: Path, serial: Path, radar: Path) -> Path:
    text = (ROOT / "hardware" / "leads.toml").read_text("utf-8")
    for before, after in (
        ("# [radar]", "[radar]"), ('# device = "/dev/serial/by-path/..."', f'device = "{radar}"'),
        ('"/dev/serial0"', f'"{serial}"'), ("# [wiegand]", "[wiegand]"), ("# d0_", "d0_"),
        ("# d1_", "d1_"),
    ):  # fmt: skip
        assert before in text
        text = text.replace(before, after)
    file = folder / "leads.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def board() -> Iterator[Rig]:
    with a_rig(readers=("front=0.0",)) as rig:
        rig.control.present_card("front", "04a1b2c3d4e5f6")
        yield rig


def test_the_hardware_tests_run_whole_and_write_their_report(board: Rig, tmp_path: Path) -> None:
    radar = SimulatedRadar(tmp_path / "radar")
    radar.start()
    with wired(board), joined(tmp_path) as serial:
        board.more["LEADS"] = str(leads(tmp_path, serial, radar.device))
        board.more["REPORTS"] = str(tmp_path / "reports")
        run = board.start(
            sys.executable, "-m", "pytest", "-q", "-m", "hardware", "-p", "no:randomly",
            "--rootdir", ROOT, "-c", ROOT / "pyproject.toml", ROOT / "tests" / "hardware",
        )  # fmt: skip
        said, _ = run.communicate(timeout=LIMIT)
    radar.close()
    assert run.returncode == 0, said
    (file,) = (tmp_path / "reports").iterdir()
    report = json.loads(file.read_text("utf-8"))
    assert set(report["tests"].values()) == {"passed"} and len(report["tests"]) >= 15
    assert report["measured"]["edge to callback, median, ms"] > 0
    kinds = {each["kind"] for each in report["confirmed"]}
    assert kinds == {"board", "reader", "card", "sensor"}
