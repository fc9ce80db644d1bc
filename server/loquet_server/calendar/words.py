"""Calendar entries in words."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from loquet_server.calendar.schemas import EntryKind
from loquet_server.models import CalendarEntry
from loquet_server.timetable.words import date_text
from loquet_server.web.i18n import N_, Translations

KINDS: Final = {
    EntryKind.CLOSURE: N_("Closure"),
    EntryKind.OPENING: N_("Exceptional opening"),
    EntryKind.EVENT: N_("Event"),
}
TITLES: Final = {
    EntryKind.CLOSURE: N_("Add a closure"),
    EntryKind.OPENING: N_("Add an exceptional opening"),
    EntryKind.EVENT: N_("Add an event"),
}
LEADS: Final = {
    EntryKind.CLOSURE: N_(
        "Nobody enters by opening hours in this time. A closure wins over exceptional openings."
        " Plans for day and night, and hours that do not follow the calendar, go on."
    ),
    EntryKind.OPENING: N_(
        "The space is open in this time, although the hours say closed: for everybody whose plan"
        " goes by opening hours."
    ),
    EntryKind.EVENT: N_("Those you choose may come in for this time, besides whoever may anyway."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the list shows it."""

    id: str
    kind: EntryKind
    word: str
    name: str
    when: str
    where: str
    who: str
    month: str
    past: bool


def when_text(starts: str, ends: str, texts: Translations) -> str:
    """Return from when to when, in words; whole days without hours."""
    begin, end = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    whole = begin.time() == end.time() == time()
    last = end.date() - timedelta(1) if whole else end.date()
    if whole:
        if last == begin.date():
            return date_text(last, texts)
        days = {"first": date_text(begin.date(), texts), "last": date_text(last, texts)}
        return texts.gettext("from %(first)s to %(last)s") % days
    finish = f"{end:%H:%M}"
    late = past_midnight(begin, end)
    if end.time() == time():
        last, finish = last - timedelta(1), "24:00"
    if last == begin.date() or late:
        said = {"day": date_text(begin.date(), texts), "begin": f"{begin:%H:%M}"}
        return texts.gettext("%(day)s, %(begin)s to %(end)s") % (said | {"end": finish})
    said = {"first": date_text(begin.date(), texts), "last": date_text(last, texts)}
    hours = {"begin": f"{begin:%H:%M}", "end": finish}
    text = texts.gettext("from %(first)s, %(begin)s to %(last)s, %(end)s")
    return text % (said | hours)


def past_midnight(begin: datetime, end: datetime) -> bool:
    """True if it ends in the night after the day it began on, so that its hours say which day."""
    night = end.date() == begin.date() + timedelta(1) and end.hour < 12
    return night and end.time() <= begin.time()


def who_text(row: CalendarEntry, plans: dict[str, str], texts: Translations) -> str:
    """Return an event's audience; ``plans``: id to name."""
    if row.kind != EntryKind.EVENT:
        return ""
    if row.everybody:
        return texts.gettext("everybody with a badge")
    return ", ".join(plans.get(each, each) for each in row.plans)
