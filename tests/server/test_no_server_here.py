"""A command that is typed in the wrong folder makes no second server there, and says so."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from loquet_server import shell
from loquet_server.cli import main

BEGINS = {"serve", "web", "ingest", "demo", "migrate", "restore"}
"""These may find an empty folder; 'restore' is held by its own tests."""
WORDS = {
    "add-unit": ("hall",),
    "backup": ("monday.backup",),
    "broker-files": (".",),
    "clock": (),
    "explain area": ("salle",),
    "explain member": ("h1",),
    "explain passage": ("1",),
    "export": ("members",),
    "import": ("members.csv",),
    "operator add": ("zoe@moulin.example", "--name", "Zoé"),
    "operator list": (),
    "operator reset": ("zoe@moulin.example",),
    "purge": ("--dry-run",),
    "release": (".",),
    "report-stolen": ("hall", "--reason", "gone", "--yes"),
    "revoke": ("hall", "--reason", "gone"),
    "verify": (),
}


def test_the_list_below_is_complete() -> None:
    found = set()
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{name} {each}".strip() for each in inner}
    assert found - BEGINS == set(WORDS)


@pytest.mark.parametrize("command", WORDS)
def test_no_server_has_its_data_here(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LOQUET_DATA", "LOQUET_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOQUET_BACKUP_PASSPHRASE", "quatre mots bien secs")
    Path("members.csv").write_text("name\nZoé\n")
    before = sorted(tmp_path.rglob("*"))
    answer = CliRunner().invoke(main, [*command.split(), *WORDS[command]])
    assert answer.exit_code == 2
    assert f"{tmp_path / '.demo'}: no server has its data here" in answer.output
    assert sorted(tmp_path.rglob("*")) == before


def test_a_revision_that_nobody_knows_is_named(tmp_path: Path) -> None:
    unknown = CliRunner().invoke(main, ["migrate", "--to", "0099", "--data", str(tmp_path)])
    assert unknown.exit_code == 2 and "known: 0001" in unknown.output
    assert not list(tmp_path.iterdir())
    assert CliRunner().invoke(main, ["migrate", "--data", str(tmp_path)]).exit_code == 0
    back = CliRunner().invoke(main, ["migrate", "--to", "0001", "--data", str(tmp_path)])
    assert back.exit_code == 2 and "nothing has changed" in back.output


def test_whoever_has_read_enough_is_no_fault_of_the_database() -> None:
    async def told() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):  # click ends the program without a word
        shell.run(told)
