"""The radar's driver over a real pseudo-terminal: silence, unplugging, a busy line, its reach."""

from __future__ import annotations

import contextlib
import queue
import random
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import DeskId
from loquet_edge.commands.radar import radar_findings
from loquet_edge.config import load
from loquet_edge.drivers.ld2410 import (
    Radar,
    RadarEvent,
    RadarLost,
    RadarSaw,
    RadarSettings,
    open_serial,
)
from loquet_edge.drivers.serial_port import SerialPort
from loquet_edge.inbox import SensorChanged, SensorGone
from loquet_edge.protocols.ld2410 import Target
from loquet_edge.protocols.ld2410_reach import Reach
from loquet_edge.radar_threads import PlacedRadar, RadarWatch, watch_radars
from loquet_edge.simulation.ld2410 import SimulatedRadar

LIMIT = 20.0


@pytest.fixture
def radar(tmp_path: Path) -> Iterator[SimulatedRadar]:
    found = SimulatedRadar(tmp_path / "radar")
    yield found
    found.close()


class Eye:
    """A driver and its radar, in turns, on a clock of its own until something is seen."""

    def __init__(self, settings: RadarSettings, radar: SimulatedRadar | None = None) -> None:
        self.driver, self.now = Radar(settings, self.opened), 100.0
        self.told: list[RadarEvent] = []
        self.radar = radar
        self.port: Any = None

    def opened(self, device: Path) -> SerialPort:
        self.port = found = open_serial(device)
        return found

    def turn(self) -> None:
        """Let the radar talk, and its bytes arrive if there are any."""
        if self.radar is not None:
            self.radar.turn()
        with contextlib.suppress(OSError, ValueError, TypeError):  # none is open
            select.select([self.port], [], [], 0.02)

    def until(self, wanted: Callable[[RadarEvent], bool], step: float = 0.1) -> RadarEvent:
        ends = time.monotonic() + LIMIT
        while time.monotonic() < ends:
            self.turn()
            found = self.driver.poll(self.now)
            self.told += found
            self.now += step
            for event in found:
                if wanted(event):
                    return event
        raise AssertionError(f"not seen; told were {self.told}")


def sees(somebody: bool) -> Callable[[RadarEvent], bool]:
    return lambda event: event == RadarSaw(somebody)


def lost(event: RadarEvent) -> bool:
    return isinstance(event, RadarLost)


def test_it_sees_who_comes_and_goes(radar: SimulatedRadar) -> None:
    eye = Eye(RadarSettings(radar.device), radar)
    eye.until(sees(False))
    radar.model.target = Target.STILL
    eye.until(sees(True))
    radar.model.target, radar.model.engineering = Target.NOBODY, True
    eye.until(sees(False))
    eye.driver.close()


def test_what_it_says_is_repeated_once_a_second(radar: SimulatedRadar) -> None:
    eye = Eye(RadarSettings(radar.device, silent=50), radar)
    eye.until(sees(False))
    before = eye.now
    eye.told.clear()
    eye.until(sees(False))
    assert 0.9 <= eye.now - before <= 1.4 and eye.told == [RadarSaw(False)]
    eye.driver.close()


def test_a_silent_radar_is_unknown_and_told_once(radar: SimulatedRadar) -> None:
    eye = Eye(RadarSettings(radar.device, silent=5), radar)
    eye.until(sees(False))
    radar.line = lambda _data: b""
    said = eye.until(lost, step=0.5)
    assert isinstance(said, RadarLost) and "silent for 5 s" in said.detail
    told = len(eye.told)
    for _ in range(40):
        assert eye.driver.poll(eye.now) == []
        eye.now += 1
    assert len(eye.told) == told
    radar.line = lambda data: data
    eye.until(sees(False))
    eye.driver.close()


def test_garbage_is_told_from_silence(radar: SimulatedRadar) -> None:
    radar.line = lambda data: bytes(each ^ 0xFF for each in data)
    eye = Eye(RadarSettings(radar.device, silent=5), radar)
    said = eye.until(lost, step=0.5)
    assert isinstance(said, RadarLost) and "the speed is not 256000" in said.detail
    eye.driver.close()


class Late:
    """Holds back the second half of what is said until the next time."""

    def __init__(self) -> None:
        self.kept = b""

    def __call__(self, data: bytes) -> bytes:
        half = len(data) // 2
        told, self.kept = self.kept + data[:half], data[half:]
        return told


class Lossy:
    """Drops some of the bytes."""

    def __init__(self) -> None:
        self.chance = random.Random(1)

    def __call__(self, data: bytes) -> bytes:
        return bytes(each for each in data if self.chance.random() > 0.01)


