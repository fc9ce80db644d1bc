"""Where releases lie, which one is in force, and what was begun before a loss of power.

/opt/loquet                     a link to the release in force
/opt/loquet-releases/0.2.0/     a release: an environment of its own
/opt/loquet-releases/wheels/    what was fetched
/opt/loquet-releases/trial.json a release that is being tried, and the one before it
/opt/loquet-releases/judge      a link to the one before it: it judges, for a broken one cannot
"""

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.errors import EdgeError
from loquet_edge.identity import write_private


class UpdateRefused(EdgeError):
    """A release is not taken; the message says why, and what the unit runs now."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A release that was swapped in and has not proven itself; ``wrong``: before it, already."""

    version: str
    previous: str
    since: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """``link`` points at the release in force, a folder in ``releases``."""

    link: Path
    releases: Path

    def environment(self, version: str) -> Path:
        """Return the folder of a release."""
        return self.releases / version

    def wheels(self, version: str) -> Path:
        """Return the folder of what was fetched of a release."""
        return self.releases / "wheels" / version

    def program(self, version: str) -> Path:
        """Return a release's own ``loquet-edge``."""
        return self.environment(version) / "bin" / "loquet-edge"

    def in_force(self) -> str:
        """Return the version in force; raise UpdateRefused if the unit was not installed so."""
        target = self.link.resolve()
        if not self.link.is_symlink() or target.parent != self.releases.resolve():
            raise UpdateRefused(
                f"{self.link}: is not a link to a release in {self.releases}; install this unit"
                " once more with firmware_config/install.sh, and it can be updated"
            )
        return target.name

    def swap(self, version: str) -> None:
        """Let another release be in force, at once and whole, kept over a loss of power."""
        self._point(self.link, version)

    def begin(self, trial: Trial) -> None:
        """Remember that a release is about to be tried, and who is to judge it after a cut."""
        self._point(self._judge, trial.previous)
        plain = {
            "version": trial.version, "previous": trial.previous, "since": trial.since,
            "wrong": list(trial.wrong),
        }  # fmt: skip
        write_private(self._trial, json.dumps(plain) + "\n")

    def trial(self) -> Trial | None:
        """Return the release that is being tried; None if none is."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._trial.read_text("utf-8"))
            return Trial(
                str(kept["version"]), str(kept["previous"]), int(kept["since"]),
                tuple(map(str, kept["wrong"])),
            )  # fmt: skip
        return None

    def end(self) -> None:
        """Forget the trial: it is over."""
        self._trial.unlink(missing_ok=True)
        self._judge.unlink(missing_ok=True)
        _settle(self.releases)

    def tidy(self, *keep: str) -> None:
        """Remove releases other than these, and all that was fetched."""
        shutil.rmtree(self.releases / "wheels", ignore_errors=True)
        for each in self.releases.iterdir():
            if each.is_dir() and not each.is_symlink() and each.name not in keep:
                shutil.rmtree(each, ignore_errors=True)

    def _point(self, link: Path, version: str) -> None:
        """Let a link point at a release, at once and whole, kept over a loss of power."""
        fresh = link.with_name(f".{link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.environment(version))
        fresh.replace(link)
        _settle(link.parent)

    @property
    def _trial(self) -> Path:
        return self.releases / "trial.json"

    @property
    def _judge(self) -> Path:
        return self.releases / "judge"


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
