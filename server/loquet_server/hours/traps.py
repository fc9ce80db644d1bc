"""What is written, can be read, and often means something else than its author thinks."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from loquet_server.hours.clock import DAY_MINUTES, end_of, wall
from loquet_server.hours.clock import at as midnight
from loquet_server.hours.dates import Stretch, days_of
from loquet_server.hours.evaluation import opening, read
from loquet_server.hours.holidays import SCHOOL_UNTIL, SCHOOL_ZONES, holidays_of, school_known
from loquet_server.hours.locality import Locality
from loquet_server.hours.rules import RuleText
from loquet_server.hours.words import TRAPS

LONG_NIGHT: Final = 16 * 60
"""Minutes: nobody is open that long across a midnight, but who turns two times round is."""
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})(\+?)")
_PLAIN_DAYS: Final = re.compile(r"(?:[A-Z][a-z](?:-[A-Z][a-z])?,?)*")


@dataclass(frozen=True, slots=True)
class Warning:
    """A trap: ``text`` is English, with ``%(name)s`` for ``args``."""

    code: str
    text: str
    args: Mapping[str, str | date] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.args


@dataclass(frozen=True, slots=True)
class Reading:
    """Hours that can be read: rules, and the days of each in this year and the next."""

    rules: Sequence[RuleText]
    days: Sequence[frozenset[date]]
    locality: Locality
    stretch: Stretch
    spans: tuple[tuple[int, int], ...]
    """When it is open, in UTC seconds."""

    def later(self, at: int) -> Iterator[tuple[RuleText, frozenset[date]]]:
        """Return the rules that win over rule ``at`` on their days.

        After a semicolon a rule replaces; after a comma it adds, also to "off".
        """
        ending = (";", ",") if self.rules[at].state == "off" else (";",)
        for other in range(at + 1, len(self.rules)):
            if self.rules[other].separator in ending:
                yield self.rules[other], self.days[other]

    def open_days(self) -> set[date]:
        """Return the days on which anything opens, by the clock on the wall."""
        found: set[date] = set()
        for start, end in self.spans:
            first, last = (wall(each, self.locality.timezone).date() for each in (start, end - 1))
            found.update(first + timedelta(number) for number in range((last - first).days + 1))
        return found

    def holidays(self) -> dict[date, str]:
        """Return the public holidays of both years."""
        years = range(self.stretch.first.year, self.stretch.last.year + 1)
        return {
            day: name for year in years for day, name in holidays_of(self.locality, year).items()
        }


def warnings(hours: str, locality: Locality, year: int) -> list[Warning]:
    """Return what to look at twice, in the order in which it matters; raise InvalidHours."""
    rules = read(hours)
    stretch = Stretch(date(year, 1, 1), date(year + 1, 12, 31))
    days = [frozenset(days_of(rule, locality, stretch)) for rule in rules]
    reading = Reading(rules, days, locality, stretch, _expanded(hours, locality, stretch))
    found = [trap for look in _LOOKS for trap in look(reading)]
    return list({(each.code, str(each)): each for each in found}.values())


def _expanded(hours: str, locality: Locality, stretch: Stretch) -> tuple[tuple[int, int], ...]:
    return opening(hours, locality, stretch.first, (stretch.last - stretch.first).days + 1)


def _trap(code: str, **args: str | date) -> Warning:
    return Warning(code, TRAPS[code], args)


def _nothing_opens(reading: Reading) -> Iterable[Warning]:
    if not reading.spans:
        yield _trap("never_open")


def _uncertain(reading: Reading) -> Iterable[Warning]:
    for rule in reading.rules:
        if rule.state == "off":
            continue
        if rule.comment is not None:
            yield _trap("commented", rule=rule.text)
        elif rule.state == "unknown":
            yield _trap("unknown", rule=rule.text)
        elif "+" in rule.times:
            yield _trap("open_end", rule=rule.text)


def _replaced(reading: Reading) -> Iterable[Warning]:
    for at, rule in enumerate(reading.rules):
        days, left = reading.days[at], set(reading.days[at])
        for later, others in reading.later(at):
            shared = left & others
            left -= others
            if not shared or not (rule.opens or rule.has_holidays):
                continue
            if rule.has_holidays:
                if later.opens and not later.has_holidays:
                    yield _trap("holidays_overridden", rule=rule.text, later=later.text)
            elif rule.text == "24/7":
                if later.opens:
                    yield _trap("always_and_more", later=later.text)
            elif not left and later.opens and shared == days:
                yield _trap("overridden", rule=rule.text, later=later.text)
            elif later.opens and _apart(rule, later):
                yield _trap("overridden_partly", rule=rule.text, later=later.text)


def _apart(rule: RuleText, later: RuleText) -> bool:
    """Return whether two rules of plain weekdays have times that do not touch."""
    if not (_PLAIN_DAYS.fullmatch(rule.days) and _PLAIN_DAYS.fullmatch(later.days)):
        return False
    here, there = list(_spans(rule)), list(_spans(later))
    return bool(here and there) and all(
        one.end <= other.start or other.end <= one.start for one in here for other in there
    )


def _no_days(reading: Reading) -> Iterable[Warning]:
    for rule, days in zip(reading.rules, reading.days, strict=True):
        if not days and not rule.has_holidays:
            yield _trap("no_day", rule=rule.text)


def _holidays(reading: Reading) -> Iterable[Warning]:
    public = [rule for rule in reading.rules if rule.names("PH")]
    holidays = reading.holidays()
    if public and not holidays:
        yield _trap("holidays_unknown", rule=public[0].text)
    if not public and not _always(reading.rules):
        for day in sorted(reading.open_days() & holidays.keys())[:1]:
            yield _trap("holidays_not_mentioned", name=holidays[day], day=day)


def _school(reading: Reading) -> Iterable[Warning]:
    for rule in reading.rules:
        if not rule.names("SH"):
            continue
        if reading.locality.school_zone not in SCHOOL_ZONES:
            yield _trap("school_zone_missing", rule=rule.text)
        elif not school_known(reading.locality, reading.stretch.last):
            yield _trap("school_unknown", rule=rule.text, until=SCHOOL_UNTIL)


def _shapes(reading: Reading) -> Iterable[Warning]:
    for rule in reading.rules:
        if not rule.opens:
            continue
        if rule.days and not rule.times and rule.days != "24/7":
            yield _trap("all_day", rule=rule.text)
        if re.match(r"mar\b(?! ?\d)", rule.days):
            yield _trap("march", rule=rule.text)
        if rule.times and not rule.days and rule.separator:
            yield _trap("every_day", rule=rule.text)


@dataclass(frozen=True, slots=True)
class _Span:
    """Minutes after midnight; an end beyond 24:00 is on the next day."""

    text: str
    start: int
    end: int
    written: int


def _spans(rule: RuleText) -> Iterator[_Span]:
    for found in _SPAN.finditer(rule.times):
        start, written = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
        end = written + (DAY_MINUTES if written <= start else 0)
        yield _Span(found[0].rstrip("+"), start, end, written)


def _times(reading: Reading) -> Iterable[Warning]:
    for rule in reading.rules:
        for span in _spans(rule) if rule.opens else ():
            length, over = span.end - span.start, span.end > DAY_MINUTES
            if length == DAY_MINUTES and span.start:
                yield _trap("around_the_clock", span=span.text)
            elif over and length > LONG_NIGHT:
                yield _trap("long_night", span=span.text, hours=f"{length / 60:g}")
            elif span.written > DAY_MINUTES:
                end = span.written - DAY_MINUTES
                yield _trap("beyond_midnight", span=span.text, end=f"{end // 60:02}:{end % 60:02}")


def _nights(reading: Reading) -> Iterable[Warning]:
    ends = {end for _, end in reading.spans}
    zone = reading.locality.timezone
    for at, rule in enumerate(reading.rules):
        if not rule.opens or all(span.end <= DAY_MINUTES for span in _spans(rule)):
            continue
        mornings = (day + timedelta(1) for day in sorted(reading.days[at]))
        cut = {day for day in mornings if end_of(midnight(day, 0), zone) in ends}
        for other in reversed(range(len(reading.rules))):
            days, found = reading.days[other], reading.rules[other]
            if cut & days and _replaces(reading.rules, other, at):
                code = "night_before_holiday" if found.has_holidays else "night_cut"
                yield _trap(code, rule=rule.text, later=found.text)
                cut -= days


def _replaces(rules: Sequence[RuleText], one: int, other: int) -> bool:
    """Return whether of two rules that hold on the same day only one counts."""
    return one != other and (rules[max(one, other)].separator != "," or rules[one].state == "off")


def _always(rules: Sequence[RuleText]) -> bool:
    return len(rules) == 1 and rules[0].text in ("24/7", "open")


_LOOKS: Final[tuple[Callable[[Reading], Iterable[Warning]], ...]] = (
    _nothing_opens, _uncertain, _replaced, _no_days, _holidays, _school, _shapes, _times, _nights,
)  # fmt: skip
