"""A lock whose polarity and fail mode nobody has confirmed is driven by no process."""

import threading
import time
from pathlib import Path

import pytest

from loquet_contract.feedback import PATTERNS, Shown
from loquet_contract.ids import DoorId, GrantId
from loquet_contract.wire.events import LockFault
from loquet_edge.commissioning.record import Record, confirmed, save
from loquet_edge.config import UnitConfig
from loquet_edge.door import events
from loquet_edge.doorway import Doorway
from loquet_edge.indicators import Faces, Indicators
from loquet_edge.lockguard.leases import FireLoopChanged
from loquet_edge.lockguard.process import Lockguard
from loquet_edge.notify import Notifier
from loquet_edge.proven import unproven
from tests.edge.feedback.test_player import Lamp
from tests.edge.unit.a_scene import Diary
from tests.edge.unit.test_door_wires import DOOR, UNIT, read
from tests.edge.unit.test_guard_in_hand import Wires

FIRE = "[fire]\nline = 24\nrearm_line = 25\n"


def two_doors(folder: Path, lock: str = "strike") -> UnitConfig:
    doors = DOOR.format("front", 17) + "exit_line = 22\n" + DOOR.format("back", 18)
    places = f'data = "{folder}/data"\nrun = "{folder}/run"\n'
    config = read(folder, UNIT + places + FIRE + doors.replace("strike", lock))
    config.guard_socket.parent.mkdir(parents=True)
    return config


def prove(config: UnitConfig, *names: str) -> None:
    doors = {each.id: confirmed(each, "2026-01-05T09:00:00Z") for each in config.doors}
    save(config.data, Record({name: doors[DoorId(name)] for name in names}))


def test_a_door_that_is_confirmed_may_be_driven_and_another_may_not(tmp_path: Path) -> None:
    config = two_doors(tmp_path)
    assert set(unproven(config)) == {"front", "back"}
    prove(config, "front")
    assert set(unproven(config)) == {"back"}
    prove(config, "front", "back")
    assert unproven(config) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lock_line = 17", "lock_line = 19"),
        ("lock_line = 17", "lock_line = 4\nlock_active = 'low'"),
        ("lock_line = 17", "lock_line = 17\nfail = 'safe'"),
        ('lock = "strike"\nlock_line = 17', 'lock = "motor_bolt"\nlock_line = 17'),
    ],
)  # fmt: skip
def test_a_lock_that_is_wired_otherwise_must_be_confirmed_anew(
    tmp_path: Path, before: str, after: str
) -> None:
    config = two_doors(tmp_path)
    prove(config, "front", "back")
    changed = read(tmp_path, config.text.replace(before, after))
    (door, why), *others = unproven(changed).items()
    assert door == "front" and not others
    assert "was confirmed otherwise" in why and "loquet-edge commission" in why


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, b'{"format": 1, "doors": {"front": 3}}'])
def test_a_damaged_record_takes_nobodys_exit_away(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    config = two_doors(tmp_path)
    prove(config, "front")
    (config.data / "commissioning.json").write_bytes(damage)
    assert unproven(config) == {}
    assert "is damaged" in caplog.text


def test_a_simulated_board_needs_no_confirmation(tmp_path: Path) -> None:
    config = two_doors(tmp_path)
    assert unproven(read(tmp_path, config.text.replace("gpiochip0", "simulated"))) == {}


def test_the_guard_asks_for_no_line_of_a_lock_that_is_not_confirmed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = two_doors(tmp_path)
    prove(config, "back")
    board = Wires()
    guard = Lockguard(config, board, Notifier({}), (0,))
    assert {name for name in board.found if name.startswith("lock:")} == {"lock:back"}
    assert "exit:front" in board.found and "fire" in board.found
    assert "door front" in caplog.text and "is not driven" in caplog.text
    at_work = threading.Thread(target=guard.run)
    at_work.start()
    guard.put(FireLoopChanged(True))
    deadline = time.monotonic() + 20.0
    while not board.found["lock:back"].active:
        assert time.monotonic() < deadline, "the other door was never released"
        time.sleep(0.005)
    assert guard.guard.released(0)
    guard.stop()
    at_work.join(20.0)
    assert set(board.found) == {"fire", "rearm", "exit:front", "lock:back"}


def test_people_are_told_that_the_door_cannot_work_and_no_lock_moves(tmp_path: Path) -> None:
    config = two_doors(tmp_path)
    why = unproven(config)[DoorId("front")]
    locks, red = Diary(), Lamp()
    doorway = Doorway(config.doors[0], 0, locks, Faces(Indicators(None, red, None)), why)
    start = events.Start(
        leaf_open=False, exit_active=False, fire_loop_open=False, fire_latched=False
    )
    told = [*doorway.feed(start, 0.0), *doorway.guard_returned(0.0)]
    assert [each.detail for each in told if isinstance(each, LockFault)] == [why]
    assert doorway.status.lock == "fault"
    told = list(doorway.feed(events.GrantGiven(GrantId("g")), 1.0))
    told += doorway.feed(events.ExitPressed(), 2.0)
    assert "exit_requested" in [each.kind for each in told]
    doorway.refuse(3.0)
    shown = [red.active]
    for step in range(1, 9):
        doorway.pass_time(3.1 + step * 0.1)
        shown.append(red.active)
    assert shown.count(True) >= 2  # the short flashes of a door that is not ready
    assert PATTERNS[Shown.NOT_READY].seconds > PATTERNS[Shown.REFUSED].seconds
    assert locks.done == []
