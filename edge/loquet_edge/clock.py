"""Two clocks: monotonic seconds for timers, UTC with its trust for schedules and the record.

A Pi has no clock at boot. UTC is trusted once the kernel says that it is synchronised. Until
then ``Now.utc`` is a lower bound: the latest time that this unit was ever sure of, kept over
restarts and raised by signed messages, plus what has passed since.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loquet_contract.access.decision import Now
from loquet_contract.ids import BootId
from loquet_contract.wire.events import ClockTrusted, ClockUntrusted

STEP_SECONDS = 2.0
"""A set clock moves at least this far; less is drift."""
_TIMEX_BYTES = 208
_STATUS_WORD = 10
_STA_UNSYNC = 0x40
_TIME_ERROR = 5
"""adjtimex(2): ``struct timex`` is 208 bytes where long is 64 bits; ``status`` at byte 40."""
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What the unit asks of time."""

    def now(self) -> Now: ...


def kernel_synchronised() -> bool:
    """Return whether the kernel, or systemd-timesyncd, says that UTC is right."""
    timex = (ctypes.c_int * (_TIMEX_BYTES // 4))()
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.byref(timex))
    if state >= 0 and state != _TIME_ERROR and not timex[_STATUS_WORD] & _STA_UNSYNC:
        return True
    return _SYNCHRONIZED.exists()


def boot_id() -> BootId:
    """Return the kernel's id of this boot, as 32 hexadecimal digits."""
    return BootId(_BOOT_ID.read_text("ascii").strip().replace("-", ""))


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a fact happened, as the journal keeps it; whole milliseconds."""

    utc: int
    monotonic: int
    trusted: bool


class UnitClock:
    """The unit's clock; ``check`` is to be called about once a second."""

    def __init__(
        self,
        trust: Callable[[], bool],
        floor: float,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trust, self._wall, self._monotonic = trust, wall, monotonic
        self._floor, self._floor_at = floor, monotonic()
        self._offset = wall() - monotonic()
        self.trusted = trust()

    def now(self) -> Now:
        """Return this instant; an untrusted ``utc`` is a lower bound."""
        monotonic = self._monotonic()
        if self.trusted:
            return Now(monotonic, self._wall(), True)
        return Now(monotonic, self._floor + monotonic - self._floor_at, False)

    def stamp(self) -> Stamp:
        """Return this instant for the journal: the best guess of UTC, and whether it is trusted."""
        now = self.now()
        utc = now.utc if now.trusted else max(now.utc, self._wall())
        return Stamp(int(utc * 1000), int(now.monotonic * 1000), now.trusted)

    @property
    def floor(self) -> float:
        """UTC seconds that are certainly past: what to keep over a restart."""
        return self.now().utc

    def raise_floor(self, utc: float) -> None:
        """Take in a UTC that somebody trustworthy has signed; older than now changes nothing."""
        if not self.trusted and utc > self.now().utc:
            self._floor, self._floor_at = utc, self._monotonic()

    def check(self) -> ClockTrusted | ClockUntrusted | None:
        """Look at the kernel's word again; return what changed, or that the clock was set."""
        before = self.now()
        offset = self._wall() - self._monotonic()
        step = offset - self._offset
        trusted, self._offset = self._trust(), offset
        if trusted and (not self.trusted or abs(step) > STEP_SECONDS):
            if not self.trusted:
                self.trusted = True
            return ClockTrusted(round(step * 1000))
        if self.trusted and not trusted:
            self._floor, self._floor_at = before.utc, before.monotonic
            self.trusted = False
            return ClockUntrusted("the kernel no longer says that the clock is synchronised")
        return None
