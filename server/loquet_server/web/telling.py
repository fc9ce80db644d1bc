"""What a refusal says to the member it is about: times, days and sentences of one language."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date

from loquet_contract.access.reasons import WORDS, Reason
from loquet_server.days import instant, zone
from loquet_server.web.i18n import Translations, translations

_ENDS = frozenset({Reason.CREDENTIAL_EXPIRED, Reason.MEMBERSHIP_ENDED})
_HOURS = frozenset({Reason.NOT_PERMITTED_NOW})


@dataclass(frozen=True, slots=True)
class Clock:
    """Local time in words, in one language."""

    language: str
    timezone: str

    @property
    def texts(self) -> Translations:
        """The texts of the language."""
        return translations(self.language)

    def local(self, utc: float) -> datetime:
        """Return an instant (UTC seconds) on the wall clock."""
        return instant(int(utc * 1000)).astimezone(zone(self.timezone))

    def hour(self, utc: float) -> str:
        """Return a time of day: 9 h 30, or 09:30."""
        local = self.local(utc)
        if self.language == "fr":
            return f"{local.hour} h" + (f" {local.minute:02d}" if local.minute else "")
        return local.strftime("%H:%M")

    def day(self, utc: float) -> str:
        """Return a date: 1er mars 2026, or 1 March 2026."""
        return self.dated(self.local(utc).date())

    def dated(self, day: date) -> str:
        """Return a date in words."""
        text = format_date(day, "d MMMM y", locale=self.texts.locale)
        return "1er" + text[1:] if self.language == "fr" and day.day == 1 else text

    def weekday(self, day: date) -> str:
        """Return the name of a weekday."""
        return format_date(day, "EEEE", locale=self.texts.locale)

    def near(self, utc: float, now: float) -> str:
        """Return when something is, as one says it: tomorrow at 09:00, lundi à 9 h."""
        day, today = self.local(utc).date(), self.local(now).date()
        ahead, hour = (day - today).days, self.hour(utc)
        french = self.language == "fr"
        if ahead == 0:
            return f"à {hour}" if french else f"at {hour}"
        if ahead == 1:
            return f"demain à {hour}" if french else f"tomorrow at {hour}"
        name = self.weekday(day)
        if 1 < ahead < 7:
            return f"{name} à {hour}" if french else f"on {name} at {hour}"
        long = self.dated(day)
        return f"le {name} {long} à {hour}" if french else f"on {name} {long} at {hour}"

    def moment(self, utc: float) -> str:
        """Return a whole instant: lundi 3 mars 2026 à 9 h."""
        local = self.local(utc).date()
        joined = "à" if self.language == "fr" else "at"
        return f"{self.weekday(local)} {self.dated(local)} {joined} {self.hour(utc)}"

    def span(self, start: float, end: float) -> str:
        """Return a span within a day: 9 h - 18 h; its end at midnight is 24 h."""
        until = self.hour(end)
        if self.local(end).date() > self.local(start).date() and self.local(end).hour == 0:
            until = "24 h" if self.language == "fr" else "24:00"
        return f"{self.hour(start)} \N{EN DASH} {until}"

    def when(self, reason: Reason, utc: int | None, now: float) -> str:
        """Return ``{when}`` of a refusal: a time to come back, a first or a last day."""
        if utc is None:
            return "plus tard" if self.language == "fr" else "later"
        if reason in _HOURS:
            return self.near(utc, now)
        if reason in _ENDS:
            return self.dated((self.local(utc) - timedelta(seconds=1)).date())
        return self.day(utc)


def said(reason: Reason, when: int | None, clock: Clock, now: float, contact: str) -> str:
    """Return what stands beside the door when it refuses; ``when`` and ``now`` in UTC seconds."""
    words = WORDS[clock.language][reason].member
    nobody = "l'accueil" if clock.language == "fr" else "the desk"
    return words.format(when=clock.when(reason, when, now), contact=contact or nobody)
