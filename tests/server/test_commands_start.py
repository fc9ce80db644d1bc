"""``loquet-server`` answers at once: a command loads what it needs, help and mistakes nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

RUN = """
import json, sys
from click.testing import CliRunner
from loquet_server.cli import main
for words, status in json.loads(sys.argv[1]):
    found = CliRunner().invoke(main, words)
    assert found.exit_code == status, (words, found.output)
print(json.dumps(sorted(sys.modules)))
"""
SLOW = {
    "alembic", "babel", "bcrypt", "cryptography", "fastapi", "httpx", "jinja2", "paho",
    "pydantic", "sqlalchemy", "starlette", "structlog", "uvicorn",
}  # fmt: skip
"""Takes a quarter of a minute on a Raspberry Pi 3, all together."""
PAGES = {"loquet_server.app", "loquet_server.pages", "loquet_server.serving", "uvicorn"}


def loaded(program: str, *arguments: str, folder: Path) -> set[str]:
    """Return the modules that a process has at its end; its database cannot be opened."""
    database = f"sqlite+aiosqlite:///{folder}"
    environment = os.environ | {"LOQUET_DATA": str(folder), "LOQUET_DATABASE_URL": database}
    found = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return set(json.loads(found.stdout))


def test_help_and_wrong_usage_load_nothing_that_is_slow(tmp_path: Path) -> None:
    commands = [
        (["--help"], 0),
        (["serve", "--port", "many"], 2),
        (["backup"], 2),
        (["migrate", "--to", "base"], 2),
        (["operator", "add", "--help"], 0),
        (["explain"], 2),
        (["export", "nothing"], 2),
    ]
    assert loaded(RUN, json.dumps(commands), folder=tmp_path) & SLOW == set()


def test_no_command_loads_the_pages(tmp_path: Path) -> None:
    commands = [
        (["add-unit", "hall"], 2),
        (["operator", "list"], 2),
        (["explain", "area", "salle"], 2),
        (["verify"], 2),
        (["export"], 2),
        (["export", "members"], 2),
        (["revoke", "hall", "--reason", "stolen"], 2),
        (["report-stolen", "hall", "--reason", "stolen", "--yes"], 2),
        (["broker-files", str(tmp_path / "files")], 2),
        (["purge"], 2),
    ]
    assert loaded(RUN, json.dumps(commands), folder=tmp_path) & PAGES == set()


def test_a_process_without_pages_loads_none(tmp_path: Path) -> None:
    program = "import json, sys, loquet_server.serving; print(json.dumps(list(sys.modules)))"
    assert loaded(program, folder=tmp_path) & {"loquet_server.app", "loquet_server.pages"} == set()
