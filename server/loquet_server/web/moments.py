"""Instants in words, in a space's own time zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from loquet_server.days import instant


@dataclass(frozen=True, slots=True)
class Moments:
    """Formats UTC milliseconds, any, for one language and one time zone."""

    locale: Locale
    zone: ZoneInfo

    def local(self, ms: int) -> datetime:
        """Return an instant in the space's time zone."""
        return instant(ms).astimezone(self.zone)

    def iso(self, ms: int) -> str:
        """Return an instant for a ``datetime`` attribute; whole seconds, UTC."""
        return instant(ms).strftime("%Y-%m-%dT%H:%M:%SZ")

    def clock(self, ms: int) -> str:
        """Return hours and minutes, such as 14:32."""
        return format_time(self.local(ms), "HH:mm", locale=self.locale)

    def exact(self, ms: int) -> str:
        """Return hours, minutes and seconds."""
        return format_time(self.local(ms), "HH:mm:ss", locale=self.locale)

    def day(self, ms: int) -> str:
        """Return the day, such as lundi 16 novembre."""
        return format_date(self.local(ms), f"EEEE {self._number(ms)} MMMM", locale=self.locale)

    def date(self, ms: int) -> str:
        """Return the day with its year, such as 16 novembre 2026: for what may be long past."""
        return format_date(self.local(ms), f"{self._number(ms)} MMMM y", locale=self.locale)

    def near(self, ms: int, now_ms: int) -> str:
        """Return the clock time when it is today, else the day too, and the year if another."""
        then, now = self.local(ms), self.local(now_ms)
        if then.date() == now.date():
            return self.clock(ms)
        pattern = "EEE d MMM HH:mm" if then.year == now.year else "EEE d MMM y HH:mm"
        return format_datetime(then, pattern, locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number with one decimal at most, such as 4,5."""
        return str(format_decimal(round(value, 1), locale=self.locale))

    def _number(self, ms: int) -> str:
        """Return the pattern of the day of the month: in French the first is 1er."""
        return "d'er'" if self.locale.language == "fr" and self.local(ms).day == 1 else "d"
