"""An HLK-LD2410 that talks and obeys as its protocol says, on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from loquet_edge.protocols.ld2410 import Envelope, Frames, Target, framed
from loquet_edge.protocols.ld2410_reach import Reach, Word

FRAME_SECONDS = 0.1
Line = Callable[[bytes], bytes]
"""What the wire makes of the radar's bytes."""


def report(target: Target, engineering: bool = False, distance: int = 60) -> bytes:
    """Return a report as the radar sends it; nobody has an echo's distance and energy too."""
    echo = bytes([distance, 0, 30, distance, 0, 30, distance, 0])
    if not engineering:
        return framed(Envelope.REPORT, bytes([0x02, 0xAA, target]) + echo + b"\x55\x00")
    energies = bytes([8, 8]) + bytes(range(18)) + b"\x60\x01"
    return framed(Envelope.REPORT, bytes([0x01, 0xAA, target]) + echo + energies + b"\x55\x00")


class RadarModel:
    """What a radar keeps and answers; ``deaf`` to commands, or ``stubborn``: refuses to write."""

    def __init__(self) -> None:
        self.target = Target.NOBODY
        self.engineering = False
        self.configuring = False
        self.reach = Reach(8, 8, 5)
        self.deaf = False
        self.stubborn = False
        self.writes = 0
        self._frames = Frames()

    def hear(self, data: bytes) -> bytes:
        """Return the replies to these bytes."""
        found = [self._reply(frame.inside) for frame in self._frames.feed(data)]
        return b"" if self.deaf else b"".join(found)

    def talk(self) -> bytes:
        """Return the next report; nothing while commands are taken."""
        return b"" if self.configuring else report(self.target, self.engineering)

    def _reply(self, inside: bytes) -> bytes:
        word = inside[0]
        if word == Word.ENABLE:
            self.configuring = not self.deaf
            return self._answer(word, b"\x00\x00\x01\x00\x40\x00")
        if not self.configuring:
            return self._answer(word, b"\x01\x00")
        if word == Word.END:
            self.configuring = False
        elif word == Word.WRITE:
            return self._write(inside[2:])
        elif word == Word.READ:
            kept = bytes([8, self.reach.moving, self.reach.still]) + bytes(18)
            return self._answer(
                word, b"\x00\x00\xaa" + kept + self.reach.hold.to_bytes(2, "little")
            )
        return self._answer(word, b"\x00\x00")

    def _write(self, value: bytes) -> bytes:
        if self.stubborn:
            return self._answer(Word.WRITE, b"\x01\x00")
        moving, still, hold = (
            int.from_bytes(value[at + 2 : at + 6], "little") for at in (0, 6, 12)
        )
        self.reach, self.writes = Reach(moving, still, hold), self.writes + 1
        return self._answer(Word.WRITE, b"\x00\x00")

    def _answer(self, word: int, value: bytes) -> bytes:
        return framed(Envelope.COMMAND, bytes([word, 1]) + value)


class SimulatedRadar:
    """A radar behind an adapter at ``device``, a link to a pseudo-terminal that can be pulled.

    It talks at each ``turn``; ``start`` gives it a thread of its own for that.
    """

    def __init__(self, device: Path, line: Line = lambda data: data) -> None:
        self.device, self.line, self.model = device, line, RadarModel()
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radar", daemon=True)
        self.plug()

    def start(self) -> None:
        """Talk ten times a second until closed."""
        self._thread.start()

    def turn(self) -> None:
        """Hear what was sent, answer, and say what is seen."""
        with self._lock, contextlib.suppress(OSError):
            if self._ends is not None:
                self._talk(self._ends[0])

    def plug(self) -> None:
        """Put the adapter in: its device is there."""
        with self._lock:
            near, far = pty.openpty()
            tty.setraw(far)
            os.set_blocking(near, False)  # nobody reads: an adapter throws away too
            self._ends = (near, far)
            self.device.symlink_to(os.ttyname(far))

    def unplug(self) -> None:
        """Pull the adapter out: its device is gone, and what was open fails."""
        with self._lock:
            self.device.unlink(missing_ok=True)
            for end in self._ends or ():
                os.close(end)
            self._ends = None

    def close(self) -> None:
        """End for good."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._ends is not None:
            self.unplug()

    def _run(self) -> None:
        while not self._closing.wait(FRAME_SECONDS):
            self.turn()

    def _talk(self, near: int) -> None:
        heard = b""
        if select.select([near], [], [], 0)[0]:
            heard = os.read(near, 4096)
        os.write(near, self.line(self.model.hear(heard) + self.model.talk()))
