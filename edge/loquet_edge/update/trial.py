"""Whether a release works here: its own doctor before it is in force, and the unit afterwards."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from loquet_edge import inspection
from loquet_edge.config import UnitConfig

DOCTOR_SECONDS = 180.0
TRIAL_SECONDS = 180.0
"""How long a release may take to work after it was started: modem, broker and clock included."""
QUIET_SECONDS = 3600.0
"""How long to wait for a moment in which nobody passes."""
_LOOK_SECONDS = 2.0


class Unit(Protocol):
    """The running unit, as an update needs it."""

    def restart(self) -> None:
        """Start the processes anew, from the release in force."""

    def wrong(self, program: Path) -> frozenset[str]:
        """Return what the doctor of a release finds wrong now."""

    def runs(self) -> tuple[str, bool]:
        """Return which version answers, empty for none, and whether nobody passes."""


class ThisUnit:
    """The unit on this machine; ``command`` starts its processes anew."""

    def __init__(self, config: UnitConfig, file: Path, command: tuple[str, ...]) -> None:
        self._config, self._file, self._command = config, file, command

    def restart(self) -> None:
        subprocess.run(self._command, check=False, timeout=DOCTOR_SECONDS)

    def wrong(self, program: Path) -> frozenset[str]:
        words = [str(program), "doctor", "--json", "--config", str(self._file)]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False
            )
            found = json.loads(done.stdout)["findings"]
            return frozenset(
                f"{each['code']} {each['subject']}".strip()
                for each in found
                if each["verdict"] == "bad"
            )
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
            return frozenset({f"{program} cannot look ({type(error).__name__})"})

    def runs(self) -> tuple[str, bool]:
        try:
            said = inspection.ask(self._config.run, op="state")
        except OSError:
            return "", True
        return str(said.get("software", "")), bool(said.get("at_rest", True))


def wait_quiet(unit: Unit, seconds: float) -> bool:
    """Wait until nobody passes; False if that did not come."""
    return _wait(lambda: unit.runs()[1], seconds)


def wait_works(
    unit: Unit, version: str, program: Path, known: frozenset[str], seconds: float
) -> str:
    """Return what is wrong with the release that was started; empty if it works.

    ``known`` was wrong before it, so it is not held against it.
    """
    last = f"{version} does not answer"

    def works() -> bool:
        nonlocal last
        answers, _ = unit.runs()
        if answers != version:
            last = f"{answers or 'nobody'} answers, not {version}"
            return False
        new = unit.wrong(program) - known
        last = ", ".join(sorted(new))
        return not new

    return "" if _wait(works, seconds) else last


def _wait(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= end:
            return False
        time.sleep(min(_LOOK_SECONDS, seconds / 20))
    return True
