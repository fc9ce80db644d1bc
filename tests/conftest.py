"""What every test may ask for; and a test that is skipped has failed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


TIMED = (
    "tests/edge/link",
    "tests/edge/rig",
    "tests/edge/unit",
    "tests/edge/reader",
    "tests/journey",
)
"""Folders whose tests hold real processes to bounds in seconds: they run alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what must not share the machine with other tests (``tools/tests``)."""
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(TIMED):
            item.add_marker("timed")


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
