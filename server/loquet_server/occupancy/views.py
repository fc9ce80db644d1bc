"""What the page of the history shows: numbers as people write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from loquet_server.days import instant, zone
from loquet_server.occupancy.figures import Figures, Peak, change
from loquet_server.occupancy.periods import Period
from loquet_server.timetable.space import Space
from loquet_server.web.i18n import N_, Translations

TOO_LITTLE = 0.5
"""Below this part of the open hours, what is known says little."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number beside the one that it is compared with; ``change`` in words."""

    name: str
    now: str
    before: str = ""
    change: str = ""
    up: bool | None = None


class Wording:
    """Writes numbers and days for one space and one language."""

    def __init__(self, space: Space) -> None:
        self.texts: Translations = space.texts
        self.locale = space.texts.locale
        self.zone = zone(space.site.timezone)

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number; a dash for none."""
        if value is None:
            return "–"
        return str(format_decimal(round(value, digits if value < 100 else 0), locale=self.locale))

    def percent(self, part: float | None) -> str:
        """Return a part in percent; a dash for none."""
        return "–" if part is None else str(format_percent(part, locale=self.locale))

    def change(self, value: float | None) -> str:
        """Return by how much something has grown, with its sign; a dash for none."""
        if value is None:
            return "–"
        sign = "+" if round(value, 2) > 0 else "−" if round(value, 2) < 0 else "±"
        return f"{sign}{format_percent(abs(value), locale=self.locale)}"

    def day(self, day: date) -> str:
        """Return a day such as 3 janv. 2027."""
        return str(format_date(day, "d MMM y", locale=self.locale))

    def period(self, period: Period) -> str:
        """Return a period in words."""
        if period.first == period.last:
            return self.day(period.first)
        texts = {"first": self.day(period.first), "last": self.day(period.last)}
        return self.texts.gettext("%(first)s to %(last)s") % texts

    def hour(self, ms: int) -> str:
        """Return an hour such as mardi 3 nov. 2026, 10:00."""
        local = instant(ms).astimezone(self.zone)
        return str(format_datetime(local, "EEEE d MMM y, HH:mm", locale=self.locale))

    def month(self, day: date) -> str:
        """Return a month such as janv."""
        return str(format_date(day, "LLL", locale=self.locale))

    def weekday(self, number: int | None) -> str:
        """Return a weekday's name; a dash for none."""
        if number is None:
            return "–"
        return str(self.locale.days["stand-alone"]["wide"][number])

    def clock(self, hour: int) -> str:
        """Return a local hour such as 9 h or 09:00."""
        return f"{hour} h" if self.texts.code == "fr" else f"{hour:02d}:00"


FIGURES = {
    "desk_hours": N_("Desk hours"),
    "part": N_("Desks taken while open"),
    "peak": N_("Fullest hour, desks on average"),
    "weekday": N_("Fullest weekday"),
    "visits": N_("Visits"),
    "half_days": N_("Half-days"),
    "days": N_("Days on which anybody came"),
    "coverage": N_("Known, of the open time"),
}


def rows(now: Figures, before: Figures | None, wording: Wording) -> list[Row]:
    """Return the numbers of a period, beside those of another where there is one.

    Where too little is known of either, how much they differ says nothing, and is not said.
    """
    found = []
    shaky = before is None or min(now.coverage, before.coverage) < TOO_LITTLE
    for name, text in FIGURES.items():
        one, other = _value(now, name), None if before is None else _value(before, name)
        if one is None and name in ("visits", "half_days", "days") and other is None:
            continue
        moved = None if shaky or name in ("weekday", "coverage") else change(one, other)
        found.append(
            Row(
                wording.texts.gettext(text),
                _written(name, one, wording),
                "" if before is None else _written(name, other, wording),
                "" if before is None else _moved(name, one, other, moved, wording),
                None if not moved else moved > 0,
            )
        )
    return found


def _moved(
    name: str, one: float | None, other: float | None, moved: float | None, wording: Wording
) -> str:
    """Return by how much a number has grown; parts of a whole in points, else in percent."""
    if name != "part" or moved is None:
        return wording.change(moved)
    points = round(100 * ((one or 0.0) - (other or 0.0)))
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    return wording.texts.gettext("%(count)s points") % {"count": f"{sign}{abs(points)}"}


def _value(found: Figures, name: str) -> float | None:
    if name == "peak":
        return None if found.peak is None else found.peak.mean
    if name in ("visits", "half_days", "days"):
        return None if found.counts is None else getattr(found.counts, name)
    value: float | None = getattr(found, name)
    return value


def _written(name: str, value: float | None, wording: Wording) -> str:
    if name in ("part", "coverage"):
        return wording.percent(value)
    if name == "weekday":
        return wording.weekday(None if value is None else int(value))
    return wording.number(value)


@dataclass(frozen=True, slots=True)
class Top:
    """One of the fullest hours, in words; ``width``: its bar, in percent of the fullest."""

    when: str
    mean: str
    part: str
    width: int


def tops(found: Sequence[Peak], wording: Wording) -> list[Top]:
    """Return the fullest hours in words."""
    most = max((peak.mean for peak in found), default=1.0)
    return [
        Top(
            wording.hour(peak.hour_utc), wording.number(peak.mean), wording.percent(peak.part),
            round(100 * peak.mean / most),
        )
        for peak in found
    ]  # fmt: skip
