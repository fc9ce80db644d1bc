"""Four digits as blinks of the board's own light: for whoever stands at a box without a screen.

A long light begins; each digit is so many short ones, with a pause after it. The light is the
green one of a Raspberry Pi, which the kernel shows as a file; where it may not be written, the
code is on the console and in the log all the same.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

LEDS = Path("/sys/class/leds")
NAMES = ("ACT", "led0")
"""As newer and older kernels of Raspberry Pi OS call it."""
LONG, SHORT, GAP, PAUSE = 1.5, 0.25, 0.25, 1.2


def pattern(blinks: str) -> list[tuple[bool, float]]:
    """Return whether it is lit, and for how many seconds, for one round."""
    steps = [(True, LONG), (False, PAUSE)]
    for digit in blinks:
        steps += [(True, SHORT), (False, GAP)] * (int(digit) - 1)
        steps += [(True, SHORT), (False, PAUSE)]
    return steps


class Lamp:
    """Blinks in a thread of its own until it is closed, and then gives the light back."""

    def __init__(self, leds: Path = LEDS) -> None:
        self._folder = next((leds / name for name in NAMES if (leds / name).is_dir()), None)
        self._ended = threading.Event()
        self._changed = threading.Event()
        self._blinks = ""
        self._thread: threading.Thread | None = None

    def show(self, blinks: str) -> None:
        """Blink these digits from now on."""
        if self._folder is None or blinks == self._blinks:
            return
        self._blinks = blinks
        self._changed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lamp", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop, and let the light show again what it showed before."""
        self._ended.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        folder = self._folder
        assert folder is not None
        try:
            before = _trigger(folder)
            (folder / "trigger").write_text("none")
            for lit, seconds in self._steps():
                (folder / "brightness").write_text("1" if lit else "0")
                self._changed.wait(seconds)
            (folder / "trigger").write_text(before)
        except OSError as error:
            log.info("%s: the light cannot blink the code: %s", folder, error)

    def _steps(self) -> Iterator[tuple[bool, float]]:
        while not self._ended.is_set():
            self._changed.clear()
            for step in pattern(self._blinks):
                if self._changed.is_set():
                    break
                yield step


def _trigger(folder: Path) -> str:
    """Return what the light shows now: the word in brackets."""
    with contextlib.suppress(IndexError):
        return (folder / "trigger").read_text().split("[")[1].split("]")[0]
    return "none"
