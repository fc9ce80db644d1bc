"""The example of the documents on simulated Linux devices; only its folders and names differ."""

import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loquet_contract.access.policy import DoorRecord
from loquet_contract.wire.signing import Verifier
from loquet_edge.config import UnitConfig, load
from loquet_edge.config_lines import HEADER_PINS, energised_at_reset, reset_pull_high, used_lines
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import Status
from tests.edge.unit.a_unit import DOOR, MEMBER, SITE, UNIT, Line, Server, records
from tests.rig.rig import Rig, a_rig

HARDWARE = Path(__file__).parents[3] / "hardware"
EXAMPLE = HARDWARE / "examples" / "one_door_rc522" / "unit.toml"
RELEASE = 2.0
LOCK, CONTACT, EXIT, FIRE, REARM = 17, 22, 23, 24, 25


@pytest.fixture(params=[True, False], ids=["strict_gpiod", "kept_levels"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with a_rig(strict_gpiod=request.param, readers=("front=0.0",)) as running:
        for line, level in ((FIRE, 0), (CONTACT, 0), (EXIT, 1), (REARM, 1)):
            running.control.set_input(line, level)
        yield running


def installed(rig: Rig) -> UnitConfig:
    """The example with an identity and a policy, in the rig's folder."""
    text = EXAMPLE.read_text("utf-8")
    for before, after in (
        ("/var/lib/loquet/identity.json", "identity.json"), ("/var/lib/loquet", "data"),
        ("/run/loquet", "run"), ("my-space", SITE), ('"front-door"', f'"{UNIT}"'),
        ('access_point = "front-in"', 'access_point = "in"'),
        ("release = 5.0", f"release = {RELEASE}"),
    ):  # fmt: skip
        assert before in text
        text = text.replace(before, after)
    file = rig.folder / "unit.toml"
    file.write_text(text, "utf-8")
    config = load(file)
    config.data.mkdir()
    server = Server()
    server.identity().save(config.identity)
    writer = PolicyWriter(config.data / "policy.db", Verifier(server.key.public), SITE, UNIT)
    writer.apply_whole(server.policy(records(DoorRecord(DOOR))))
    writer.close()
    return config


def run(rig: Rig, config: UnitConfig) -> subprocess.Popen[str]:
    """Start ``loquet-edge run`` on the rig."""
    return rig.start(sys.executable, "-m", "loquet_edge.cli", "run", "--config", config.file)


def start(rig: Rig, config: UnitConfig) -> psutil.Process:
    """Start the whole unit and wait until its door is heard; return the supervisor."""
    process = run(rig, config)
    found: list[Line] = []

    def connected() -> bool:
        try:
            found.append(Line(config.door_socket))
        except OSError:
            return False
        return True

    rig.wait_for(connected, "the door's socket")
    found[0].hear(
        lambda message: isinstance(message, Status) and message.doors[DOOR].lock == "locked"
    )
    found[0].close()
    return psutil.Process(process.pid)


def child(supervisor: psutil.Process, name: str) -> psutil.Process:
    return next(each for each in supervisor.children() if name in each.cmdline())


def test_a_card_moves_the_relay_and_an_exit_too(rig: Rig) -> None:
    config = installed(rig)
    supervisor = start(rig, config)
    rig.control.present_card("front", MEMBER)
    rig.wait_level(LOCK, 1)
    rig.control.set_input(CONTACT, 1)
    rig.wait_level(LOCK, 0)
    rig.control.set_input(CONTACT, 0)
    rig.control.set_input(EXIT, 0)
    rig.wait_level(LOCK, 1)
    rig.control.set_input(EXIT, 1)
    supervisor.terminate()
    assert supervisor.wait(15.0) == 0
    assert rig.level(LOCK) == 0
    assert rig.output_levels(LOCK)[0] == 0


def test_a_supervisor_killed_in_a_release_leaves_the_door_locked(rig: Rig) -> None:
    supervisor = start(rig, installed(rig))
    rig.control.present_card("front", MEMBER)
    rig.wait_level(LOCK, 1)
    at = time.monotonic()
    supervisor.kill()
    rig.wait_level(LOCK, 0)
    # The bound is half a second on a quiet machine; a busy one is given as much again.
    assert time.monotonic() - at < 1.0


def test_a_cut_loop_at_start_never_locks(rig: Rig) -> None:
    rig.control.set_input(FIRE, 1)
    config = installed(rig)
    run(rig, config)
    rig.wait_level(LOCK, 1)
    assert rig.output_levels(LOCK) == [1]


def test_the_example_agrees_with_the_pinout() -> None:
    with (HARDWARE / "pinout.toml").open("rb") as file:
        lines = tomllib.load(file)["lines"]
    pins = {each["line"]: each["pin"] for each in lines}
    roles = {each["line"]: each["first_door"] for each in lines if "first_door" in each}
    assert pins == HEADER_PINS
    for each in lines:
        assert (each["reset_pull"] == "up") is reset_pull_high(each["line"])
    config = load(EXAMPLE)
    for used in used_lines(config):
        assert roles[used.line] == used.role.split(":")[0]
    assert energised_at_reset(config) == []
