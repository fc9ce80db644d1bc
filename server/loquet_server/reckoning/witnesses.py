"""What units' clocks say, as far as they are worth asking. Pure: instants are given.

A unit is a witness while a time server or a clock chip answers for its clock. It stays one when
it trusts its clock no longer: a server whose clock is ahead has just talked it out of it.
"""

from dataclasses import dataclass, replace
from statistics import median_low
from typing import Final

from loquet_contract.wire.clock import ClockSource
from loquet_server.reckoning.judgement import TOLERANCE_MS

SILENT_SECONDS: Final = 300.0
"""A unit says how it is every five seconds: who is silent for so long is asked no more."""
_WITNESSES: Final = frozenset({ClockSource.NETWORK, ClockSource.HARDWARE})
"""Not what a configuration alone says is right: nobody looks after such a clock."""


@dataclass(frozen=True, slots=True)
class _Word:
    """``offset``: UTC less instant, milliseconds, of its last trusted word; ``at``: of its last."""

    offset: int
    at: float


class Witnesses:
    """The words of all units. ``instant``: seconds that no setting of a clock moves."""

    def __init__(self) -> None:
        self._words: dict[str, _Word] = {}

    def heard(self, unit: str, utc: int, source: str | None, instant: float) -> None:
        """Take what a unit says now: its clock (UTC milliseconds), and who answers for it."""
        before = self._words.get(unit)
        if source in _WITNESSES:
            self._words[unit] = _Word(utc - int(instant * 1000), instant)
        elif before is not None:
            self._words[unit] = replace(before, at=instant)

    def gone(self, unit: str) -> None:
        """Forget a unit that is not there any more: its last word may have waited for us."""
        self._words.pop(unit, None)

    def agreed(self, instant: float, units: int) -> tuple[int, int] | None:
        """Return what most of them say (UTC milliseconds), and how many; None if too few do.

        ``units``: how many there are; one alone counts only where there is no other.
        """
        there = {
            unit: word for unit, word in self._words.items() if instant - word.at <= SILENT_SECONDS
        }
        self._words = there
        if not there:
            return None
        offsets = [word.offset for word in there.values()]
        middle = median_low(offsets)
        count = sum(abs(each - middle) <= TOLERANCE_MS for each in offsets)
        if count * 2 <= len(offsets) or count < min(2, max(units, 1)):
            return None
        return middle + int(instant * 1000), count
