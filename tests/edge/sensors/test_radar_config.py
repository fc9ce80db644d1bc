"""Radars in ``unit.toml``: what is taken, what is refused and how, and what a desk makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loquet_contract.ids import DeskId
from loquet_contract.wire.events import DeskFreed, DeskOccupied, DeskUnknown
from loquet_edge.commands.desk_advice import desk_advice
from loquet_edge.config import UnitConfig, load
from loquet_edge.desk.state import SensorKind
from loquet_edge.desks import DeskHall, machine_config
from loquet_edge.errors import ConfigurationError
from loquet_edge.inbox import SensorChanged, SensorGone
from tests.edge.unit.a_scene import Scene

HEAD = '[unit]\nsite = "s"\nid = "u"\n[[desks]]\nid = "d"\narea = "a"\n'
DEVICE = 'presence_device = "/dev/serial/by-path/one"\n'
SENSOR = '[[desks.sensors]]\nname = "ceiling"\nkind = "presence"\n'
D = DeskId("d")


def read(folder: Path, text: str) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(HEAD + text, "utf-8")
    return load(file)


def test_a_radar_of_a_desk(tmp_path: Path) -> None:
    text = DEVICE + "presence_reach = 2.5\npresence_silent = 8\npresence_hold = 60\nseat_line = 4\n"
    (desk,) = read(tmp_path, text).desks
    (radar,) = desk.radars
    assert (radar.device, radar.reach) == (Path("/dev/serial/by-path/one"), 2.5)
    seat, presence = machine_config(desk).sensors
    assert seat.kind is SensorKind.SEAT and seat.silent_after is None
    assert (presence.id, presence.hold, presence.silent_after) == ("presence", 60, 8)


def test_a_radar_with_a_name_and_no_other_sensor(tmp_path: Path) -> None:
    (desk,) = read(tmp_path, SENSOR + 'device = "/dev/serial/by-path/two"\n').desks
    assert desk.sensors == () and desk.radars[0].reach is None
    assert machine_config(desk).sensors[0].id == "ceiling"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('presence_device = "ttyUSB0"\n', "write the whole path"),
        (DEVICE + "presence_reach = 9\n", "write metres from 1.5 to 6, not 9"),
        (DEVICE + "presence_silent = 1\n", "must not be shorter than 2 s"),
        (DEVICE + 'presence_driver = "ld2450"\n', "is not one of ld2410"),
        (DEVICE + "presence_line = 5\n", "the name 'presence' is there twice"),
        (DEVICE + SENSOR + 'device = "/dev/serial/by-path/one"\n', "already taken by [desks.d]"),
        (SENSOR + 'device = "/dev/ttyS0"\nline = 4\n', "unknown key"),
        (SENSOR.replace("presence", "pir") + 'line = 4\ndevice = "/dev/ttyS0"\n', "unknown key"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    assert expected in str(refused.value)


def test_a_name_that_changes_at_each_start_is_advised_against(tmp_path: Path) -> None:
    unit = read(tmp_path, 'presence_device = "/dev/ttyUSB0"\n')
    assert [advice for _, advice in desk_advice(unit) if "/dev/serial/by-path/" in advice]
    assert not list(desk_advice(read(tmp_path, DEVICE)))


def test_a_desk_is_unknown_without_frames_and_never_free(tmp_path: Path) -> None:
    hall = DeskHall(read(tmp_path, DEVICE).desks)
    (first,) = hall.start({}, 0.0)
    assert isinstance(first, DeskUnknown)
    assert isinstance(hall.sense(D, "presence", True, 1.0)[0], DeskOccupied)
    assert hall.deadline == 6.0
    (silent,) = hall.pass_time(6.0)
    assert isinstance(silent, DeskUnknown) and silent.evidence == "silent"
    found = [fact for at in range(7, 40) for fact in hall.sense(D, "presence", False, at)]
    assert [type(each) for each in found] == [DeskUnknown, DeskFreed]


def test_the_loop_takes_what_a_radar_says(tmp_path: Path) -> None:
    scene = Scene()
    scene.parts.desks = DeskHall(read(tmp_path, DEVICE).desks)
    scene.parts.desks.start({}, scene.time)
    scene.wait(0.0)
    assert scene.do(SensorChanged(D, "presence", True)) == ["desk_occupied"]
    assert scene.do(SensorGone(D, "presence")) == ["desk_unknown"]
    assert scene.do(SensorGone(D, "presence"), SensorChanged(D, "presence", True)) == [
        "desk_occupied"
    ]
