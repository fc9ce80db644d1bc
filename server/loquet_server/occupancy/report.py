"""A year in numbers, for those who fund the space."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS, instant, zone
from loquet_server.models import SiteDay
from loquet_server.occupancy.figures import DayCounts, Figures, add_up, figures
from loquet_server.occupancy.periods import Period
from loquet_server.occupancy.repository import BookingCounts, OccupancyRepository
from loquet_server.occupancy.service import OccupancyService, Scope, Stretch
from loquet_server.usual.openings import Openings

USED = 0.25
"""Desks occupied on average from which an hour counts as used: one desk for a quarter of it."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month; ``counts`` None where no day of it was counted."""

    first: date
    figures: Figures
    counts: DayCounts | None


@dataclass(frozen=True, slots=True)
class Report:
    """One year. ``members`` None: nobody counted, or fewer than a group."""

    year: int
    period: Period
    figures: Figures
    counts: DayCounts | None
    open_days: int | None
    open_hours: int | None
    """By the hours as they are written today; None where none are."""
    used_hours: int
    members: int | None
    few: bool
    """Whether there were members, but fewer than a group."""
    subscribed: int
    months: tuple[Month, ...]
    bookings: list[BookingCounts]
    first_day: str | None
    before: Figures | None


class ReportService:
    """Makes reports through one session."""

    def __init__(self, session: AsyncSession, now_ms: int, group: int) -> None:
        self._repository = OccupancyRepository(session)
        self._history = OccupancyService(session, now_ms)
        self._group = group

    async def report(self, scope: Scope, year: int, today: date) -> Report:
        """Return a year up to today, beside the same days of the year before."""
        period = Period(date(year, 1, 1), min(date(year, 12, 31), today))
        found = await self._history.stretch(scope, period)
        days = await self._repository.days(scope.site.id, *_iso(period))
        members = await self._repository.members_in(scope.site.id, year)
        few = members is not None and members < self._group
        subscribed = await self._repository.subscribed_in(scope.site.id, *_iso(period))
        hours, open_days = _open(found.opened, period, scope.site.timezone)
        return Report(
            year, period, found.figures, found.figures.counts,
            open_days, hours, await asyncio.to_thread(_used, found),
            None if few else members, few, subscribed,
            await asyncio.to_thread(_months, found, scope, days),
            await self._repository.bookings(scope.site.id, *_iso(period)),
            await self._repository.first_day(scope.site.id), await self._before(scope, period),
        )  # fmt: skip

    async def _before(self, scope: Scope, period: Period) -> Figures | None:
        """Return the same days of the year before, if enough is known of them to compare."""
        last = period.last
        day = 28 if (last.month, last.day) == (2, 29) else last.day
        other = Period(date(last.year - 1, 1, 1), date(last.year - 1, last.month, day))
        found = await self._history.stretch(scope, other)
        return found.figures if found.figures.coverage or found.figures.counts else None


def _iso(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()


def _open(opened: Openings, period: Period, timezone: str) -> tuple[int, int] | tuple[None, None]:
    """Return for how many hours, and on how many days, it was open."""
    if not opened.written:
        return None, None
    start, end = (each // 1000 for each in period.span(timezone))
    clock, days = zone(timezone), set()
    for since, until in opened.spans(start, end):
        first = instant(since * 1000).astimezone(clock).date()
        last = instant((until - 1) * 1000).astimezone(clock).date()
        days |= {first + timedelta(at) for at in range((last - first).days + 1)}
    return round(opened.open_seconds(start, end) / 3600), len(days)


def _used(found: Stretch) -> int:
    return sum(each.mean >= USED for each in found.whole.values())


def _months(found: Stretch, scope: Scope, days: Sequence[SiteDay]) -> tuple[Month, ...]:
    clock, one = zone(scope.site.timezone), found.whole
    parts: Mapping[int, list[int]] = {at: [] for at in range(1, 13)}
    for hour in one:
        parts[instant(hour).astimezone(clock).month].append(hour)
    months = []
    for number in range(1, found.period.last.month + 1):
        first = found.period.first.replace(month=number)
        name = first.isoformat()[:7]
        counts = add_up(
            (row.visits, row.half_days, row.entries) for row in days if row.day[:7] == name
        )
        hours = {hour: one[hour] for hour in parts[number]}
        span = _month_span(first, found.period, scope.site.timezone)
        numbers = figures(hours, found.opened, span, clock, scope.desks, counts)
        months.append(Month(first, numbers, counts))
    return tuple(months)


def _month_span(first: date, period: Period, timezone: str) -> tuple[int, int]:
    following = (first + timedelta(32)).replace(day=1)
    last = min(following, period.last + timedelta(1))
    start, end = (datetime.combine(day, time(), zone(timezone)) for day in (first, last))
    hour = HOUR_MS // 1000
    return int(start.timestamp()) // hour * HOUR_MS, int(end.timestamp() * 1000)
