"""``loquet-server explain``, ``import`` and ``export``, as a person at a shell uses them."""

import asyncio
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loquet_server.cli import main
from loquet_server.database import Database
from loquet_server.models import Audit, Holder, ImportRun
from loquet_server.settings import Settings
from tests.server.house import House
from tests.server.test_imports import FILE


async def _build(folder: Path) -> None:
    database = Database(Settings(data=folder).database)
    await House(database).build()
    await database.close()


async def _all(folder: Path, model: type) -> list[object]:
    database = Database(Settings(data=folder).database)
    found = await House(database).all(model)
    await database.close()
    return found


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of a server that does not run; its broker is nowhere."""
    monkeypatch.setenv("LOQUET_DATA", str(tmp_path))
    monkeypatch.setenv("LOQUET_BROKER_PORT", "1")
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    asyncio.run(_build(tmp_path))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_who_may_enter_and_when(folder: Path) -> None:
    found = run("explain", "area", "salle", "--lang", "en")
    assert (found.exit_code, found.output) == (0, "+ Camille (Resident)\n")
    week = run("explain", "member", "h1", "--at", "2025-10-13", "--lang", "en")
    assert "Salle:\n    Mon 2025-10-13 00:00 - Mon 00:00  Resident" in week.output
    one = run("explain", "member", "h1", "--access-point", "in", "--lang", "en")
    assert "had received no rules yet" in one.output
    whole = run("explain", "area", "salle", "--json")
    assert '"may": [' in whole.output
    actions = [getattr(each, "action", "") for each in asyncio.run(_all(folder, Audit))]
    assert len(actions) == 4


def test_what_is_not_there_is_said_in_one_line(folder: Path) -> None:
    for arguments in (("passage", "1"), ("member", "nobody"), ("area", "nowhere")):
        found = run("explain", *arguments)
        assert found.exit_code == 2
        assert found.stderr.startswith("loquet-server: there is no ")
        assert found.stderr.count("\n") == 1


def test_an_import_is_tried_then_made(folder: Path) -> None:
    file = folder / "members.csv"
    file.write_text(FILE, "utf-8")
    tried = run("import", str(file), "--dry-run")
    assert tried.exit_code == 0
    assert "3 new, 0 changed, 0 as before" in tried.output
    assert len(asyncio.run(_all(folder, Holder))) == 1
    assert asyncio.run(_all(folder, ImportRun)) == []
    made = run("import", str(file))
    assert made.exit_code == 0, made.output
    assert "doors hear of it when it starts" in made.stderr
    assert len(asyncio.run(_all(folder, Holder))) == 4


def test_an_import_with_a_wrong_line_is_not_made(folder: Path) -> None:
    file = folder / "members.csv"
    file.write_text("Nom;Mail\nAda;ada\nBob;bob@example.org\n", "utf-8")
    wrong = run("import", str(file), "--lang", "en")
    assert wrong.exit_code == 1
    assert "2 WRONG   Mail: “ada” is no e-mail address. Correct it." in wrong.stderr
    assert len(asyncio.run(_all(folder, Holder))) == 1
    skipped = run("import", str(file), "--skip")
    assert skipped.exit_code == 0
    assert len(asyncio.run(_all(folder, Holder))) == 2


def test_an_export_is_a_table(folder: Path) -> None:
    found = run("export", "members", "--lang", "en")
    assert found.exit_code == 0
    assert "Camille" in found.output
    assert "Full name,E-mail" in found.output
    assert run("export").exit_code == 0
