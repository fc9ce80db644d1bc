"""What would change if this were saved: for pages, for the API."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant, zone
from loquet_server.hours.holidays import holidays_of
from loquet_server.models import Site
from loquet_server.timetable.effect import DAYS, Line, effect
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.timetable.rows import Timetable
from loquet_server.timetable.words import Sentence, sentence
from loquet_server.web.i18n import Translations

Proposal = Callable[[Timetable], Timetable]


@dataclass(frozen=True, slots=True)
class Foresight:
    """Two timetables of a space, and what differs."""

    today: date
    before: Timetable
    after: Timetable
    lines: tuple[Line, ...]

    def sentences(self, texts: Translations) -> list[Sentence]:
        """Return what differs in words."""
        holidays = self.holidays()
        return [sentence(each, texts, self.after.plans, holidays) for each in self.lines]

    def holidays(self) -> Mapping[date, str]:
        """Return the holidays of the year to come."""
        years = {self.today.year, (self.today + timedelta(DAYS)).year}
        return {
            day: name
            for year in sorted(years)
            for day, name in holidays_of(self.after.locality, year).items()
        }


def today_of(site: Site, now_ms: int) -> date:
    """Return the date in a space."""
    return instant(now_ms).astimezone(zone(site.timezone)).date()


async def foresee(session: AsyncSession, site: Site, now_ms: int, proposal: Proposal) -> Foresight:
    """Return what a proposal changes, from today on for a year; worked out in a thread."""
    today = today_of(site, now_ms)
    before = await TimetableRepository(session).of(site, today.isoformat())
    after = proposal(before)
    lines = await asyncio.to_thread(effect, before, after, today)
    return Foresight(today, before, after, lines)
