"""What the hardware tests found, as the report that ``hardware/confirmed.md`` is made of."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

MODEL = Path("/proc/device-tree/model")


def board_name() -> str | None:
    """Return what the board calls itself; None on what is no Raspberry Pi, or a simulated one."""
    if "LOQUET_RIG_SOCKET" in os.environ:
        return None
    try:
        found = MODEL.read_text("utf-8").strip("\0 \n")
    except OSError:
        return None
    return found if found.startswith("Raspberry Pi") else None


def patience() -> float:
    """Return by how much times are stretched: a simulated board shares its machine with others."""
    return 1.0 if board_name() is not None else 8.0


@dataclass(slots=True)
class Record:
    """One run: each test's outcome, the figures that it measured, and what it confirmed."""

    board: str
    note: str = ""
    tests: dict[str, str] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)
    confirmed: list[dict[str, str]] = field(default_factory=list)

    def measure(self, name: str, value: float) -> None:
        """Keep a figure; its name ends in its unit."""
        self.measured[name] = round(value, 3)

    def confirm(self, kind: str, name: str) -> None:
        """Say that hardware of this name works; kind: board, reader, card, sensor or lock."""
        self.confirmed.append({"kind": kind, "name": name})

    def as_report(self, day: datetime) -> dict[str, Any]:
        """Return what is written. What failed confirms nothing."""
        failed = [name for name, outcome in self.tests.items() if outcome != "passed"]
        return {
            "board": self.board,
            "note": self.note,
            "date": day.date().isoformat(),
            "loquet": version("loquet"),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
            "tests": dict(sorted(self.tests.items())),
            "measured": dict(sorted(self.measured.items())),
            "confirmed": [] if failed else self.confirmed,
        }

    def write(self, folder: Path, day: datetime | None = None) -> Path:
        """Write the report, and return its file."""
        day = day or datetime.now(UTC)
        name = re.sub(r"[^a-z0-9]+", "-", self.board.lower()).strip("-")
        file = folder / f"{name}-{day.date().isoformat()}.json"
        folder.mkdir(parents=True, exist_ok=True)
        report = json.dumps(self.as_report(day), indent=2, ensure_ascii=False)
        file.write_text(report + "\n", "utf-8")
        return file


def asked_folder(root: Path) -> Path:
    """Return where reports go: ``REPORTS``, or the repository's own folder."""
    return Path(os.environ.get("REPORTS") or root / "hardware" / "reports")
