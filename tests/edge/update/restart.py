"""``python -m tests.edge.update.restart PIDFILE PROGRAM CONFIG``: what systemd is to a unit."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(pid_file: Path, program: str, config: str) -> None:
    stop(pid_file)
    started = subprocess.Popen(
        [program, "run", "--config", config],
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    pid_file.write_text(str(started.pid))


def stop(pid_file: Path) -> None:
    """End what was started, and wait for it."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 20
        while _lives(pid) and time.monotonic() < end:
            time.sleep(0.05)


def _lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
