"""A rig: one simulated board, and the environment that makes a process's devices lead to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from loquet_edge.simulation.board import Board
from loquet_edge.simulation.board_server import BoardServer, attach_reader
from loquet_edge.simulation.control import BoardControl
from tests.rig.build import library

WAIT_SECONDS = 20.0


class Rig:
    """Starts processes on a board and lets a test see what they do to it."""

    def __init__(self, server: BoardServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.control = BoardControl(server.path)
        self.preload = [library()]
        """What is laid over libc in each process, the first one on top."""
        self.more: dict[str, str] = {}
        """What else stands in the environment of each process."""
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """For a subprocess: this process's own, the preload library, the board's socket."""
        return {
            **os.environ,
            "LD_PRELOAD": ":".join(map(str, self.preload)),
            "LOQUET_RIG_SOCKET": str(self.server.path),
            "PYTHONWARNINGS": "error",
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }

    def start(self, *command: str | Path, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start a process on this rig, its words in a pipe or elsewhere; it ends with the rig."""
        process = subprocess.Popen(
            [str(word) for word in command],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=output,
            text=True,
        )
        self._processes.append(process)
        return process

    def python(self, source: str) -> subprocess.Popen[str]:
        """Start a Python process that runs `source`."""
        return self.start(sys.executable, "-c", source)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Return as soon as `condition()`, looked at after each change of the board; else fail."""
        with contextlib.closing(self.control.watch(timeout=WAIT_SECONDS)) as changes:
            try:
                while next(changes) and not condition():
                    pass
            except TimeoutError:
                raise AssertionError(
                    f"never came: {what}; the board is {self.control.snapshot()}"
                ) from None

    def level(self, line: int | str) -> int:
        """The level of a line now."""
        return int(self.control.read_line(line)["level"])

    def wait_level(self, line: int | str, level: int) -> None:
        self.wait_for(lambda: self.level(line) == level, f"line {line} at {level}")

    def output_levels(self, line: int | str) -> list[int]:
        """Every level that the line was driven to, oldest first."""
        history = self.control.line_history(line)
        return [record["level"] for record in history if record["direction"] == "output"]

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
        self.control.close()


@contextlib.contextmanager
def a_rig(*, strict_gpiod: bool = False, readers: tuple[str, ...] = ()) -> Iterator[Rig]:
    """A rig for the length of a `with` block; readers as `NAME` or `NAME=BUS.DEVICE`."""
    # A Unix socket's path has 107 bytes at most, so not under a test's own long folder.
    with tempfile.TemporaryDirectory(prefix="rig-") as folder:
        board = Board(strict_gpiod=strict_gpiod)
        for spec in readers:
            attach_reader(board, spec)
        server = BoardServer(board, Path(folder) / "board.sock")
        server.start()
        rig = Rig(server, Path(folder))
        try:
            yield rig
        finally:
            rig.close()
            server.stop()
