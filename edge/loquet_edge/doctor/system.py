"""What a look may ask of the computer: files under a root, and a few programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM_SECONDS = 5.0


def run_program(*words: str) -> str | None:
    """Return what a program prints; None if it is not there or fails."""
    if shutil.which(words[0]) is None:
        return None
    try:
        found = subprocess.run(
            words, capture_output=True, timeout=PROGRAM_SECONDS, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return found.stdout


@dataclass(frozen=True, slots=True)
class System:
    """A computer; a test gives a tree of files of its own."""

    root: Path = Path("/")
    program: Callable[..., str | None] = field(default=run_program)

    def path(self, name: str) -> Path:
        """Return where ``name`` (absolute) lies."""
        return self.root / name.lstrip("/")

    def text(self, name: str) -> str | None:
        """Return the text of a file, without white space around; None if it cannot be read."""
        try:
            return self.path(name).read_text("utf-8", "replace").strip("\0 \n\t")
        except OSError:
            return None

    def usable(self, name: str) -> bool:
        """Whether a device is there, and may be read and written."""
        return os.access(self.path(name), os.R_OK | os.W_OK)

    def found(self, folder: str, pattern: str) -> list[Path]:
        """Return the files of a folder that fit, in order; none where there is no folder."""
        return sorted(self.path(folder).glob(pattern))

    @property
    def is_pi(self) -> bool:
        """Whether this is a Raspberry Pi."""
        return "Raspberry Pi" in (self.text("/proc/device-tree/model") or "")
