"""An environment of its own for each release: made beside the others, whole or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from loquet_edge.update.places import UpdateRefused

SECONDS = 1800.0
"""How long pip may take: a Zero 2 W unpacks slowly."""
MOST_SAID = 600


class Environments:
    """Makes environments with the ``venv`` and ``pip`` of ``python``, from files alone.

    Packages of the system are seen, since Raspberry Pi OS brings lgpio and spidev itself.
    """

    def __init__(self, python: Path | None = None, extras: str = "edge") -> None:
        self._python = python or Path(sys.base_prefix, "bin", "python3")
        self._extras = extras

    def make(self, place: Path, version: str, wheels: Path) -> None:
        """Make ``place``, with that version of loquet in it; raise UpdateRefused."""
        fresh = place.with_name(f".{place.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            self._run("venv", str(self._python), "-m", "venv", "--system-site-packages", fresh)
            self.settle(fresh)
            self._run(
                "pip", str(fresh / "bin" / "python"), "-m", "pip", "install", "--quiet",
                "--no-index", "--disable-pip-version-check", "--find-links", str(wheels),
                f"loquet[{self._extras}]=={version}",
            )  # fmt: skip
            self._rename(fresh, place)
            os.sync()  # soon it is in force for good: a loss of power must find it on the disk
        except (OSError, subprocess.SubprocessError) as error:
            raise UpdateRefused(f"{place}: cannot be made: {error}") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def settle(self, place: Path) -> None:
        """Do what an environment needs before anything is installed in it: nothing, here."""

    def _rename(self, fresh: Path, place: Path) -> None:
        """Give an environment its name; its programs begin with a line that names their Python."""
        for each in (fresh / "bin").iterdir():
            if each.is_symlink() or not each.is_file():
                continue
            text = each.read_bytes()
            if text.startswith(b"#!") and str(fresh).encode() in text:
                each.write_bytes(text.replace(str(fresh).encode(), str(place).encode()))
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)

    def _run(self, what: str, *words: str | Path) -> None:
        done = subprocess.run(
            [str(each) for each in words], capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-MOST_SAID:]
            raise UpdateRefused(f"{what} failed: {said}")
