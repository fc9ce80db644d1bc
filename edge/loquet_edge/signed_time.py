"""What the server has signed about the time: a bound below it, and a leap that waits.

A word is a lower bound: whoever holds the network may hold it back, and so gets no more than by
silence. The bound is kept over a restart, and no older word lowers it.

But the server's own clock may have been wrong. Two rules keep that from lasting:

* A word far ahead of all that the unit is sure of is a *leap*. It is not taken until another
  source agrees: the kernel's or the chip's clock, or the server itself a day later. Meanwhile it
  does not shake a clock that is trusted, lets none become trusted that is behind it, and is a
  lower bound while there is none: a unit that was off for a year revives no right that has ended.
* The server takes back what it said by a lower word that is certainly newer: one that confirms an
  entry of the journal that was not written yet at an instant of ours. So it was signed later than
  that instant, however late it comes; if it is below what the bound was then, the server's clock
  was set back. Nobody on the network can make such a word, nor an old one look like it.

A unit that has never known the time believes the first word, as it believed who let it in.
"""

from dataclasses import dataclass

from loquet_contract.ids import JournalId
from loquet_contract.wire.events_clock import ClockFact, ServerTimeDoubted, ServerTimeSettled

SKEW_SECONDS = 300.0
"""How far the server's clock may be ahead of ours; as much as Kerberos allows (RFC 4120)."""
LEAP_SECONDS = 30 * 24 * 3600.0
"""Further ahead is a leap: longer than a space is closed in summer, shorter than most rights."""
REPEAT_SECONDS = 24 * 3600.0
"""The server must say the same for so long: a day for people to see to a wrong clock."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A UTC, and the monotonic instant at which it was past; seconds."""

    utc: float
    at: float

    def now(self, monotonic: float) -> float:
        """Return what is past by now."""
        return self.utc + monotonic - self.at


@dataclass(frozen=True, slots=True)
class Entry:
    """The last entry of the journal at a monotonic instant, in seconds."""

    sequence: int
    at: float


@dataclass(frozen=True, slots=True)
class Heard:
    """When the server signed that it has a journal's entries up to ``sequence``; UTC seconds."""

    journal: JournalId
    sequence: int
    utc: float


def newest(known: Heard | None, heard: Heard) -> Heard:
    """Return the newer of two: of one journal, the one that confirms more, whatever its time."""
    if known is None or known.journal != heard.journal:
        return heard
    return max(known, heard, key=lambda each: (each.sequence, each.utc))


class SignedTime:
    """The server's words. ``monotonic`` is this instant, in all that it is given."""

    def __init__(self, kept: float, monotonic: float) -> None:
        """``kept``: the bound as it was before a restart, 0 if there was none; UTC seconds."""
        self._bound = Mark(kept, monotonic)
        self._leap: Mark | None = None
        self._entry: Entry | None = None
        """Never from before the highest word was heard; None until that can be said."""
        self.ever = kept > 0
        """Whether the server was ever heard."""

    def bound(self, monotonic: float) -> float:
        """Return UTC seconds that are past by the server's word: what to keep over a restart."""
        return self._bound.now(monotonic)

    def claimed(self, monotonic: float) -> float:
        """Return the bound with a leap that waits, if there is one."""
        leap = self._leap
        return self.bound(monotonic) if leap is None else leap.now(monotonic)

    def hear(self, utc: float, monotonic: float, known: float, written: int) -> ClockFact | None:
        """Take in a word. ``known``: UTC that the unit is sure of without the server, 0 for none;
        ``written``: the last entry of its journal, 0 while that cannot be read."""
        bound = self.bound(monotonic)
        if utc <= bound:
            return None
        if not (known or self.ever) or utc <= max(known, bound) + LEAP_SECONDS:
            self._bound, self.ever = Mark(utc, monotonic), True
            self._note(written, monotonic)
            return None
        if self._leap is None or utc > self.claimed(monotonic) + SKEW_SECONDS:
            fresh = self._leap is None
            self._leap = Mark(utc, monotonic)
            self._note(written, monotonic)
            found = ServerTimeDoubted(int(utc * 1000), int(max(known, bound) * 1000))
            return found if fresh else None
        if utc < self.claimed(monotonic) - SKEW_SECONDS:
            return None
        if monotonic - self._leap.at < REPEAT_SECONDS:
            return None
        self._note(written, monotonic)
        return self._settled(utc, monotonic)

    def confirmed(
        self, sequence: int, utc: float, monotonic: float, written: int
    ) -> ClockFact | None:
        """Take back what is above a word that confirms entries up to ``sequence``, if it may."""
        entry = self._entry
        if entry is None or sequence > entry.sequence:
            self._note(written, monotonic)
        if entry is None or sequence <= entry.sequence:
            return None
        if utc >= self.claimed(entry.at) - SKEW_SECONDS:
            return None
        doubted = self._leap is not None
        self._leap = None
        if utc < self.bound(entry.at) - SKEW_SECONDS:
            self._bound = Mark(utc, monotonic)
        return ServerTimeSettled(taken=False) if doubted else None

    def agree(self, utc: float, monotonic: float) -> ClockFact | None:
        """Let a clock that is not the server's speak for a leap; its UTC seconds."""
        if self._leap is None or utc < self.claimed(monotonic) - SKEW_SECONDS:
            return None
        return self._settled(self.claimed(monotonic), monotonic)

    def _settled(self, utc: float, monotonic: float) -> ClockFact:
        self._leap = None
        self._bound, self.ever = Mark(utc, monotonic), True
        return ServerTimeSettled(taken=True)

    def _note(self, written: int, monotonic: float) -> None:
        self._entry = Entry(written, monotonic) if written else None
