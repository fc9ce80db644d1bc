"""The board over its socket: what a page, a script and the unit's native drivers meet."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loquet_contract.access.credential import from_uid
from loquet_edge.drivers.ports import CardSeen, LineError, ReaderLost, ReaderReturned
from loquet_edge.drivers.simulated import (
    BoardGone,
    SimulatedLines,
    SimulatedReader,
)
from loquet_edge.simulation.board import Board, BoardError
from loquet_edge.simulation.board_server import BoardServer, main, serving
from loquet_edge.simulation.control import BoardControl, BoardRefusal, connect

STRIKE, CONTACT = 17, 22
UID = "04a1b2c3d4e5f6"


@pytest.fixture
def path() -> Iterator[Path]:
    # A Unix socket's path has 107 bytes at most: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="board-") as folder:
        yield Path(folder) / "board.sock"


@pytest.fixture
def server(path: Path) -> Iterator[BoardServer]:
    with serving(Board(), path) as running:
        yield running


@pytest.fixture
def control(server: BoardServer) -> Iterator[BoardControl]:
    with BoardControl(server.path) as connected:
        yield connected


@pytest.fixture
def lines(server: BoardServer) -> Iterator[SimulatedLines]:
    with closing(SimulatedLines(server.path)) as connected:
        yield connected


def wait_for(control: BoardControl, condition: Callable[[], bool]) -> None:
    """Return as soon as `condition()`, looked at after each change of the board."""
    with closing(control.watch(timeout=10)) as changes:
        while next(changes) and not condition():
            pass


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("initial", [True, False])
def test_polarity_is_translated_once(
    lines: SimulatedLines, control: BoardControl, active_high: bool, initial: bool
) -> None:
    strike = lines.output("strike", STRIKE, active_high=active_high, initial_active=initial)
    strike.drive(not initial)
    wait_for(control, lambda: len(control.line_history("strike")) == 2)
    driven = [record["level"] for record in control.line_history(STRIKE)]
    assert driven == [int(initial == active_high), int(initial != active_high)]
    assert control.read_line("strike")["active"] is not initial


@pytest.mark.parametrize("active_high", [True, False])
def test_a_quiet_installation_reads_inactive_and_changes_are_heard(
    lines: SimulatedLines, control: BoardControl, active_high: bool
) -> None:
    heard: queue.Queue[tuple[bool, float]] = queue.Queue()
    fire = lines.input("fire", CONTACT, active_high=active_high, pull="up")
    fire.subscribe(lambda active, seconds: heard.put((active, seconds)))
    assert not fire.active
    before = time.monotonic()
    control.set_active("fire", True)
    active, seconds = heard.get(timeout=10)
    assert active and fire.active
    assert before <= seconds <= time.monotonic()
    control.set_input(CONTACT, int(not active_high))
    assert heard.get(timeout=10)[0] is False


def test_what_is_already_wired_is_read_at_once(server: BoardServer, control: BoardControl) -> None:
    control.set_input(CONTACT, 1)
    with closing(SimulatedLines(server.path)) as lines:
        assert lines.input("fire", CONTACT, active_high=True, pull="up").active


def test_a_press_ends_by_itself(lines: SimulatedLines, control: BoardControl) -> None:
    heard: queue.Queue[bool] = queue.Queue()
    button = lines.input("exit", CONTACT, active_high=False, pull="up")
    button.subscribe(lambda active, seconds: heard.put(active))
    control.press("exit", 0.02)
    assert [heard.get(timeout=10), heard.get(timeout=10)] == [True, False]


def test_a_subscriber_that_raises_silences_nobody(
    lines: SimulatedLines, control: BoardControl, caplog: pytest.LogCaptureFixture
) -> None:
    heard: queue.Queue[bool] = queue.Queue()

    def broken(active: bool, seconds: float) -> None:
        raise RuntimeError("broken subscriber")

    button = lines.input("exit", CONTACT, active_high=False, pull="up")
    button.subscribe(broken)
    button.subscribe(lambda active, seconds: heard.put(active))
    with caplog.at_level(logging.ERROR):
        control.set_active("exit", True)
        assert heard.get(timeout=10) is True
        control.set_active("exit", False)
        assert heard.get(timeout=10) is False
    assert "line exit raised" in caplog.text


@pytest.mark.parametrize(("strict", "level"), [(True, 0), (False, 1)])
def test_a_closed_connection_gives_its_lines_back(path: Path, strict: bool, level: int) -> None:
    with serving(Board(strict_gpiod=strict), path), BoardControl(path) as control:
        lines = SimulatedLines(path)
        lines.output("strike", STRIKE, active_high=True, initial_active=True)
        lines.close()
        wait_for(control, lambda: control.read_line(STRIKE)["owner"] is None)
        assert control.read_line(STRIKE)["level"] == level


def test_a_line_in_use_is_refused_with_its_owner(
    lines: SimulatedLines, server: BoardServer
) -> None:
    lines.output("strike", STRIKE, active_high=True, initial_active=False)
    other = SimulatedLines(server.path)
    with closing(other), pytest.raises(LineError, match="taken by 'strike'"):
        other.output("strike", STRIKE, active_high=True, initial_active=False)


def test_a_line_given_back_can_be_taken_again(lines: SimulatedLines, server: BoardServer) -> None:
    lines.output("strike", STRIKE, active_high=True, initial_active=False).close()
    with closing(SimulatedLines(server.path)) as other:
        other.output("strike", STRIKE, active_high=True, initial_active=False)


def test_a_reader_tells_each_arrival_once(server: BoardServer, control: BoardControl) -> None:
    with closing(SimulatedReader("front", server.path)) as reader:
        assert reader.poll(time.monotonic()) == []
        control.present_card("front", UID)
        (seen,) = reader.poll(time.monotonic())
        assert isinstance(seen, CardSeen)
        assert (seen.reader, seen.assurance) == ("front", "uid")
        assert seen.presented == (from_uid(bytes.fromhex(UID)),)
        assert reader.poll(time.monotonic()) == []
        control.remove_card("front")
        assert reader.poll(time.monotonic()) == []
        control.tap("front", UID, 0.01, "authenticated")
        (again,) = reader.poll(time.monotonic())
        assert isinstance(again, CardSeen)
        assert again.assurance == "authenticated"
        wait_for(control, lambda: control.snapshot()["readers"][0]["cards"] == [])


def test_a_pulled_cable_is_told_and_hides_cards(server: BoardServer, control: BoardControl) -> None:
    with closing(SimulatedReader("front", server.path)) as reader:
        assert reader.poll(time.monotonic()) == []
        control.unplug("front")
        assert [type(event) for event in reader.poll(time.monotonic())] == [ReaderLost]
        control.present_card("front", UID)
        assert reader.poll(time.monotonic()) == []
        control.plug("front")
        told = reader.poll(time.monotonic())
        assert [type(event) for event in told] == [ReaderReturned, CardSeen]


def test_a_board_that_goes_is_a_lost_reader_and_a_line_error(path: Path) -> None:
    with serving(Board(), path) as server:
        reader = SimulatedReader("front", path)
        lines = SimulatedLines(path)
        strike = lines.output("strike", STRIKE, active_high=True, initial_active=False)
        assert reader.poll(time.monotonic()) == []
        server.stop()
    assert [type(event) for event in reader.poll(time.monotonic())] == [ReaderLost]
    with pytest.raises(LineError, match="is gone"):
        strike.drive(True)
    reader.close()
    lines.close()


def test_no_board_is_an_error_that_says_how_to_start_one(path: Path) -> None:
    with pytest.raises(BoardGone, match=r"loquet_edge\.simulation\.board_server --socket"):
        SimulatedLines(path)


def test_watch_begins_with_a_snapshot_and_tells_every_change(control: BoardControl) -> None:
    watching = control.watch(timeout=10)
    first = next(watching)
    assert first["event"] == "snapshot"
    assert first["lines"] == []
    control.add_reader("front")
    control.set_input(CONTACT, 1)
    control.indicate("front/buzzer", "short")
    told = [next(watching) for _ in range(3)]
    watching.close()
    assert [message["event"] for message in told] == ["reader", "line", "indicator"]
    assert told[1]["level"] == 1


@pytest.mark.parametrize(
    ("request_line", "error"),
    [
        (b"{", "Expecting"),
        (b'{"op":"fly","id":1}', "no op 'fly'"),
        (b'{"op":"tap","id":1,"reader":"front"}', "'uid' is missing"),
        (b'{"op":"set_input","id":1,"line":17,"level":2}', "a level is 0 or 1, not 2"),
        (b'{"op":"read_line","id":1,"line":99}', "no line 99"),
        (b'{"op":"plug","id":1,"reader":"back"}', "no reader named 'back'"),
        (b'{"op":["x"],"id":1}', "unhashable"),
        (b'{"op":"tap","id":1,"reader":"r","uid":"04a1b2c3","seconds":"x"}', "could not convert"),
    ],
)
def test_a_bad_request_is_answered_and_the_connection_lives(
    server: BoardServer, request_line: bytes, error: str
) -> None:
    with connect(server.path, 10) as sock, sock.makefile("rb") as answers:
        sock.sendall(request_line + b"\n")
        assert error in json.loads(answers.readline())["error"]
        sock.sendall(b'{"op":"snapshot","id":2}\n')
        assert json.loads(answers.readline())["ok"] is True


def test_requests_may_arrive_one_byte_at_a_time(server: BoardServer) -> None:
    with connect(server.path, 10) as sock, sock.makefile("rb") as answers:
        for byte in b'{"op":"set_input","id":7,"line":22,"level":1}\n':
            sock.send(bytes([byte]))
        assert json.loads(answers.readline()) == {"id": 7, "ok": True}


@pytest.mark.parametrize("noise", [b"\xff" * 64, b"{" + b"x" * 100_000])
def test_noise_is_shown_the_door_and_the_board_lives(
    server: BoardServer, control: BoardControl, noise: bytes
) -> None:
    with connect(server.path, 10) as sock:
        sock.sendall(noise)
        # A reset is the same door: it closed with our bytes unread.
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""
    assert control.snapshot()["lines"] == []


def test_a_watcher_that_never_reads_does_not_stop_the_board(
    server: BoardServer, control: BoardControl
) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(server.path))
        deaf.sendall(b'{"op":"watch"}\n' + b'{"op":"snapshot","id":1}\n' * 200)
        for level in [1, 0] * 2000:
            control.set_input(CONTACT, level)
        assert control.read_line(CONTACT)["level"] == 0


def test_a_second_board_on_the_same_socket_is_refused(server: BoardServer) -> None:
    with pytest.raises(BoardError, match="another board already serves"):
        BoardServer(Board(), server.path)


def test_a_socket_left_by_a_killed_board_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with serving(Board(), path), BoardControl(path) as control:
        assert control.snapshot()["readers"] == []


def test_the_module_serves_until_terminated(path: Path) -> None:
    command = [sys.executable, "-m", "loquet_edge.simulation.board_server"]
    command += ["--socket", str(path), "--reader", "front"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"serving {path}\n"
        with BoardControl(path) as control:
            assert control.snapshot()["readers"][0]["reader"] == "front"
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [([], "--socket"), (["--socket", "/nowhere/board.sock"], "No such file")],
)
def test_wrong_usage_ends_with_status_2(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert error in capsys.readouterr().err


def test_a_refusal_reaches_the_caller(control: BoardControl) -> None:
    with pytest.raises(BoardRefusal, match="readers: none"):
        control.tap("front", UID)
