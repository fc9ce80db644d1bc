"""Falling edges of a line with the time at which the kernel saw each, through lgpio.

Not through gpiozero: its pins tell that a line *is* active, with the time at which Python came to
look, debounce by dropping what is shorter than their period, and hold back an edge that returned
within it. A bit of a Wiegand reader is over after 50 microseconds. lgpio gives every edge that the
kernel queued, with the kernel's own monotonic time, and the lines are asked for through the one
handle that all lines of the process have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from loquet_edge.drivers.lines import GpioLines, explained
from loquet_edge.drivers.ports import Pull

log = logging.getLogger(__name__)

Fell = Callable[[int], None]
"""Hears the time of a falling edge, monotonic nanoseconds, on lgpio's thread."""


class PulseLine(Protocol):
    """An input whose falling edges are told."""

    @property
    def low(self) -> bool:
        """The level now."""

    def close(self) -> None:
        """Give the line back."""


class GpioPulseLine:
    """A line of a real chip, asked for when it is made; raises `LineError`."""

    def __init__(self, lines: GpioLines, name: str, offset: int, pull: Pull, fell: Fell) -> None:
        import lgpio

        self._handle, self._offset, self._name = lines.handle, offset, name
        self._lgpio: Any = lgpio
        bias = {
            "up": lgpio.SET_PULL_UP, "down": lgpio.SET_PULL_DOWN, "none": lgpio.SET_PULL_NONE,
        }[pull]  # fmt: skip
        with explained(name, offset):
            lgpio.gpio_claim_alert(self._handle, offset, lgpio.FALLING_EDGE, bias)
            self._callback = lgpio.callback(
                self._handle, offset, lgpio.FALLING_EDGE, _guarded(name, fell)
            )

    @property
    def low(self) -> bool:
        with explained(self._name, self._offset):
            return int(self._lgpio.gpio_read(self._handle, self._offset)) == 0

    def close(self) -> None:
        self._callback.cancel()
        with explained(self._name, self._offset):
            self._lgpio.gpio_free(self._handle, self._offset)


def _guarded(name: str, fell: Fell) -> Callable[[int, int, int, int], None]:
    def heard(_chip: int, _line: int, level: int, nanoseconds: int) -> None:
        try:
            if level == 0:
                fell(nanoseconds)
        except Exception:
            # Outermost loop of a line: what leaves here would end lgpio's only callback
            # thread and silence every exit button of the unit.
            log.exception("the listener of line %s raised; the line goes on", name)

    return heard
