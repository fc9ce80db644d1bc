"""Schedules in words: how they are written in short, and what goes by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hours.form import OnHolidays, from_hours
from loquet_server.models import Schedule
from loquet_server.people.text import in_language
from loquet_server.schedules.form import written
from loquet_server.schedules.repository import ScheduleRepository
from loquet_server.timetable.rows import Hours, Timetable
from loquet_server.timetable.space import Space
from loquet_server.timetable.words import date_text, spans_text, weekday_names
from loquet_server.web.i18n import Translations

COMING = 4


@dataclass(frozen=True, slots=True)
class UsesView:
    """What goes by a schedule, in words."""

    opening: bool
    areas: tuple[str, ...]
    doors: tuple[str, ...]
    plans: tuple[str, ...]

    @property
    def any(self) -> bool:
        """True if anything goes by it."""
        return bool(self.opening or self.areas or self.doors or self.plans)


@dataclass(frozen=True, slots=True)
class Line:
    """A schedule in the list; ``summary``: pairs of days and hours."""

    id: str
    name: str
    summary: list[tuple[str, str]]
    uses: UsesView


async def uses(session: AsyncSession, space: Space, row: Schedule) -> UsesView:
    """Return what goes by a schedule."""
    found = await ScheduleRepository(session).uses(row)
    plans = tuple(in_language(*each, space.texts) for each in found.plans)
    return UsesView(found.opening, found.areas, found.doors, plans)


async def others(session: AsyncSession, space: Space, timetable: Timetable) -> list[Line]:
    """Return all schedules but the opening hours, by name."""
    rows = await ScheduleRepository(session).all(space.site.id)
    found = [
        Line(
            row.id,
            row.name,
            summary(timetable.schedules[row.id], space.texts),
            await uses(session, space, row),
        )
        for row in rows
        if row.id != timetable.opening
    ]
    return sorted(found, key=lambda line: line.name.casefold())


def summary(hours: Hours, texts: Translations) -> list[tuple[str, str]]:
    """Return hours in short, such as Monday to Friday 09:00–18:00; a rich text as it is."""
    if hours.always:
        return [(texts.gettext("Day and night"), "")]
    text = written(hours.hours, hours.intervals)
    form = None if text is None else from_hours(text)
    if form is None:
        return [(text or texts.gettext("Written by an earlier version"), "")]
    names = weekday_names(texts)
    lines = []
    for spans, group in groupby(range(7), key=lambda day: form.days[day]):
        run = list(group)
        ends = {"first": names[run[0]], "last": names[run[-1]]}
        label = names[run[0]]
        if len(run) > 1:
            label = texts.gettext("%(first)s to %(last)s") % ends
        lines.append((label, spans_text(spans, texts)))
    if form.on_holidays is not OnHolidays.AS_USUAL:
        lines.append((texts.gettext("Public holidays"), spans_text(form.holiday, texts)))
    return lines


def coming(space: Space, timetable: Timetable) -> list[tuple[str, str]]:
    """Return the next days that differ: when, and what."""
    today = f"{space.today.isoformat()}T00:00"
    rows: Sequence[tuple[str, str]] = [
        (date_text(each.first_day, space.texts), each.name)
        for each in timetable.entries
        if each.ends > today
    ]
    return list(rows[:COMING])
