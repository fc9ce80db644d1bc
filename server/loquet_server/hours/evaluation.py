"""Opening hours as instants: each rule made certain and dated, then evaluated by the library."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from opening_hours import State

from loquet_server.hours import spelling
from loquet_server.hours.bounds import Bounds, pairs, united, within, without
from loquet_server.hours.clock import end_of, start_of
from loquet_server.hours.dates import Stretch, dated
from loquet_server.hours.library import OpeningHours, Unreadable, parsed
from loquet_server.hours.locality import Locality, Special
from loquet_server.hours.nights import any_night, evenings, mornings
from loquet_server.hours.rules import RuleText, certain, check, join, split, tidy
from loquet_server.hours.words import refused

LONGEST = 2000
"""Characters; the longest known strings in the wild have less than 300."""
MOST_RULES = 40
CHUNK = 64
"""Days that are evaluated by one text: it names each holiday in them."""
Span = tuple[int, int]
Wall = tuple[datetime, datetime]
_BEGINS_WITH_TIME = re.compile(r"\d{2}:\d{2}")


def opening(
    hours: str, locality: Locality, first: date, days: int, specials: Sequence[Special] = ()
) -> tuple[Span, ...]:
    """Return when it is open on so many local days from ``first``: UTC seconds, disjoint.

    A window that began the night before is in it from midnight on. Raise InvalidHours.
    """
    found = _opening(hours, locality, first, days)
    if not specials:
        return found
    begin, end = (
        start_of(datetime.combine(day, time()), locality.timezone)
        for day in (first, first + timedelta(days))
    )
    flat = tuple(instant for span in found for instant in span)
    return tuple(pairs(within(with_specials(flat, specials, locality.timezone), begin, end)))


def with_specials(found: Bounds, specials: Iterable[Special], timezone: str) -> Bounds:
    """Return bounds with openings added, then closures taken away; raise InvalidHours."""
    opened: list[Span] = []
    shut: list[Span] = []
    for each in specials:
        (shut if each.kind == "closure" else opened).append(special_span(each, timezone))
    return without(united([*pairs(found), *opened]), united(shut))


def special_span(special: Special, timezone: str) -> Span:
    """Return start and end of a special (UTC seconds); raise InvalidHours."""
    try:
        starts, ends = (
            datetime.fromisoformat(each).replace(tzinfo=None)
            for each in (special.starts, special.ends)
        )
    except ValueError as error:
        raise refused("special", starts=special.starts, ends=special.ends) from error
    return start_of(starts, timezone), end_of(ends, timezone)


def read(hours: str) -> list[RuleText]:
    """Return the rules of hours; raise InvalidHours that says where the mistake is."""
    clean = tidy(hours)
    if not clean.text:
        raise refused("empty", 0)
    if len(clean.text) > LONGEST:
        raise refused("too_long")
    try:
        whole = OpeningHours(clean.text)
    except Unreadable as error:
        raise spelling.explain(clean, str(error)) from None
    rules = split(clean.text)
    if len(rules) > MOST_RULES:
        raise refused("too_long")
    check(rules)
    if str(whole) != _together(rules):
        raise refused("unclear_rules", 0, text=hours)
    return rules


@lru_cache(maxsize=64)
def _opening(hours: str, locality: Locality, first: date, days: int) -> tuple[Span, ...]:
    rules = [certain(rule) for rule in read(hours)]
    zone = locality.timezone
    made: list[Span] = []
    for number in range(0, days, CHUNK):
        since = first + timedelta(number)
        for start, stop in _walls(rules, locality, since, min(CHUNK, days - number)):
            made.append((start_of(start, zone), end_of(stop, zone)))
    return tuple(pairs(united(made)))


def _walls(rules: Sequence[RuleText], locality: Locality, first: date, days: int) -> Iterable[Wall]:
    """Return what is open by the clock on the wall."""
    stretch = Stretch(first - timedelta(2), first + timedelta(days + 1))
    dates = [dated(rule, locality, stretch) for rule in rules]
    found = _by_day(dates, first, days)
    if not any_night(dates):
        return found
    begun = [
        *_by_day(evenings(dates), first, days),
        *(
            (start + timedelta(1), stop + timedelta(1))
            for start, stop in _by_day(mornings(dates), first - timedelta(1), days)
        ),
    ]
    return _both(sorted(found), sorted(begun))


def _by_day(rules: Iterable[RuleText], first: date, days: int) -> Iterator[Wall]:
    """Yield what the library says of one day after the other.

    Asked for more than a day, it skips days that a fallback rule (``||``) is not for.
    """
    whole = parsed(join(rules))
    for number in range(days):
        midnight = datetime.combine(first + timedelta(number), time())
        for start, stop, state, comment in whole.intervals(midnight, midnight + timedelta(1)):
            if state == State.OPEN and not comment:
                yield start, stop


def _both(one: Iterable[Wall], other: Sequence[Wall]) -> Iterator[Wall]:
    """Yield what lies in both."""
    since = 0
    for start, stop in one:
        while since < len(other) and other[since][1] <= start:
            since += 1
        for begin, end in other[since:]:
            if begin >= stop:
                break
            if max(start, begin) < min(stop, end):
                yield max(start, begin), min(stop, end)


def _together(rules: Iterable[RuleText]) -> str:
    """Return what the library would write for all rules, had it read them one by one."""
    made = ""
    for each in rules:
        try:
            text = str(OpeningHours(each.text))
        except Unreadable:
            return ""
        every_day = each.separator == "," and _BEGINS_WITH_TIME.match(text)
        made += {"": "", ";": "; ", ",": ", ", "||": " || "}[each.separator]
        made += f"Mo-Su {text}" if every_day else text
    return made
