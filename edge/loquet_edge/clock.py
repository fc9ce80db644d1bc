"""Two clocks: monotonic seconds for timers, UTC with its trust for schedules and the record.

A Pi has no clock at boot. UTC is trusted once the kernel says that it is synchronised. Until
then ``Now.utc`` is a lower bound: the latest time that this unit was ever sure of, kept over
restarts and raised by signed messages, plus what has passed since.

Who answers for the time server may lie. A UTC below what the server has signed is not trusted,
whatever the kernel says. A UTC above it is: such a lie ends with the liar, for it raises only
the bound that counts while the clock is not trusted.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.access.decision import Now
from loquet_contract.ids import BootId
from loquet_contract.wire.events import ClockTrusted, ClockUntrusted

STEP_SECONDS = 2.0
"""A set clock moves at least this far; less is drift."""
SKEW_SECONDS = 300.0
"""How far the server's clock may be ahead of ours; as much as Kerberos allows (RFC 4120)."""
_TIMEX_BYTES = 208
_STATUS_WORD = 10
_STA_UNSYNC = 0x40
_TIME_ERROR = 5
"""adjtimex(2): ``struct timex`` is 208 bytes where long is 64 bits; ``status`` at byte 40."""
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


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
        signed: float = 0.0,
    ) -> None:
        """``floor`` and ``signed`` are what was kept of both; UTC seconds."""
        self._trust, self._wall, self._monotonic = trust, wall, monotonic
        self._floor = max(floor, signed)
        self._signed = signed
        self._floor_at = self._signed_at = monotonic()
        self._offset = wall() - monotonic()
        self.trusted = trust() and not self._behind()

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
        return max(self.now().utc, self.signed)

    @property
    def signed(self) -> float:
        """UTC seconds that are past by the server's word: what to keep as well."""
        return self._signed + self._monotonic() - self._signed_at

    def raise_floor(self, utc: float) -> None:
        """Take in a UTC that the server has signed; an older one changes nothing."""
        if utc > self.signed:
            self._signed, self._signed_at = utc, self._monotonic()
        if not self.trusted and utc > self.now().utc:
            self._floor, self._floor_at = utc, self._monotonic()

    def check(self) -> ClockTrusted | ClockUntrusted | None:
        """Look at the kernel's word again; return what changed, or that the clock was set."""
        monotonic = self._monotonic()
        sure = max(self._offset + monotonic, self.signed)
        """What the clock would say if nobody had set it since it was last looked at."""
        offset = self._wall() - monotonic
        step, self._offset = offset - self._offset, offset
        kernel, behind = self._trust(), self._behind()
        trusted = kernel and not behind
        if trusted and (not self.trusted or abs(step) > STEP_SECONDS):
            if not self.trusted:
                self.trusted = True
            return ClockTrusted(round(step * 1000))
        if self.trusted and not trusted:
            self._floor, self._floor_at = sure, monotonic
            self.trusted = False
            if kernel:
                return ClockUntrusted("the clock is behind what the server has signed")
            return ClockUntrusted("the kernel no longer says that the clock is synchronised")
        return None

    def _behind(self) -> bool:
        return self._wall() < self.signed - SKEW_SECONDS
