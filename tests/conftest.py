"""What every test may ask for; and a test that is skipped has failed."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None)  # speed has benches of its own
settings.load_profile("shared")
gc.disable()  # until all is collected: what is imported stays, and a quarter of the time went here
ROOT = Path(__file__).resolve().parents[1]
# Tests start the product as processes of their own some hundred times, and each of them would
# compile it anew where a machine forbids bytecode: most of a start, and far from what units do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


TIMED = (
    "tests/edge/link",
    "tests/edge/rig",
    "tests/edge/safety",
    "tests/edge/unit",
    "tests/edge/update/test_real_update.py",
    "tests/edge/reader",
    "tests/journey",
)
"""Folders and files whose tests hold real processes to bounds in seconds: they run alone."""
UNHURRIED = ("tests/journey/test_hostile_text.py", "tests/chaos/test_chaos.py")
"""What holds nothing to a time."""
LONG = (
    *UNHURRIED, "tests/server/test_schemathesis.py", "tests/edge/door/test_closure.py",
    "tests/server/test_authorisation.py",
)  # fmt: skip
"""What takes minutes begins first: it must not end last (``tools/tests`` keeps this order)."""
PATIENT = (
    *(f"tests/edge/link/test_{name}.py" for name in (
        "certificates", "enrolment", "inbox", "outbox", "policy_damage", "policy_killed",
        "policy_lines", "policy_store", "rights")),
    *(f"tests/edge/reader/test_{name}.py" for name in (
        "chip", "iso14443", "ports", "rc522", "rc522_health")),
    *(f"tests/edge/unit/test_{name}.py" for name in (
        "config", "config_readers", "journal", "journal_damage", "journal_retention",
        "journal_room", "moving", "moving_killed", "moving_store", "passes", "peppers",
        "signed_time", "state_store")),
)  # fmt: skip
"""Of the same folders, what holds nothing to a time either: no unit runs in it."""


PLAIN = (
    "test_api", "test_audit", "test_authorisation", "test_badges", "test_bookings_calendar",
    "test_data_commands", "test_enforcement", "test_enrolment", "test_evacuation",
    "test_explain", "test_explain_truth", "test_exports", "test_floor_plans", "test_floors",
    "test_foresight", "test_guard_accounts", "test_guests", "test_homeassistant", "test_hooks",
    "test_me", "test_me_help", "test_me_sign_in", "test_members", "test_metrics",
    "test_mosquitto_log", "test_operators", "test_operators_command", "test_operators_mail",
    "test_operators_passwords", "test_operators_sign_in", "test_organisations",
    "test_imports", "test_plans_api", "test_policy_plans", "test_schedules",
    "test_schedules_places", "test_sensors",
    "test_setup", "test_spaceapi", "test_timetable_effect",
    "test_adoption", "test_fleet", "test_releases", "test_sdcards", "test_thefts",
    "test_unit_signs",
)  # fmt: skip
"""Tests of rooms that ask any database alike: on PostgreSQL they run with the soaks."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what must not share the machine with other tests (``tools/tests``), and what is long."""
    items.sort(key=lambda item: _name(item.path) not in LONG)
    for item in items:
        path = _name(item.path)
        if path.startswith(TIMED) and path not in UNHURRIED + PATIENT:
            item.add_marker("timed")
        if item.path.stem in PLAIN and _database(item) == "postgres":
            item.add_marker("soak")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give a worker whole files, and one of them all house rules: each parses every module."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class ByFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            house = "tests/house/"
            return house if nodeid.startswith(house) else str(super()._split_scope(nodeid))

    return ByFile(config, log)


def pytest_collection_finish() -> None:
    """Sweep no more through what stays until the end: modules, models and the tests themselves."""
    gc.freeze()
    gc.enable()


@cache
def _name(path: Path) -> str:
    """A file of tests as the lists above name it; it has some twenty tests on average."""
    return path.relative_to(ROOT).as_posix()


def _database(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("database_kind")


@pytest.fixture
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """An empty folder with a short path: a Unix socket's path has 107 bytes at most (unix(7))."""
    folder = Path(tempfile.mkdtemp(prefix="lq-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure: what was not tried must not look as if it had passed."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; mend it, or give it a marker (pyproject)"
    return report
