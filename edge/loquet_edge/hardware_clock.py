"""A clock chip with a battery: believed after a power cut if it was right before.

While the kernel is synchronised it sets the chip every eleven minutes (``rtc_cmos``, ``rtc-ds1307``
and their kin, "11 minute mode"). After so long the unit notes that the chip is right. At the next
start the kernel sets its own clock from the chip; that is trusted where ``unit.toml`` says
``clock = "rtc"``, the note is not older than the battery is good for, and the chip has not gone
back: an empty battery gives 1970 or 2000. The chip is read once, before the door works: a bus
that hangs must not hold a tap.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from loquet_contract.wire.clock import ClockSource

CHIP = Path("/sys/class/rtc/rtc0/since_epoch")
SET_SECONDS = 15 * 60.0
"""The kernel has certainly set the chip after so long; its own period is 11 minutes."""
MOST_SECONDS = 400 * 24 * 3600.0
"""As far as policies reach; a DS3231 (2 ppm) is 70 s off by then."""
AGREE_SECONDS = 5.0
"""The kernel took its time from the chip, in whole seconds, moments ago."""
_NOTE = "rtc_set"


class Notes(Protocol):
    """What the unit remembers over a restart."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...


def read_chip(chip: Path = CHIP) -> float | None:
    """Return the chip's UTC seconds, or None where there is none."""
    try:
        return float(chip.read_text("ascii"))
    except (OSError, ValueError):
        return None


class HardwareClock:
    """Who answers for UTC: the kernel, else a chip that was right before."""

    def __init__(
        self,
        synchronised: Callable[[], bool],
        notes: Notes,
        chip: Callable[[], float | None] = read_chip,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._synchronised, self._notes = synchronised, notes
        self._wall, self._monotonic = wall, monotonic
        self._since: float | None = None
        self.why_not = self._doubt(chip())
        """Why the chip is not believed; empty if it is."""

    def __call__(self) -> ClockSource | None:
        """Return by whom UTC is to be trusted now; None: by nobody."""
        if not self._synchronised():
            self._since = None
            return None if self.why_not else ClockSource.HARDWARE
        now = self._monotonic()
        if self._since is None:
            self._since = now
        elif now - self._since >= SET_SECONDS:
            self._since = now
            self._notes.put(_NOTE, str(int(self._wall())))
        return ClockSource.NETWORK

    def _doubt(self, chip: float | None) -> str:
        if chip is None:
            return f"there is no clock chip: {CHIP} cannot be read"
        try:
            noted = float(self._notes.get(_NOTE) or "")
        except ValueError:
            return "the clock chip was never set while the clock was synchronised"
        if chip < noted:
            return "the clock chip has gone back: its battery is empty"
        if chip - noted > MOST_SECONDS:
            return "the clock chip was set too long ago"
        if abs(chip - self._wall()) > AGREE_SECONDS:
            return "the clock was not set from the clock chip"
        return ""
