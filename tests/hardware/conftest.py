"""What hangs on the board (``hardware/leads.toml``), and the report of what was found."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from loquet_edge.drivers.lines import GpioLines
from loquet_edge.drivers.ports import InputLine, OutputLine, Pull
from tests.hardware.record import Record, asked_folder, board_name

ROOT = Path(__file__).resolve().parents[2]
NEEDS = ("loop", "reader", "card", "serial", "radar", "wiegand")
RECORD = pytest.StashKey[Record]()


def leads() -> dict[str, Any]:
    """Return the tables of the leads."""
    file = Path(os.environ.get("LEADS") or ROOT / "hardware" / "leads.toml")
    return tomllib.loads(file.read_text("utf-8"))


def _hangs(need: str, wired: dict[str, Any]) -> bool:
    return bool(wired.get("reader", {}).get("card")) if need == "card" else need in wired


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has nothing to try: that is no test that was skipped."""
    wired = leads()
    here = [item for item in items if isinstance(item, pytest.Function)
            and item.path.parent == Path(__file__).parent]  # fmt: skip
    left_out = [
        item
        for item in here
        if any(need in item.fixturenames and not _hangs(need, wired) for need in NEEDS)
    ]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def record(pytestconfig: pytest.Config) -> Record:
    """The report of this run, written when all is done."""
    found = Record(board_name() or "no Raspberry Pi", leads().get("board", {}).get("note", ""))
    pytestconfig.stash[RECORD] = found
    return found


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write the report, and say where it is."""
    found = config.stash.get(RECORD, None)
    # A machine that is no board has nothing to say, unless a folder was asked for.
    if found is not None and (board_name() is not None or os.environ.get("REPORTS")):
        terminalreporter.write_line(f"report: {found.write(asked_folder(ROOT))}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    found = item.config.stash.get(RECORD, None)
    if found is not None and (report.when == "call" or report.failed):
        found.tests[item.name] = report.outcome
    return report


class Header:
    """Lines of the one chip, each given back after the test.

    The chip stays open: gpiozero raises in lgpio's only callback thread when an edge is under way
    while its chip is closed, and every later edge of the process would be lost.
    """

    def __init__(self, chip: GpioLines) -> None:
        self.chip = chip
        self._lent: list[OutputLine | InputLine] = []

    def output(self, name: str, offset: int, *, active_high: bool, active: bool) -> OutputLine:
        """Request an output whose first level ever is ``active``."""
        found = self.chip.output(name, offset, active_high=active_high, initial_active=active)
        self._lent.append(found)
        return found

    def input(
        self, name: str, offset: int, *, high: bool = True, pull: Pull = "none", stable: float = 0.0
    ) -> InputLine:
        """Request an input; ``stable``: seconds for which a level must stand."""
        found = self.chip.input(name, offset, active_high=high, pull=pull, debounce_seconds=stable)
        self._lent.append(found)
        return found

    def close(self) -> None:
        for each in reversed(self._lent):
            each.close()


@pytest.fixture(scope="session")
def chip() -> Iterator[GpioLines]:
    """The board's header."""
    found = GpioLines()
    yield found
    found.close()


@pytest.fixture
def lines(chip: GpioLines, record: Record) -> Iterator[Header]:
    """The lines of the header, given back afterwards."""
    found = Header(chip)
    yield found
    found.close()


@pytest.fixture
def loop() -> tuple[int, int]:
    """A wire from the first line to the second."""
    return leads()["loop"]["output"], leads()["loop"]["input"]


@pytest.fixture
def reader() -> tuple[int, int]:
    """Bus and chip select of an RC522."""
    return leads()["reader"]["bus"], leads()["reader"]["device"]


@pytest.fixture
def card() -> str:
    """The name of the card that lies on the reader."""
    name: str = leads()["reader"]["card"]
    return name


@pytest.fixture
def serial() -> Path:
    """A serial line whose output is joined to its input."""
    return Path(leads()["serial"]["device"])


@pytest.fixture
def radar() -> Path:
    """The serial line of an LD2410."""
    return Path(leads()["radar"]["device"])


@pytest.fixture
def wiegand() -> dict[str, int]:
    """Two lines that play a Wiegand reader, joined to the two that hear it."""
    found: dict[str, int] = leads()["wiegand"]
    return found