BAD_LINES: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
    "garbage before": lambda: lambda data: b"\xf4\xf3\x00\xff" + data,
    "garbage after": lambda: lambda data: data + b"\xf4\xf3\xf2\xf1\x0d",
    "said twice": lambda: lambda data: data + data,
    "half of it late": Late,
    "a byte in a hundred lost": Lossy,
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_over_a_bad_line_it_sees_what_is_true_and_nothing_else(
    radar: SimulatedRadar, line: str
) -> None:
    radar.line = BAD_LINES[line]()
    eye = Eye(RadarSettings(radar.device, silent=60), radar)
    for target in (Target.NOBODY, Target.STILL, Target.NOBODY, Target.MOVING):
        radar.model.target = target
        eye.until(sees(target.somebody))
    changes = [each for each, _ in groupby(eye.told)]
    assert changes == [RadarSaw(each) for each in (False, True, False, True)]
    eye.driver.close()


def test_an_adapter_is_pulled_and_comes_back(radar: SimulatedRadar) -> None:
    eye = Eye(RadarSettings(radar.device), radar)
    for _ in range(3):
        eye.until(sees(False))
        radar.unplug()
        said = eye.until(lost)
        assert isinstance(said, RadarLost) and "unplugged" in said.detail
        assert eye.driver.poll(eye.now) == []
        radar.plug()
        eye.now += 2
    eye.until(sees(False))
    eye.driver.close()


def test_what_is_not_there_says_where_to_look(tmp_path: Path) -> None:
    said = Eye(RadarSettings(tmp_path / "gone")).until(lost)
    assert isinstance(said, RadarLost) and "is it plugged in?" in said.detail


def test_two_programs_do_not_share_a_radar(radar: SimulatedRadar) -> None:
    first, second = Eye(RadarSettings(radar.device), radar), Eye(RadarSettings(radar.device))
    first.until(sees(False))
    said = second.until(lost)
    assert isinstance(said, RadarLost) and "is another process using it?" in said.detail
    first.driver.close()


def test_its_reach_is_set_when_it_is_opened(radar: SimulatedRadar) -> None:
    eye = Eye(RadarSettings(radar.device, reach=2.0), radar)
    eye.until(lambda event: radar.model.writes == 1 and not radar.model.configuring)
    assert radar.model.reach == Reach(3, 3, 5)
    eye.until(sees(False))
    eye.driver.close()


def test_a_radar_that_cannot_be_set_is_still_heard(
    radar: SimulatedRadar, caplog: pytest.LogCaptureFixture
) -> None:
    radar.model.stubborn = True
    eye = Eye(RadarSettings(radar.device, reach=2.0), radar)
    eye.until(lambda _event: "refuses the command write; its reach stays" in caplog.text)
    eye.until(sees(False))
    eye.driver.close()


# ---- several at one unit ------------------------------------------------------------------

UNIT = """[unit]
site = "s"
id = "u"
[[desks]]
id = "a"
area = "hall"
presence_device = "/dev/serial/by-path/one"
[[desks]]
id = "b"
area = "hall"
[[desks.sensors]]
name = "ceiling"
kind = "presence"
device = "/dev/serial/by-path/two"
"""


def test_each_radar_speaks_for_its_own_desk(tmp_path: Path) -> None:
    radars = [SimulatedRadar(tmp_path / name) for name in ("one", "two")]
    (tmp_path / "unit.toml").write_text(UNIT)
    desks = load(tmp_path / "unit.toml").desks
    said: queue.SimpleQueue[object] = queue.SimpleQueue()
    placed = [
        PlacedRadar(desk.id, each.name, Radar(RadarSettings(there.device)))
        for desk, there in zip(desks, radars, strict=True)
        for each in desk.radars
    ]
    watch = RadarWatch(placed, said.put)
    for each in radars:
        each.start()
    radars[1].model.target = Target.MOVING
    wanted = {
        SensorChanged(DeskId("a"), "presence", False), SensorChanged(DeskId("b"), "ceiling", True)
    }  # fmt: skip
    while wanted:
        wanted.discard(said.get(timeout=LIMIT))
    radars[0].unplug()
    while said.get(timeout=LIMIT) != SensorGone(DeskId("a"), "presence"):
        pass
    watch.close()
    for each in radars:
        each.close()


def test_check_listens_to_a_radar_and_says_what_it_heard(
    radar: SimulatedRadar, tmp_path: Path
) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(UNIT)
    unit = load(file)
    first, second = unit.desks
    there = replace(first, radars=(replace(first.radars[0], device=radar.device),))
    unit = replace(unit, desks=(there, second))
    radar.model.target = Target.MOVING
    radar.start()
    found = {what: (well, detail) for what, well, detail in radar_findings(unit, running=False)}
    assert found["radar a"] == (True, f"{radar.device}: it says that somebody is there")
    well, detail = found["radar b"]
    assert well is False and "is it plugged in?" in detail
    assert {well for _, well, _ in radar_findings(unit, running=True)} == {None}


def test_a_configured_radar_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "unit.toml").write_text(UNIT)
    said: queue.SimpleQueue[object] = queue.SimpleQueue()
    close = watch_radars(load(tmp_path / "unit.toml").desks, said.put)
    gone = {said.get(timeout=LIMIT), said.get(timeout=LIMIT)}
    close()
    assert gone == {SensorGone(DeskId("a"), "presence"), SensorGone(DeskId("b"), "ceiling")}
