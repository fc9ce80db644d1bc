"""What an installer types, word for word: add-unit, enrol, check."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loquet_contract.wire.enrolment import Code
from loquet_server.admission.suggestion import WiredDoor, unit_toml
from loquet_server.demo import village
from tests.journey.stack import Stack

AGE = "UPDATE enrolment_tokens SET expires_at = 1 WHERE token = ?"


@pytest.fixture
def place(short_folder: Path) -> Iterator[Path]:
    """Where the installer works."""
    yield short_folder / "unit.toml"


def code_for(stack: Stack, unit: str) -> str:
    done = stack.run("add-unit", unit, "--door", unit)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def written_before(place: Path, unit: str) -> None:
    """Write what the server would suggest, but for this machine: no Raspberry Pi, nobody's root."""
    text = unit_toml(village.SITE, unit, [WiredDoor(unit)])
    folder = str(place.parent)
    for suggested, here in (
        ('board = "gpiochip0"', 'board = "simulated"'),
        ('driver = "rc522"', 'driver = "simulated"'),
        ("bus = 0\ndevice = 0\n", ""),
        ("/var/lib/loquet", folder),
        ("/run/loquet", f"{folder}/run"),
    ):
        assert suggested in text
        text = text.replace(suggested, here)
    place.write_text(text)


def test_a_code_makes_a_unit_that_checks_well_counts_once_and_replaces_none_by_mistake(
    stack: Stack, place: Path
) -> None:
    written_before(place, "hall")
    code = code_for(stack, "hall")
    enrolled = stack.run_edge("enrol", code, "--config", str(place))
    assert enrolled.returncode == 0, enrolled.stderr
    assert "enrolled as unit hall" in enrolled.stdout
    assert (place.parent / "identity.json").stat().st_mode & 0o777 == 0o600
    checked = stack.run_edge("check", "--config", str(place))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "unit hall" in checked.stdout

    again = stack.run_edge("enrol", code, "--config", str(place), "--again")
    assert again.returncode == 2
    assert "has been used" in again.stderr
    assert "loquet-server add-unit" in again.stderr
    assert stack.run_edge("check", "--config", str(place)).returncode == 0

    mistaken = stack.run_edge("enrol", code_for(stack, "hall"), "--config", str(place))
    assert mistaken.returncode == 2
    assert "--again" in mistaken.stderr
    meant = stack.run_edge("enrol", code_for(stack, "hall"), "--config", str(place), "--again")
    assert meant.returncode == 0, meant.stderr
    assert "systemctl restart loquet-door loquet-link" in meant.stdout


def test_a_code_that_is_too_old_is_refused_in_words(stack: Stack, place: Path) -> None:
    code = code_for(stack, "grange")
    with closing(sqlite3.connect(stack.data / "loquet.db", timeout=10)) as database, database:
        token = Code.from_text(code).token
        late = database.execute(
            "UPDATE enrolment_tokens SET expires_at = 1 WHERE token = ?", (token,)
        )
        assert late.rowcount == 1
    done = stack.run_edge("enrol", code, "--config", str(place))
    assert done.returncode == 2
    assert "older than 15 minutes" in done.stderr
    assert not place.exists()
