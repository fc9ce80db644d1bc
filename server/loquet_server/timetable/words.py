"""What changes for whom, in sentences; spans and days in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel.dates import format_date

from loquet_server.people.text import in_language
from loquet_server.timetable.clock import DAY_MINUTES, clock
from loquet_server.timetable.effect import Audience, Change, Kind, Line, Spans
from loquet_server.web.i18n import Translations

SHOWN_DATES: Final = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` says it; ``hours`` what was and will be; ``dates``, ``names``, ``areas``: which."""

    kind: str
    text: str
    before: str
    after: str
    dates: str
    names: str
    areas: str


def sentence(
    line: Line,
    texts: Translations,
    plans: Mapping[str, tuple[str, str]],
    holidays: Mapping[date, str],
) -> Sentence:
    """Return one line of an effect in words."""
    names = line.names
    if line.audience is Audience.MEMBERS:
        names = tuple(sorted(in_language(*plans[each], texts) for each in names if each in plans))
    return Sentence(
        line.change.kind.value,
        _head(line, texts) % {"num": line.count, "when": _when(line.change, texts)},
        spans_text(line.change.before, texts),
        spans_text(line.change.after, texts),
        _dates(line.change.dates, texts, holidays) if len(line.change.dates) > 1 else "",
        ", ".join(names),
        ", ".join(line.areas),
    )


def spans_text(spans: Spans, texts: Translations) -> str:
    """Return the hours of a day, such as 09:00–12:30, 14:00–18:00."""
    if not spans:
        return texts.gettext("closed")
    if spans[0][1] - spans[0][0] >= DAY_MINUTES:
        return texts.gettext("all day")
    return ", ".join(f"{clock(begin)}–{clock(end)}" for begin, end in spans)


def weekday_names(texts: Translations) -> tuple[str, ...]:
    """Return Monday to Sunday."""
    names = texts.locale.days["stand-alone"]["wide"]
    return tuple(str(names[each]) for each in range(7))


def weekday_heads(texts: Translations) -> list[tuple[str, str]]:
    """Return short and long names of Monday to Sunday."""
    short = texts.locale.days["stand-alone"]["short"]
    return list(zip((str(short[each]) for each in range(7)), weekday_names(texts), strict=True))


def weekdays_text(weekdays: Sequence[int], texts: Translations) -> str:
    """Return chosen weekdays, such as "Monday to Friday"."""
    if len(weekdays) == 7:
        return texts.gettext("every day")
    names = weekday_names(texts)
    parts = []
    for run in runs(weekdays):
        if len(run) > 2:
            ends = {"first": names[run[0]], "last": names[run[-1]]}
            parts.append(texts.gettext("%(first)s to %(last)s") % ends)
        else:
            parts += [texts.gettext("every %(day)s") % {"day": names[each]} for each in run]
    return ", ".join(parts)


def runs(numbers: Iterable[int]) -> list[list[int]]:
    """Return runs of numbers that follow each other."""
    found: list[list[int]] = []
    for each in sorted(numbers):
        if found and each == found[-1][-1] + 1:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def date_text(day: date, texts: Translations) -> str:
    """Return a date with its weekday and year, such as samedi 5 décembre 2026."""
    return str(format_date(day, "EEEE d MMMM y", locale=texts.locale))


def _head(line: Line, texts: Translations) -> str:
    """Return the sentence with its placeholders."""
    chosen = _member_head if line.audience is Audience.MEMBERS else _door_head
    return chosen(line.change.kind, line.count, texts)


def _member_head(kind: Kind, count: int, texts: Translations) -> str:
    match kind:
        case Kind.LOST:
            return texts.ngettext(
                "%(num)s member loses %(when)s", "%(num)s members lose %(when)s", count
            )
        case Kind.GAINED:
            return texts.ngettext(
                "%(num)s member gains %(when)s", "%(num)s members gain %(when)s", count
            )
        case Kind.EARLIER:
            return texts.ngettext(
                "%(num)s member may come earlier: %(when)s",
                "%(num)s members may come earlier: %(when)s",
                count,
            )
        case Kind.LATER:
            return texts.ngettext(
                "%(num)s member has to come later: %(when)s",
                "%(num)s members have to come later: %(when)s",
                count,
            )
        case Kind.LONGER:
            return texts.ngettext(
                "%(num)s member has longer hours: %(when)s",
                "%(num)s members have longer hours: %(when)s",
                count,
            )
        case Kind.SHORTER:
            return texts.ngettext(
                "%(num)s member has shorter hours: %(when)s",
                "%(num)s members have shorter hours: %(when)s",
                count,
            )
    return texts.ngettext(
        "%(num)s member has other hours: %(when)s",
        "%(num)s members have other hours: %(when)s",
        count,
    )


def _door_head(kind: Kind, count: int, texts: Translations) -> str:
    match kind:
        case Kind.LOST:
            return texts.ngettext(
                "%(num)s door stays locked: %(when)s",
                "%(num)s doors stay locked: %(when)s",
                count,
            )
        case Kind.GAINED:
            return texts.ngettext(
                "%(num)s door stands unlocked: %(when)s",
                "%(num)s doors stand unlocked: %(when)s",
                count,
            )
        case Kind.EARLIER:
            return texts.ngettext(
                "%(num)s door unlocks earlier: %(when)s",
                "%(num)s doors unlock earlier: %(when)s",
                count,
            )
        case Kind.LATER:
            return texts.ngettext(
                "%(num)s door unlocks later: %(when)s",
                "%(num)s doors unlock later: %(when)s",
                count,
            )
        case Kind.LONGER:
            return texts.ngettext(
                "%(num)s door locks later: %(when)s",
                "%(num)s doors lock later: %(when)s",
                count,
            )
        case Kind.SHORTER:
            return texts.ngettext(
                "%(num)s door locks earlier: %(when)s",
                "%(num)s doors lock earlier: %(when)s",
                count,
            )
    return texts.ngettext(
        "%(num)s door is unlocked at other hours: %(when)s",
        "%(num)s doors are unlocked at other hours: %(when)s",
        count,
    )


def _when(change: Change, texts: Translations) -> str:
    if change.weekdays:
        return weekdays_text(change.weekdays, texts)
    count = len(change.dates)
    if count == 1:
        return texts.gettext("%(date)s") % {"date": date_text(change.dates[0], texts)}
    return texts.ngettext("%(num)s day", "%(num)s days", count) % {"num": count}


def _dates(dates: tuple[date, ...], texts: Translations, holidays: Mapping[date, str]) -> str:
    shown = []
    for day in dates[:SHOWN_DATES]:
        name = holidays.get(day)
        shown.append(date_text(day, texts) + (f" ({name})" if name else ""))
    more = len(dates) - len(shown)
    if more:
        said = texts.ngettext("and %(num)s more day", "and %(num)s more days", more)
        shown.append(said % {"num": more})
    return ", ".join(shown)
