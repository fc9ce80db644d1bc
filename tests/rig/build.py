"""Compiles a preload library when its source has changed; run it alone to see them compile."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("loquet_rig.c")
FAULTS = Path(__file__).with_name("loquet_faults.c")
KILL = Path(__file__).with_name("loquet_kill.c")
CACHE = Path(__file__).parents[2] / ".cache" / "rig"


class CompilerMissing(RuntimeError):
    """There is no C compiler; the text says what to install."""


def library(source: Path = SOURCE) -> Path:
    """Path of the compiled library for the source as it is now; raises `CompilerMissing`."""
    parts = sorted(source.parent.glob(f"{source.stem}*.[ch]"))
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    built = CACHE / f"{source.stem}-{digest}.so"
    if built.exists():
        return built
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise CompilerMissing(
            f"no C compiler for tests/rig/{source.name}: apt-get install gcc libc6-dev"
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    # Two runs may compile at once: each writes its own file, and renaming is atomic.
    fresh = CACHE / f"{built.name}.{os.getpid()}"
    command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run([*command, "-o", fresh, source, "-ldl", "-lpthread"], check=True)
    fresh.rename(built)
    return built


if __name__ == "__main__":
    print(library(), library(FAULTS), library(KILL), sep="\n")
