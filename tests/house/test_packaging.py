"""What is installed, from where, under which licence and number."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.house.source import ROOT, expect_none, product, texts

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {"demo": ("server",), "dev": ("dev",)}


def locked(name: str) -> dict[str, str]:
    """Package and version of each line of a lock file."""
    found = {}
    for line in (ROOT / f"requirements/{name}.txt").read_text().splitlines():
        match = re.fullmatch(r"([a-z0-9-]+)==([0-9][A-Za-z0-9.+]*)( ; .*)?", line)
        assert match, f"requirements/{name}.txt: {line!r} is not 'package==version'"
        found[match.group(1)] = match.group(2)
    return found


def wanted(extra: str) -> list[Requirement]:
    """What an extra asks for, with the extras of ours that it names."""
    found = []
    for text in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name == "loquet":
            found += [each for own in requirement.extras for each in wanted(own)]
        else:
            found.append(requirement)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_satisfies_the_project(name: str) -> None:
    have = locked(name)
    expect_none(
        [
            f"requirements/{name}.txt has {have.get(each.name.lower())} for '{each}'"
            for extra in LOCKS[name]
            for each in wanted(extra)
            if not each.specifier.contains(have.get(each.name.lower(), "0"), prereleases=True)
        ],
        "run 'make lock'",
    )


def test_the_development_lock_holds_the_versions_of_the_demo() -> None:
    demo, dev = locked("demo"), locked("dev")
    assert {name: dev.get(name) for name in demo} == demo


def test_lock_files_hold_no_address() -> None:
    expect_none(
        [
            f"{name}: {line}"
            for name, text in texts(".txt")
            if name.startswith("requirements/")
            for line in text.splitlines()
            if "://" in line or line.startswith("-") or "@" in line
        ]
    )


def test_every_requirement_has_a_lower_bound() -> None:
    extras = PROJECT["optional-dependencies"].values()
    expect_none(
        [
            text
            for extra in extras
            for text in extra
            if ">=" not in text and not text.startswith("loquet[")
        ]
    )


def test_the_licence_is_said_once_and_the_same() -> None:
    assert PROJECT["license"] == "AGPL-3.0-or-later"
    assert "SPDX-License-Identifier: AGPL-3.0-or-later\n" in (ROOT / "LICENSE").read_text()


def test_the_version_stands_in_one_place() -> None:
    assert importlib.metadata.version("loquet") == PROJECT["version"]
    expect_none(
        [
            module.name
            for module in product()
            if f'"{PROJECT["version"]}"' in (ROOT / module.name).read_text()
        ]
    )


def test_ci_runs_what_the_readme_tells_people_to_run() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert re.search(r"^make check$", script, re.MULTILINE)
    assert re.search(r"^make test\b", script, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_scripts_are_valid_bash() -> None:
    for name in (".ci/run", "tools/prepare", "tools/lock"):
        ran = subprocess.run(["bash", "-n", name], cwd=ROOT, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr.decode()


HEAVY = (
    "sqlalchemy", "fastapi", "starlette", "pydantic", "jinja2", "uvicorn", "loquet_server",
    "spidev", "lgpio", "gpiozero", "mfrc522", "serial", "osdp", "osdp_sys", "RPi",
)  # fmt: skip

CHEAP = {
    "the command": "import loquet_edge.cli",
    "lockguard": "import loquet_edge.lockguard.process",
    "a simulated board": "import loquet_edge.drivers.simulated",
    "the board of a simulation": "import loquet_edge.simulation.board_server",
    "the whole edge": """
import importlib, pkgutil, loquet_edge
for found in pkgutil.walk_packages(loquet_edge.__path__, "loquet_edge."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
""",
}


def loaded(program: str) -> set[str]:
    """The modules that a Python of its own has loaded after ``program``."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return {name.split(".")[0] for name in ran.stdout.split()}


@pytest.mark.parametrize("what", CHEAP)
def test_a_unit_loads_no_server_and_no_driver_that_it_does_not_name(what: str) -> None:
    expect_none(loaded(CHEAP[what]) & set(HEAVY))


def test_lockguard_loads_no_keys_no_database_and_no_broker() -> None:
    program = "import loquet_edge.lockguard.process"
    expect_none(loaded(program) & {"cryptography", "sqlite3", "paho", "ssl"})
