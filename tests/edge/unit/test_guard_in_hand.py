"""The guard's loop with lines made by hand: lost edges, and who may speak to it."""

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loquet_edge.config import load
from loquet_edge.drivers.ports import LineError, LineSubscriber, Pull
from loquet_edge.lockguard.look import AGAIN_SECONDS, LOOK_SECONDS, LOOKS
from loquet_edge.lockguard.process import Lockguard
from loquet_edge.lockguard.wire import Order, pack_order
from loquet_edge.notify import Notifier
from tests.edge.unit.a_unit import UNIT_TOML

BOUND_SECONDS = 0.5


class Wire:
    """An input or an output; an input tells nobody when it changes."""

    def __init__(self, name: str, active: bool = False) -> None:
        self.name, self.driven = name, [(time.monotonic(), active)]
        self._active, self.broken = active, False

    @property
    def active(self) -> bool:
        if self.broken:
            raise LineError(f"{self.name} is gone")
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        self._active = active

    def drive(self, active: bool) -> None:
        self._active = active
        self.driven.append((time.monotonic(), active))

    def subscribe(self, callback: LineSubscriber) -> None:
        return

    def close(self) -> None:
        return


class Wires:
    """A board of such lines."""

    def __init__(self) -> None:
        self.found: dict[str, Wire] = {}

    def output(self, name: str, offset: int, *, active_high: bool, initial_active: bool) -> Wire:
        return self.found.setdefault(name, Wire(name, initial_active))

    def input(
        self,
        name: str,
        offset: int,
        *,
        active_high: bool,
        pull: Pull = "none",
        debounce_seconds: float = 0.0,
    ) -> Wire:
        return self.found.setdefault(name, Wire(name))

    def close(self) -> None:
        return


class Scene:
    """A guard on a thread, and its lines."""

    def __init__(self, folder: Path, users: tuple[int, ...]) -> None:
        file = folder / "unit.toml"
        file.write_text(UNIT_TOML, "utf-8")
        self.config, self.wires = load(file), Wires()
        self.guard = Lockguard(self.config, self.wires, Notifier({}), users)
        self.thread = threading.Thread(target=self.guard.run)
        self.thread.start()

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 20.0
        while not condition():
            assert time.monotonic() < deadline, f"never came: {what}"
            time.sleep(0.005)

    def wait_lock(self, released: bool) -> float:
        """Wait for the lock to be so; return when it was driven."""
        lock = self.wires.found["lock:front"]
        self.wait(lambda: lock.driven[-1][1] is released, f"released: {released}")
        return lock.driven[-1][0]


@contextlib.contextmanager
def a_scene(*users: int) -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="unit-") as folder:
        scene = Scene(Path(folder), users)
        try:
            yield scene
        finally:
            scene.guard.stop()
            scene.thread.join(20.0)


@pytest.mark.parametrize("name", ["fire", "exit:front"])
def test_an_edge_that_was_lost_releases_within_half_a_second(name: str) -> None:
    assert LOOK_SECONDS + LOOKS * AGAIN_SECONDS < BOUND_SECONDS
    with a_scene(os.geteuid()) as scene:
        at = time.monotonic()
        scene.wires.found[name].active = True
        # A busy machine that tests run on is given as much again.
        assert scene.wait_lock(True) - at < 2 * BOUND_SECONDS


def test_a_lost_end_of_an_exit_locks_again_after_its_time() -> None:
    with a_scene(os.geteuid()) as scene:
        scene.wires.found["exit:front"].active = True
        scene.wait_lock(True)
        scene.wires.found["exit:front"].active = False
        scene.wait_lock(False)


def test_inputs_that_can_no_longer_be_read_end_the_guard() -> None:
    with a_scene(os.geteuid()) as scene:
        scene.wires.found["fire"].broken = True
        scene.thread.join(20.0)
        assert not scene.thread.is_alive() and scene.guard.failed


def test_a_process_of_another_user_moves_no_lock() -> None:
    with a_scene(os.geteuid() + 1) as scene:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
            stranger.settimeout(20.0)
            stranger.connect(str(scene.config.guard_socket))
            with contextlib.suppress(OSError):
                stranger.send(pack_order(Order.RELEASE, 0, 5.0))
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(16) == b""  # it was told nothing
        assert [active for _, active in scene.wires.found["lock:front"].driven] == [False]
