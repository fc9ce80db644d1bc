"""Run a command that dies with its parent: ``python -m loquet_server.leash PARENT COMMAND ...``.

A server that is killed with SIGKILL can clean up nothing, so the kernel does: prctl(2),
PR_SET_PDEATHSIG. The signal survives execve(2).
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str]) -> list[str]:
    """Return the command that runs ``command`` and ends it when this process ends."""
    return [sys.executable, "-m", __name__, str(os.getpid()), *command]


def main() -> None:
    """Tie this process to its parent, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before we were tied to it
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
