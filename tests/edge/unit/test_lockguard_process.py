"""The guard as a real process on a simulated board, with clients that die, hang and babble."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.lockguard.client import GuardClient
from loquet_edge.lockguard.leases import LeaseEnded, LeaseTaken, Tell, Told
from loquet_edge.lockguard.wire import MalformedOrder, Order, pack_order, unpack_order
from tests.edge.unit.a_unit import UNIT_TOML, Unit, a_unit


@pytest.fixture
def unit() -> Iterator[Unit]:
    with a_unit() as found:
        yield found


@contextlib.contextmanager
def a_client(unit: Unit) -> Iterator[GuardClient]:
    """A client that has heard the whole state."""
    heard: SimpleQueue[Tell | None] = SimpleQueue()
    client = GuardClient(unit.config.guard_socket, heard.put)
    client.start()
    while heard.get(timeout=20.0) != Tell(Told.STARTED, 0, True):
        pass
    try:
        yield client
    finally:
        client.close()


def test_a_lease_ends_by_itself(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    with a_client(unit) as client:
        assert client.release(0, 0.2)
        unit.wait_released()
        unit.wait_released(False)
        levels = [each["level"] for each in unit.board.line_history("lock:front")]
        assert levels == [0, 1, 0]


def test_a_client_that_is_killed_leaves_the_door_locked(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    source = (
        "import sys, time; from pathlib import Path\n"
        "from loquet_edge.lockguard.client import GuardClient\n"
        "client = GuardClient(Path(sys.argv[1]), lambda tell: None); client.start()\n"
        "while not client.hold(0): time.sleep(0.01)\n"
        "time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", source, str(unit.config.guard_socket)])
    unit.wait_released()
    child.kill()
    unit.wait_released(False)
    child.wait()


def test_a_hold_of_a_stopped_client_ends(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    with a_client(unit) as client:
        assert client.hold(0)
        unit.wait_released()
        unit.wait_released(False)  # nothing renews it


def test_exit_releases_without_any_client(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    unit.wait(unit.config.guard_socket.exists, "the guard's socket")
    unit.board.press("exit:front", 0.1)
    unit.wait_released()
    unit.wait_released(False)


@pytest.mark.parametrize("strict_gpiod", [True, False])
def test_fire_at_start_never_locks(strict_gpiod: bool) -> None:
    with a_unit(strict_gpiod=strict_gpiod) as unit:
        unit.board.name_line(5, "fire")
        unit.board.set_input("fire", 1)  # a cut loop reads high
        unit.start("--only", "lockguard")
        unit.wait(unit.config.guard_socket.exists, "the guard's socket")
        outputs = [
            each["level"]
            for each in unit.board.line_history("lock:front")
            if each["direction"] == "output"
        ]
        assert outputs == [1]


def test_the_latch_outlives_sigkill_and_only_a_person_ends_it(unit: Unit) -> None:
    guard = unit.start("--only", "lockguard")
    unit.wait(unit.config.guard_socket.exists, "the guard's socket")
    unit.board.set_active("fire", True)
    unit.wait_released()
    unit.wait(unit.config.fire_latch.exists, "the latch's file")
    unit.board.set_active("fire", False)
    guard.kill()
    guard.wait()
    before = len(unit.board.line_history("lock:front"))
    unit.start("--only", "lockguard")
    unit.wait_released()
    since = unit.board.line_history("lock:front")[before:]
    assert {each["level"] for each in since if each["direction"] == "output"} == {1}
    unit.board.press("rearm", 0.1)
    unit.wait_released(False)
    unit.wait(lambda: unit.config.fire_latch.read_bytes() == b"clear\n", "the cleared latch")


def test_rearming_while_the_loop_is_open_changes_nothing(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    with a_client(unit) as client:
        unit.board.set_active("fire", True)
        unit.wait_released()
        unit.board.press("rearm", 0.05)
        assert client.lock(0, 0)
        assert client.release(0, 0.05)
        unit.board.press("exit:front", 0.05)
        unit.wait(lambda: not unit.board.read_line("exit:front")["active"], "the exit let go")
        unit.wait(lambda: not unit.board.read_line("rearm")["active"], "the button let go")
        assert unit.released()
        levels = [each["level"] for each in unit.board.line_history("lock:front")]
        assert levels == [0, 1]


def test_a_latch_that_cannot_be_written_still_latches(unit: Unit) -> None:
    unit.config.data.rename(unit.config.data.with_name("elsewhere"))
    unit.config.data.write_text("a file where the folder should be", "utf-8")
    unit.start("--only", "lockguard")
    unit.wait(unit.config.guard_socket.exists, "the guard's socket")
    unit.board.set_active("fire", True)
    unit.wait_released()
    unit.board.set_active("fire", False)
    unit.board.press("exit:front", 0.05)
    assert unit.released()
    unit.board.press("rearm", 0.05)
    unit.wait(lambda: not unit.board.read_line("rearm")["active"], "the button let go")


def test_nonsense_on_the_socket_moves_no_lock(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    with a_client(unit):
        pass
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(str(unit.config.guard_socket))
        for packet in (b"x", b"\x01\x09" + bytes(8), b"\x63\x00" + bytes(8), b"y" * 4096):
            sock.send(packet)
        with a_client(unit) as client:
            assert client.release(0, 0.1)
            unit.wait_released()
    unit.wait_released(False)
    assert [each["level"] for each in unit.board.line_history("lock:front")] == [0, 1, 0]


def test_a_client_that_reads_nothing_holds_up_nobody() -> None:
    text = UNIT_TOML.replace("release = 2.0", "release = 0.2")
    with a_unit(text) as unit:
        unit.start("--only", "lockguard")
        with a_client(unit):
            pass
        outlives_a_deaf_client(unit)


def outlives_a_deaf_client(unit: Unit) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as deaf:
        deaf.connect(str(unit.config.guard_socket))
        deaf.send(pack_order(Order.HOLD, 0))
        unit.wait_released()
        deaf.settimeout(20.0)
        for _ in range(1000):  # more than the buffer of its socket takes
            unit.board.set_active("exit:front", True)
            unit.board.set_active("exit:front", False)
        with a_client(unit) as client:
            assert client.lock(0, 0)
            unit.wait_released(False)
            assert client.release(0, 0.1)
            unit.wait_released()


@given(st.binary(max_size=40))
def test_any_packet_is_an_order_or_is_refused(packet: bytes) -> None:
    try:
        event = unpack_order(packet, 3)
    except MalformedOrder:
        return
    assert isinstance(event, LeaseTaken | LeaseEnded) and 0 <= event.door < 3


def test_sigterm_leaves_the_declared_state() -> None:
    text = UNIT_TOML.replace('lock = "strike"', 'lock = "maglock"')
    with a_unit(text, strict_gpiod=False) as unit:
        guard = unit.start("--only", "lockguard")
        with a_client(unit):
            assert not unit.released()
            guard.send_signal(signal.SIGTERM)
            assert guard.wait(10.0) == 0
        unit.wait_released()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_exit_that_is_held_stays_released_over_the_guards_end(number: signal.Signals) -> None:
    with a_unit(strict_gpiod=False) as unit:
        guard = unit.start("--only", "lockguard")
        unit.wait(unit.config.guard_socket.exists, "the guard's socket")
        unit.board.set_active("exit:front", True)
        unit.wait_released()
        guard.send_signal(number)
        guard.wait(10.0)
        assert unit.released()
        unit.start("--only", "lockguard")
        with a_client(unit):
            assert unit.released()
        levels = [each["level"] for each in unit.board.line_history("lock:front")]
        assert levels[1:] == [1] * (len(levels) - 1)


def test_a_guard_without_a_run_folder_releases_for_exits_and_listens_later(unit: Unit) -> None:
    folder = unit.config.guard_socket
    folder.mkdir(parents=True)  # what is in the way of the socket
    unit.start("--only", "lockguard")
    unit.wait(lambda: "lock:front" in str(unit.board.snapshot()["lines"]), "the lock's line")
    unit.board.press("exit:front", 0.05)
    unit.wait_released()
    unit.wait_released(False)
    folder.rmdir()
    with a_client(unit) as client:
        assert client.release(0, 0.1)
        unit.wait_released()


def test_the_guards_socket_is_for_its_user_alone(unit: Unit) -> None:
    unit.start("--only", "lockguard")
    unit.wait(unit.config.guard_socket.exists, "the guard's socket")
    assert unit.config.guard_socket.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("module", ["lockguard.process", "commands.run"])
def test_what_exits_wait_for_imports_nothing_heavy(module: str, tmp_path: Path) -> None:
    source = (
        f"import sys; import loquet_edge.{module}\n"
        "heavy = {'sqlite3', 'cryptography', 'paho', 'gpiozero', 'click', 'lgpio', 'json'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert found.stdout.strip() == "[]"
