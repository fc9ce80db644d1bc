"""Compiles the preload library when its source has changed; run it alone to see it compile."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("loquet_rig.c")
CACHE = Path(__file__).parents[2] / ".cache" / "rig"


class CompilerMissing(RuntimeError):
    """There is no C compiler; the text says what to install."""


def library() -> Path:
    """Path of the compiled library for the source as it is now; raises `CompilerMissing`."""
    parts = sorted(SOURCE.parent.glob("loquet_rig*.[ch]"))
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    built = CACHE / f"loquet_rig-{digest}.so"
    if built.exists():
        return built
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise CompilerMissing(
            "no C compiler for tests/rig/loquet_rig.c: apt-get install gcc libc6-dev"
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    # Two runs may compile at once: each writes its own file, and renaming is atomic.
    fresh = CACHE / f"{built.name}.{os.getpid()}"
    command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run([*command, "-o", fresh, SOURCE, "-ldl", "-lpthread"], check=True)
    fresh.rename(built)
    return built


if __name__ == "__main__":
    print(library())
