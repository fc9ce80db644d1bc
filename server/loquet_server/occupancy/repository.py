"""Queries of the history: days, desks and bookings as numbers; never who."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Area,
    BookingDay,
    Desk,
    DeskDay,
    PeopleHour,
    SiteDay,
    Subscription,
    YearCount,
    YearMark,
)
from loquet_server.occupancy.figures import People, people


@dataclass(frozen=True, slots=True)
class DeskUse:
    """How one shared desk was used in a period."""

    name: str
    area: str
    days: int
    seconds: int
    sessions: int


@dataclass(frozen=True, slots=True)
class BookingCounts:
    """What became of bookings of one kind."""

    kind: str
    made: int
    kept: int
    no_shows: int
    cancelled: int


class OccupancyRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def days(self, site: str, first: str, last: str) -> list[SiteDay]:
        """Return the days of a period that were counted, oldest first."""
        query = select(SiteDay).where(
            SiteDay.site == site, SiteDay.day >= first, SiteDay.day <= last
        )
        return list((await self._session.execute(query.order_by(SiteDay.day))).scalars())

    async def desks(self, site: str, areas: list[str], first: str, last: str) -> list[DeskUse]:
        """Return how the shared desks of these areas were used, the most used first."""
        seconds = func.coalesce(func.sum(DeskDay.occupied_seconds), 0).label("seconds")
        within = (DeskDay.desk == Desk.id) & (DeskDay.day >= first) & (DeskDay.day <= last)
        query = (
            select(
                Desk.name, Area.name.label("area"), func.count(DeskDay.day).label("days"), seconds,
                func.coalesce(func.sum(DeskDay.sessions), 0).label("sessions"),
            )
            .join(Area, Area.id == Desk.area)
            .outerjoin(DeskDay, within)
            .where(Desk.site == site, Desk.area.in_(areas), Desk.assigned_holder.is_(None))
            .group_by(Desk.id, Desk.name, Area.name, Desk.rank)
            .order_by(seconds.desc(), Desk.rank, Desk.name)
        )  # fmt: skip
        return [
            DeskUse(row.name, row.area, row.days, int(row.seconds), int(row.sessions))
            for row in (await self._session.execute(query)).all()
        ]

    async def own_desks(self, areas: list[str]) -> int:
        """Return how many desks of these areas are somebody's own."""
        query = select(func.count()).where(Desk.area.in_(areas), Desk.assigned_holder.is_not(None))
        return (await self._session.execute(query)).scalar_one()

    async def bookings(self, site: str, first: str, last: str) -> list[BookingCounts]:
        """Return what became of a period's bookings, by kind."""
        columns = (BookingDay.made, BookingDay.kept, BookingDay.no_shows, BookingDay.cancelled)
        query = (
            select(BookingDay.kind, *(func.sum(each) for each in columns))
            .where(BookingDay.site == site, BookingDay.day >= first, BookingDay.day <= last)
            .group_by(BookingDay.kind)
            .order_by(BookingDay.kind)
        )
        rows = (await self._session.execute(query)).all()
        return [BookingCounts(row[0], *(int(each) for each in row[1:])) for row in rows]

    async def people(self, site: str, start: int, end: int) -> dict[str, People]:
        """Return what the people hours of each area add up to, UTC milliseconds."""
        table = PeopleHour
        query = (
            select(
                table.area, func.sum(table.entries), func.sum(table.people_seconds),
                func.sum(table.known_seconds), func.max(table.peak),
            )
            .join(Area, Area.id == table.area)
            .where(Area.site == site, table.hour_utc >= start, table.hour_utc < end)
            .group_by(table.area)
        )  # fmt: skip
        rows = (await self._session.execute(query)).all()
        return {area: people(*(int(each) for each in sums)) for area, *sums in rows}

    async def members_in(self, site: str, year: int) -> int | None:
        """Return how many different members came in a year; None where nobody counted."""
        count = await self._session.get(YearCount, (site, year))
        if count is not None:
            return count.members
        query = select(func.count()).where(YearMark.site == site, YearMark.year == year)
        return (await self._session.execute(query)).scalar_one() or None

    async def subscribed_in(self, site: str, first: str, last: str) -> int:
        """Return how many different people had a plan in a period."""
        ends = Subscription.ends_on
        query = select(func.count(Subscription.holder.distinct())).where(
            Subscription.site == site, Subscription.starts_on <= last,
            ends.is_(None) | (ends >= first),
        )  # fmt: skip
        return (await self._session.execute(query)).scalar_one()

    async def first_day(self, site: str) -> str | None:
        """Return the first day that was counted."""
        query = select(func.min(SiteDay.day)).where(SiteDay.site == site)
        return (await self._session.execute(query)).scalar_one_or_none()
