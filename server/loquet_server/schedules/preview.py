"""A schedule before it is saved: what it warns of, what it changes, and its year."""

import asyncio
import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hours.locality import InvalidHours
from loquet_server.hours.periods import days as day_starts
from loquet_server.hours.schedules import bounds
from loquet_server.hours.traps import Warning as Trap
from loquet_server.hours.traps import warnings
from loquet_server.hours.year import Day, days_of_bounds
from loquet_server.models import Schedule, Site
from loquet_server.office import Office
from loquet_server.schedules.schemas import EffectOut, ScheduleIn, WarningOut
from loquet_server.schedules.service import understood
from loquet_server.timetable.foresight import Foresight, foresee, today_of
from loquet_server.timetable.repository import TimetableRepository, hours_of, locality_of
from loquet_server.timetable.rows import Hours, Timetable
from loquet_server.timetable.schemas import lines_of
from loquet_server.timetable.words import date_text
from loquet_server.web.i18n import Translations

NEW = "new"
"""The id of a schedule that is not saved yet."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What is proposed; ``hours`` under the id that it has, or will have."""

    hours: Hours
    traps: tuple[Trap, ...]
    foresight: Foresight


async def of(
    session: AsyncSession,
    office: Office,
    site: Site,
    given: ScheduleIn,
    schedule: str | None,
    *,
    opening: bool = False,
) -> Preview:
    """Return what saving would change; raise InvalidHours. ``opening``: of the whole space."""
    today = today_of(site, office.now_ms())
    hours = replace(understood(given, locality_of(site), today), id=schedule or NEW)

    def proposal(before: Timetable) -> Timetable:
        after = replace(before, schedules={**before.schedules, hours.id: hours})
        return replace(after, opening=hours.id) if opening else after

    traps = () if given.always else tuple(warnings(hours.hours, locality_of(site), today.year))
    return Preview(hours, traps, await foresee(session, site, office.now_ms(), proposal))


async def year_of(
    session: AsyncSession, site: Site, row: Schedule, year: int, area: str | None = None
) -> Sequence[Day]:
    """Return a saved schedule's year, as it counts in an area."""
    today = date(year, 1, 1).isoformat()
    timetable = await TimetableRepository(session).of(site, today)
    return await days_of(timetable, hours_of(row), date(year, 1, 1), days_in(year), area)


def days_in(year: int) -> int:
    """Return how many days a year has."""
    return 366 if calendar.isleap(year) else 365


def shown(found: Preview, texts: Translations) -> EffectOut:
    """Return a preview as the API shows it."""
    traps = [WarningOut(code=each.code, text=trap_text(each, texts)) for each in found.traps]
    return EffectOut(warnings=traps, changes=lines_of(found.foresight, texts))


def trap_text(trap: Trap, texts: Translations) -> str:
    """Return a warning in words."""
    said = {
        name: date_text(value, texts) if isinstance(value, date) else value
        for name, value in trap.args.items()
    }
    return texts.gettext(trap.text) % said


async def days_of(
    timetable: Timetable, hours: Hours, first: date, count: int, area: str | None = None
) -> list[Day]:
    """Return so many days of hours as they count in an area, as units go by them."""
    return await asyncio.to_thread(_days, timetable, hours, first, count, area)


def _days(
    timetable: Timetable, hours: Hours, first: date, count: int, area: str | None
) -> list[Day]:
    locality, specials = timetable.locality, timetable.specials(() if area is None else (area,))
    (start,) = day_starts(locality.timezone, 0, first, 1)
    try:
        found = bounds(hours, locality, specials, start, count)
    except InvalidHours:
        found = ()
    return days_of_bounds(found, locality, specials, first, count)
