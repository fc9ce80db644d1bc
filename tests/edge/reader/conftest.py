"""The public `mfrc522` packages, each in a folder of its own that no other test sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".cache" / "mfrc522-env"
FAKES = Path(__file__).parent / "fakes"
PACKAGES = {"mfrc522": "0.0.7", "mfrc522-python": "0.0.9"}


@pytest.fixture(scope="session", params=PACKAGES.items(), ids=lambda item: "-".join(item))
def mfrc522_folder(request: pytest.FixtureRequest) -> Path:
    """A folder with one package and nothing that it depends on; installed once, then kept."""
    name, version = request.param
    folder = CACHE / f"{name}-{version}"
    if not folder.exists():
        # install beside and rename: a run that was cut short leaves no half folder
        half = folder.with_suffix(f".{os.getpid()}")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        wanted = ["--no-deps", "--target", str(half), f"{name}=={version}"]
        subprocess.run([*pip, *wanted], check=True, timeout=100)
        try:
            half.rename(folder)
        except OSError:
            shutil.rmtree(half)
    return folder


@pytest.fixture
def run_stage() -> Stager:
    return Stager()


class Stager:
    """Runs `package_stage` with the fakes and the given folders before everything installed."""

    def __call__(self, *arguments: str, folder: Path | None = None) -> str:
        path = [FAKES, *([folder] if folder else []), ROOT]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        done = subprocess.run(
            [sys.executable, "-m", "tests.edge.reader.package_stage", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
