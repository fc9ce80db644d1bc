"""Cases, mains and bells: levels that become facts."""

from pathlib import Path

from loquet_contract.ids import DoorId
from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    MainsReturned,
    TamperClosed,
    TamperOpened,
)
from loquet_edge.inbox import WireMoved
from loquet_edge.other_wires import RING_SECONDS, OtherWires
from tests.edge.unit.a_scene import Scene
from tests.edge.unit.a_unit import DOOR, UNIT_TOML, a_unit

FRONT = DoorId("front")
WIRED = UNIT_TOML.replace(
    "[[doors]]",
    "[case]\ntamper_line = 13\nmains_line = 19\n\n[[doors]]\ntamper_line = 20\ndoorbell_line = 21",
    1,
)


def test_what_is_so_at_the_start_is_told_but_nobody_rang() -> None:
    wires = OtherWires()
    found = wires.start({"tamper": True, "mains": True, "doorbell:front": True}, 0.0)
    assert found == [TamperOpened(), MainsLost()]
    assert wires.start({"tamper": False, "mains": False}, 0.0) == []
    assert OtherWires().start({"tamper": False, "tamper:front": False, "mains": False}, 0.0) == []


def test_each_change_is_told_once() -> None:
    wires = OtherWires()
    wires.start({"tamper:front": False, "mains": False}, 0.0)
    assert wires.moved("tamper:front", True, 1.0) == [TamperOpened(FRONT)]
    assert wires.moved("tamper:front", True, 1.0) == []
    assert wires.moved("tamper:front", False, 2.0) == [TamperClosed(FRONT)]
    assert wires.moved("mains", True, 3.0) == [MainsLost()]
    assert wires.moved("mains", False, 4.0) == [MainsReturned()]
    assert wires.levels == {"tamper:front": False, "mains": False}


def test_who_leans_on_the_bell_is_told_of_once_and_answered_each_time() -> None:
    scene = Scene().start()
    scene.parts.wires = OtherWires(scene.parts.doorways)
    press = (WireMoved("doorbell:front", True), WireMoved("doorbell:front", False))
    assert scene.do(*press) == ["doorbell_rung"]
    assert scene.granted.active  # type: ignore[attr-defined]
    for _ in range(9):
        scene.wait(2.0)
        assert scene.do(*press) == []
    assert scene.granted.active  # type: ignore[attr-defined]
    scene.wait(RING_SECONDS)
    assert scene.do(*press) == ["doorbell_rung"]
    assert DOOR in scene.parts.doorways


def test_a_bell_of_one_door_does_not_silence_another() -> None:
    wires = OtherWires()
    assert wires.moved("doorbell:front", True, 0.0) == [DoorbellRung(FRONT)]
    assert wires.moved("doorbell:back", True, 1.0) == [DoorbellRung(DoorId("back"))]


def test_a_whole_unit_tells_of_its_wires_in_its_journal(tmp_path: Path) -> None:
    with a_unit(WIRED) as unit:
        unit.start_two()
        unit.board.set_active("tamper", True)
        unit.wait_kind("tamper_opened")
        unit.board.press("doorbell:front", 0.2)
        assert unit.wait_kind("doorbell_rung").body["door"] == "front"
        unit.board.set_active("mains", True)
        unit.wait_kind("mains_lost")
        unit.board.set_active("mains", False)
        unit.wait_kind("mains_returned")
        unit.board.set_active("tamper:front", True)
        unit.wait(lambda: len(unit.kinds("tamper_opened")) == 2, "the reader's case")
        assert not unit.released()
