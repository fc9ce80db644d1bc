"""What an installer types, and what comes back."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from loquet_contract.ids import BootId
from loquet_edge import cli_options
from loquet_edge.cli import main
from loquet_edge.clock import Stamp
from loquet_edge.config import load
from loquet_edge.journal_file import Fact, open_file
from loquet_edge.simulation.control import BoardControl, BoardGone, BoardRefusal
from tests.edge.unit.a_unit import MEMBER, UNIT_TOML, a_unit


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def file(tmp_path: Path) -> str:
    found = tmp_path / "unit.toml"
    found.write_text(UNIT_TOML, "utf-8")
    return str(found)


@pytest.mark.parametrize(
    "command", ["run", "check", "simulate", "enrol", "doctor", "journal", "pins", "touch"]
)
def test_every_command_has_help_with_an_example_and_takes_a_config(command: str) -> None:
    found = run(command, "--help")
    assert found.exit_code == 0
    assert f"Example: loquet-edge {command}" in found.output
    assert "--config" in found.output


@pytest.mark.parametrize("command", ["run", "simulate", "journal", "pins", "touch show"])
def test_a_wrong_configuration_is_said_and_ends_with_2(command: str, tmp_path: Path) -> None:
    wrong = tmp_path / "unit.toml"
    wrong.write_text(UNIT_TOML.replace("exit_line", "exit_lien"), "utf-8")
    found = run(*command.split(), "--config", str(wrong))
    assert found.exit_code == 2
    assert "[doors.front]" in found.output and "exit_line" in found.output
    assert str(wrong) in found.output


@pytest.mark.parametrize("command", ["run --only door", "pins", "check", "commission"])
def test_a_configuration_that_is_not_there_is_said_before_anything_is_asked(
    command: str, tmp_path: Path
) -> None:
    found = run(*command.split(), "--config", str(tmp_path / "none.toml"))
    assert found.exit_code == 2
    assert "none.toml" in found.output and "--config" in found.output
    assert "Your name" not in found.output


def test_a_new_unit_s_configuration_lies_where_its_services_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, installed = tmp_path / "here/unit.toml", tmp_path / "etc/unit.toml"
    monkeypatch.setattr(cli_options, "_PLACES", (here, installed))
    assert f"{here}: there is none" in run("status").output
    installed.parent.mkdir()
    assert f"{installed}: there is none" in run("status").output
    here.parent.mkdir()
    here.touch()
    assert "etc/unit.toml" not in run("check").output


def test_a_server_is_named_with_its_scheme(tmp_path: Path) -> None:
    found = run("adopt", "--server", "loquet.lan:8000", "--config", str(tmp_path / "unit.toml"))
    assert found.exit_code == 2 and "http://loquet.lan:8000" in found.output
    assert not list(tmp_path.iterdir())


def test_a_board_that_runs_already_is_named(file: str) -> None:
    board = load(Path(file)).board_socket
    board.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as other:
        other.bind(str(board))
        other.listen()
        found = run("simulate", "--config", file)
    assert found.exit_code == 2 and "another board already serves" in found.output


def test_check_names_what_is_missing_and_ends_with_2(file: str) -> None:
    found = run("check", "--config", file)
    assert found.exit_code == 2
    assert "ok     configuration" in found.output
    assert "WRONG  identity" in found.output and "loquet-edge enrol" in found.output


def test_a_maglock_without_an_exit_is_refused_by_check(tmp_path: Path) -> None:
    text = UNIT_TOML.replace('lock = "strike"', 'lock = "maglock"')
    text = text.replace('exit = "button"\nexit_line = 23\n', "")
    (tmp_path / "unit.toml").write_text(text, "utf-8")
    found = run("check", "--config", str(tmp_path / "unit.toml"))
    assert found.exit_code == 2 and "maglock has no free inside handle" in found.output


def test_pins_refuses_a_lock_that_reset_would_energise(file: str) -> None:
    good = run("pins", "--config", file)
    assert good.exit_code == 0
    assert "  17   11  output     high    pull-down lock:front" in good.output
    Path(file).write_text(UNIT_TOML.replace("lock_line = 17", "lock_line = 4"), "utf-8")
    bad = run("pins", "--config", file)
    assert bad.exit_code == 2 and "refused: [doors.front] lock_line = 4" in bad.output


def test_a_journal_that_never_began_is_said(file: str) -> None:
    found = run("journal", "--config", file)
    assert found.exit_code == 2 and "has the unit run once?" in found.output


def test_a_journal_is_printed_and_proven() -> None:
    with a_unit() as unit:
        unit.start_two()
        unit.board.tap("front-in", MEMBER)
        unit.wait_kind("door_released")
        printed = run("journal", "--config", str(unit.file), "--last", "2")
        assert printed.exit_code == 0 and len(printed.output.splitlines()) == 2
        assert "door_released" in printed.output
        proven = run("journal", "--config", str(unit.file), "--verify")
        assert proven.exit_code == 0 and "entries proven" in proven.output


@pytest.mark.parametrize("words", [("--verify",), ("--last", "0")])
def test_a_journal_that_rotted_is_said_in_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(UNIT_TOML, "utf-8")
    data = load(file).data
    data.mkdir(parents=True)
    journal = open_file(data / "journal.db", load(file).unit)
    fact = Fact(Stamp(1, 1, True), BootId("b"), "door_closed", f'{{"door":"{"d" * 300}"}}')
    journal.append([fact] * 500)
    journal.close()
    raw = bytearray((data / "journal.db").read_bytes())
    for page in range(20 * 4096, 40 * 4096, 4096):
        raw[page : page + 64] = b"\xff" * 64
    (data / "journal.db").write_bytes(raw)
    found = run("journal", *words, "--config", str(file))
    assert found.exit_code == 2
    assert isinstance(found.exception, SystemExit)
    assert "journal.db: the journal is damaged" in found.output
    assert "sets the file aside" in found.output


def test_wrong_usage_ends_with_2(file: str) -> None:
    assert run("run", "--only", "nobody", "--config", file).exit_code == 2
    assert run("dance").exit_code == 2
    assert run("enrol", "not-a-code", "--config", file).exit_code == 2
    assert run("touch", "show", "--config", file).exit_code == 2


@pytest.fixture
def simulated() -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    # A Unix socket's path has 107 bytes at most, so not under a test's own long folder.
    with tempfile.TemporaryDirectory(prefix="unit-") as folder:
        file = Path(folder) / "unit.toml"
        file.write_text(UNIT_TOML, "utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "loquet_edge.cli", "simulate", "--config", str(file)]
        )
        try:
            yield process, file
        finally:
            process.kill()
            process.wait()


def test_simulate_serves_a_board_and_runs_the_unit_on_it(
    simulated: tuple[subprocess.Popen[bytes], Path],
) -> None:
    process, file = simulated
    deadline = time.monotonic() + 20.0

    def released() -> bool:
        with (
            contextlib.suppress(BoardGone, BoardRefusal),
            contextlib.closing(BoardControl(file.parent / "run" / "board.sock")) as board,
        ):
            return bool(board.read_line("lock:front")["active"])
        return False

    while run("touch", "exit", "front", "--config", str(file)).exit_code != 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    while not released():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    children = psutil.Process(process.pid).children()
    process.terminate()
    assert process.wait(15.0) == 0
    assert not any(each.is_running() for each in children)


def test_a_person_at_a_simulated_unit(file: str) -> None:
    with a_unit() as unit:
        unit.start_two()
        words = ("--config", str(unit.file))
        assert run("touch", "tap", "front-in", MEMBER, *words).exit_code == 0
        unit.wait_released()
        assert run("touch", "open", "front", *words).exit_code == 0
        unit.wait_released(False)
        assert run("touch", "sit", "d1", *words).exit_code == 0
        unit.wait_kind("desk_occupied")
        assert run("touch", "fire", *words).exit_code == 0
        unit.wait_released()
        assert run("touch", "restore", *words).exit_code == 0
        assert run("touch", "rearm", *words).exit_code == 0
        unit.wait_released(False)
        assert "lock:front" in run("touch", "show", *words).output
        assert run("touch", "tap", "nobody", MEMBER, *words).exit_code == 2
