"""Two clocks: monotonic seconds for timers, UTC with its trust for schedules and the record.

A Pi has no clock at boot. UTC is trusted once the kernel says that it is synchronised. Until
then ``Now.utc`` is a lower bound: the latest time that this unit was ever sure of, kept over
restarts and raised by signed messages (``signed_time``), plus what has passed since.

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
from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.events import ClockTrusted, ClockUntrusted
from loquet_contract.wire.events_clock import ClockFact
from loquet_edge.signed_time import SKEW_SECONDS, SignedTime

STEP_SECONDS = 2.0
"""A set clock moves at least this far; less is drift."""
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


def network_time() -> ClockSource | None:
    """Return the network as the source of UTC if the kernel follows it, else None."""
    return ClockSource.NETWORK if kernel_synchronised() else None


def boot_id() -> BootId:
    """Return the kernel's id of this boot, as 32 hexadecimal digits."""
    return BootId(_BOOT_ID.read_text("ascii").strip().replace("-", ""))


Told = ClockTrusted | ClockUntrusted | ClockFact
_BEHIND = {
    ClockSource.HARDWARE: "the clock chip is behind what the server has signed",
    ClockSource.CONFIGURED: "the clock that unit.toml says is right is behind what the server"
    " has signed",
}


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
        trust: Callable[[], ClockSource | None],
        floor: float,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        signed: float = 0.0,
        chip_doubt: str = "",
    ) -> None:
        """``trust`` says who answers for UTC now, None for nobody; ``floor`` and ``signed`` are
        what was kept of both; UTC seconds. ``chip_doubt``: why the clock chip, which is to answer
        where the kernel does not, is not believed."""
        self._chip_doubt = chip_doubt
        self._trust, self._wall, self._monotonic = trust, wall, monotonic
        at = monotonic()
        self._words = SignedTime(signed, at)
        # What only repeats the server's word goes with it, should the server take it back.
        self._floor = floor if floor > signed else 0.0
        self._floor_at = at
        self._offset = wall() - at
        self._facts: list[Told] = []
        self._by, self.trusted = trust(), False
        self.trusted = self._by is not None and not self._behind()

    @property
    def source(self) -> ClockSource:
        """By whose word the time is known."""
        if self.trusted and self._by is not None:
            return self._by
        return ClockSource.SIGNED if self._words.ever else ClockSource.NONE

    def now(self) -> Now:
        """Return this instant; an untrusted ``utc`` is a lower bound."""
        monotonic = self._monotonic()
        if self.trusted:
            return Now(monotonic, self._steady(monotonic), True)
        return Now(monotonic, max(self._own(), self._words.claimed(monotonic)), False)

    def stamp(self) -> Stamp:
        """Return this instant for the journal: the best guess of UTC, and whether it is trusted."""
        now = self.now()
        utc = now.utc if now.trusted else max(now.utc, self._wall())
        return Stamp(int(utc * 1000), int(now.monotonic * 1000), now.trusted)

    @property
    def floor(self) -> float:
        """UTC seconds that are past by the unit's own knowledge: what to keep over a restart."""
        return self._steady(self._monotonic()) if self.trusted else self._own()

    @property
    def signed(self) -> float:
        """UTC seconds that are past by the server's word: what to keep as well."""
        return self._words.bound(self._monotonic())

    def raise_floor(self, utc: float, written: int) -> None:
        """Take in a UTC that the server has signed; ``written``: the journal's last entry."""
        self._note(self._words.hear(utc, self._monotonic(), self.floor, written))

    def confirmed(self, sequence: int, utc: float, written: int) -> None:
        """Take in when the server signed that it has the entries up to ``sequence``."""
        self._note(self._words.confirmed(sequence, utc, self._monotonic(), written))
        self.raise_floor(utc, written)

    def check(self) -> list[Told]:
        """Look at who answers for UTC again; return what changed, or that the clock was set."""
        monotonic, wall = self._monotonic(), self._wall()
        sure = self._offset + monotonic
        """What the clock would say if nobody had set it since it was last looked at."""
        step, self._offset = wall - monotonic - self._offset, wall - monotonic
        self._by = self._trust()
        if self._by is not None:
            self._note(self._words.agree(wall, monotonic))
        told, self._facts = self._facts, []
        trusted = self._by is not None and not self._behind()
        if trusted and (not self.trusted or abs(step) > STEP_SECONDS):
            self.trusted = True
            return [*told, ClockTrusted(round(step * 1000))]
        if self.trusted and not trusted:
            self._floor, self._floor_at = sure, monotonic
            self.trusted = False
            return [*told, ClockUntrusted(self._why_not())]
        return told

    def _why_not(self) -> str:
        if self._by is not None:
            return _BEHIND.get(self._by, "the clock is behind what the server has signed")
        why = "the kernel no longer says that the clock is synchronised"
        return f"{why}, and {self._chip_doubt}" if self._chip_doubt else why

    def _steady(self, monotonic: float) -> float:
        """Return UTC; that of a clock which was set only once ``check`` has looked at it.

        It may not deserve trust any more; and by what is sure in a boot, the server places all
        that is not.
        """
        wall, sure = self._wall(), self._offset + monotonic
        return wall if abs(wall - sure) <= STEP_SECONDS else sure

    def _own(self) -> float:
        return self._floor + self._monotonic() - self._floor_at if self._floor else 0.0

    def _behind(self) -> bool:
        """A leap that waits shakes no clock that is trusted, and lets none become so."""
        monotonic = self._monotonic()
        words = self._words
        due = words.bound(monotonic) if self.trusted else words.claimed(monotonic)
        return self._wall() < due - SKEW_SECONDS

    def _note(self, fact: ClockFact | None) -> None:
        if fact is not None:
            self._facts.append(fact)
