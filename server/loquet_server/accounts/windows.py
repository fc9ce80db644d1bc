"""Accounting windows and days of a site around an instant."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from loquet_server.days import zone
from loquet_server.hours import periods

MINUTES = 60


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How a site counts: its zone, and the minutes after midnight of cut-off and half-day."""

    timezone: str
    day_starts: int
    half_day_at: int

    def date_of(self, utc: int) -> date:
        """Return the accounting day around an instant (UTC seconds)."""
        return date.fromisoformat(periods.local_day(utc, self.timezone, self.day_starts))

    def window(self, name: str, utc: int) -> tuple[int, int]:
        """Return start and end (UTC seconds) of the week or month around an instant."""
        day = self.date_of(utc)
        if name == "week":
            first = day - timedelta(day.weekday() + 7)
            starts = periods.weeks(self.timezone, self.day_starts, first, 4)
        else:
            first = (day.replace(day=1) - timedelta(1)).replace(day=1)
            starts = periods.months(self.timezone, self.day_starts, first, 4)
        at = bisect_right(starts, utc)
        return starts[at - 1], starts[at]

    def day(self, utc: int) -> tuple[int, int]:
        """Return start and end (UTC seconds) of the accounting day around an instant."""
        first = self.date_of(utc) - timedelta(1)
        starts = periods.days(self.timezone, self.day_starts, first, 4)
        at = bisect_right(starts, utc)
        return starts[at - 1], starts[at]

    def month(self, text: str) -> tuple[int, int]:
        """Return start and end (UTC seconds) of a month such as 2026-11; raise ValueError."""
        first = date.fromisoformat(f"{text}-01")
        start, end = periods.months(self.timezone, self.day_starts, first, 2)[:2]
        return start, end

    def half(self, utc: int) -> str:
        """Return am or pm: the half of the day that begins at an instant."""
        local = datetime.fromtimestamp(utc, UTC).astimezone(zone(self.timezone))
        return "am" if _after_cut_off(local, self) < self._half_length else "pm"

    @property
    def _half_length(self) -> int:
        return (self.half_day_at - self.day_starts) % (24 * MINUTES)


def _after_cut_off(local: datetime, clockwork: Clockwork) -> int:
    return (local.hour * MINUTES + local.minute - clockwork.day_starts) % (24 * MINUTES)
