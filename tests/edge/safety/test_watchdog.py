"""The watchdog is fed by decisions: a loop that stands still starves it, whatever threads live on.

The processes speak the protocol of ``sd_notify`` to a socket of the test's, as they do to systemd
and to ``loquet-edge run``; what is counted here is what would keep systemd from killing them.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loquet_edge.simulation.board import Board
from tests.edge.rig.rig_unit import EXIT, LOCK, RigUnit, a_rig_unit
from tests.edge.safety.faults import Fault, FaultPage
from tests.edge.safety.pins import Pins
from tests.edge.unit.a_unit import Line
from tests.rig import laid_in

PING = 0.25
"""Seconds between two words of ``door`` and ``lockguard``, told to be killed after a second."""
SILENCE = 3 * PING
"""As long as this without a word, and nobody feeds."""


class Ear:
    """Hears what a process says to its supervisor."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = folder / "notify.sock"
        self._socket.bind(str(self.path))

    @property
    def environment(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(int(4e6 * PING))}

    def fed(self, within: float) -> bool:
        """Forget what was said, and wait for the next feeding."""
        self._socket.setblocking(False)
        while self._heard() is not None:
            pass
        until = time.monotonic() + within
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            if self._heard() == b"WATCHDOG=1":
                return True
        return False

    def starves(self) -> bool:
        """Whether the feeding stops; what was under way when it did is forgiven."""
        return not self.fed(SILENCE) or not self.fed(SILENCE)

    def _heard(self) -> bytes | None:
        try:
            return self._socket.recv(4096)
        except (BlockingIOError, TimeoutError):
            return None

    def close(self) -> None:
        self._socket.close()


class Watched:
    """Guard and door, each started alone, and the ear of whoever watches one of them."""

    def __init__(self, unit: RigUnit, name: str) -> None:
        self.unit, self.ear = unit, Ear(unit.rig.folder)
        self.pins = Pins(unit.rig.server.board, LOCK, EXIT)
        for each in ("lockguard", "door"):
            unit.rig.more |= self.ear.environment if each == name else {"NOTIFY_SOCKET": ""}
            unit.rig.start(
                sys.executable, "-m", "loquet_edge.cli", "run", "--only", each,
                "--config", unit.config.file,
            )  # fmt: skip
        unit.wait(lambda: unit.met and "unit_started" in unit.kinds(), "the door is at work")
        assert self.ear.fed(20.0), "nothing was ever said"

    def leave(self) -> None:
        """Somebody can leave all the while."""
        self.unit.rig.control.set_input(EXIT, 0)
        at = self.pins.last(EXIT).at
        self.pins.driven(LOCK, 1, at)
        self.unit.rig.control.set_input(EXIT, 1)

    def close(self) -> None:
        self.ear.close()
        self.pins.close()


@pytest.fixture
def watched() -> Iterator[Callable[[RigUnit, str], Watched]]:
    made: list[Watched] = []

    def watch(unit: RigUnit, name: str) -> Watched:
        made.append(Watched(unit, name))
        return made[-1]

    yield watch
    for each in made:
        each.close()


def test_a_deciding_loop_that_is_stuck_feeds_nobody(
    watched: Callable[[RigUnit, str], Watched],
) -> None:
    with a_rig_unit() as unit:
        flag, met = unit.rig.folder / "stuck", unit.rig.folder / "stuck.met"
        unit.rig.more |= laid_in.words(stuck=(flag, met))
        found = watched(unit, "door")
        flag.touch()
        unit.wait(met.exists, "the loop stands still")
        assert found.ear.starves()
        found.leave()
        flag.unlink()
        assert found.ear.fed(20.0)


def test_a_policy_that_cannot_be_read_any_more_feeds_nobody(
    watched: Callable[[RigUnit, str], Watched],
) -> None:
    with a_rig_unit() as unit:
        page = FaultPage(unit.rig.folder / "faults").lay_under(unit.rig, unit.config.data)
        found = watched(unit, "door")
        page.turn(Fault.HUNG_READS, True)
        line = Line(unit.config.door_socket)  # a link that comes: the door looks at its policy
        unit.wait(lambda: page.met(Fault.HUNG_READS) > 0, "a read that does not come back")
        assert found.ear.starves()
        found.leave()
        page.turn(Fault.HUNG_READS, False)
        assert found.ear.fed(20.0)
        line.close()
        page.close()


def test_a_guard_whose_chip_does_not_answer_feeds_nobody(
    watched: Callable[[RigUnit, str], Watched],
) -> None:
    with a_rig_unit() as unit:
        found = watched(unit, "lockguard")
        board: Board = unit.rig.server.board
        gate = threading.Event()

        def stand_still(_message: object) -> None:
            gate.wait(60.0)

        board.subscribe(stand_still)
        threading.Thread(target=unit.rig.control.indicate, args=("chip", "dead")).start()
        assert found.ear.starves()
        board.unsubscribe(stand_still)
        gate.set()
        assert found.ear.fed(20.0)
        found.leave()
