"""Lines of a real header, over one wire from an output to an input."""

from __future__ import annotations

import queue
import statistics
import threading
import time

import pytest

from loquet_edge.drivers.ports import LineError
from tests.hardware.conftest import Header
from tests.hardware.record import Record, patience

pytestmark = pytest.mark.hardware
LIMIT = 10.0
ROUNDS = 100


def hold(seconds: float) -> None:
    """Let a level stand for so long: it is the stimulus, nothing is waited for."""
    threading.Event().wait(seconds)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("active_high", [False, True])
def test_the_first_level_is_the_declared_one(
    lines: Header, loop: tuple[int, int], first: bool, active_high: bool
) -> None:
    lines.output("out", loop[0], active_high=active_high, active=first)
    heard = lines.input("in", loop[1], high=active_high)
    hold(0.3)
    assert heard.active is first


def test_every_change_is_told_and_soon(
    lines: Header, loop: tuple[int, int], record: Record
) -> None:
    out = lines.output("out", loop[0], active_high=True, active=False)
    told: queue.SimpleQueue[tuple[bool, float]] = queue.SimpleQueue()
    lines.input("in", loop[1]).subscribe(lambda *what: told.put(what))
    late = []
    for at in range(ROUNDS):
        wanted = at % 2 == 0
        driven = time.monotonic()
        out.drive(wanted)
        active, when = told.get(timeout=LIMIT)
        assert active is wanted
        late.append((when - driven) * 1000)
    record.measure("edge to callback, median, ms", statistics.median(late))
    record.measure("edge to callback, longest, ms", max(late))
    assert max(late) < 100 * patience()
    record.confirm("board", record.board)


def test_a_spike_is_not_told_and_a_press_is(lines: Header, loop: tuple[int, int]) -> None:
    out = lines.output("out", loop[0], active_high=True, active=False)
    told: queue.SimpleQueue[bool] = queue.SimpleQueue()
    button = lines.input("in", loop[1], stable=0.05 * patience())
    button.subscribe(lambda active, _when: told.put(active))
    for _ in range(5):
        out.drive(True)
        out.drive(False)
        hold(0.005)
    out.drive(True)
    assert told.get(timeout=LIMIT) is True
    out.drive(False)
    assert told.get(timeout=LIMIT) is False
    hold(0.1)
    assert told.empty()


def test_a_pull_decides_where_nobody_drives(lines: Header, loop: tuple[int, int]) -> None:
    lines.input("the other end", loop[0])
    up = lines.input("up", loop[1], pull="up")
    hold(0.01)
    assert up.active
    up.close()
    down = lines.input("down", loop[1], pull="down")
    hold(0.01)
    assert not down.active


def test_a_line_that_is_taken_is_refused_and_named(lines: Header, loop: tuple[int, int]) -> None:
    lines.output("strike", loop[0], active_high=True, active=False)
    with pytest.raises(LineError, match="line buzzer"):
        lines.output("buzzer", loop[0], active_high=True, active=False)
