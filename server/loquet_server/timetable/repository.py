"""Reads the hours of a space."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.hours.locality import Locality
from loquet_server.models import (
    AccessPoint,
    Area,
    CalendarEntry,
    Door,
    Holder,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
)
from loquet_server.timetable.rows import (
    AreaRow,
    DoorRow,
    EntryRow,
    Group,
    Hours,
    RuleRow,
    Timetable,
)

OUTSIDE = "outside"
"""What an access point calls the side that is no area."""


def locality_of(site: Site) -> Locality:
    """Return what decides about a space's holidays and clocks."""
    return Locality(site.timezone, site.country, site.department, site.school_zone)


def hours_of(row: Schedule) -> Hours:
    """Return a schedule as a plain value."""
    return Hours(
        row.id, row.name, row.always, row.hours, tuple(row.intervals), row.follows_calendar
    )


def row_of(row: CalendarEntry) -> EntryRow:
    """Return a calendar entry as a plain value."""
    return EntryRow(
        row.id, row.kind, row.name, row.starts, row.ends, row.area, tuple(row.plans),
        row.everybody, row.lead_minutes, row.lag_minutes,
    )  # fmt: skip


class TimetableRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, wanted: str | None) -> Site | None:
        """Return that site, or the first where None is wanted."""
        query = select(Site).order_by(Site.id).limit(1)
        if wanted is not None:
            query = query.where(Site.id == wanted)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def of(self, site: Site, today: str) -> Timetable:
        """Return the timetable of a site, with the people whose plans count from ``today``."""
        ways = await self._ways(site.id)
        session = self._session
        areas = await session.scalars(select(Area).where(Area.site == site.id).order_by(Area.rank))
        plans = await session.scalars(select(Plan).where(Plan.site == site.id))
        schedules = await session.scalars(select(Schedule).where(Schedule.site == site.id))
        entries = await session.scalars(
            select(CalendarEntry)
            .where(CalendarEntry.site == site.id)
            .order_by(CalendarEntry.starts, CalendarEntry.id)
        )
        return Timetable(
            locality_of(site),
            site.opening,
            site.day_starts,
            {row.id: hours_of(row) for row in schedules},
            tuple(row_of(row) for row in entries),
            tuple(AreaRow(row.id, row.name, row.opening) for row in areas),
            await self._doors(site.id, ways),
            await self._rules(site.id, ways),
            {plan.id: (plan.name_fr, plan.name_en) for plan in plans},
            await self._groups(site.id, today),
        )

    async def _ways(self, site: str) -> Sequence[AccessPoint]:
        query = (
            select(AccessPoint)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site, AccessPoint.exit.is_(False))
        )
        return (await self._session.execute(query)).scalars().all()

    async def _doors(self, site: str, ways: Iterable[AccessPoint]) -> tuple[DoorRow, ...]:
        into: dict[str, set[str]] = defaultdict(set)
        for way in ways:
            into[way.door].add(way.area_to)
        query = select(Door).where(Door.site == site).order_by(Door.rank, Door.id)
        return tuple(
            DoorRow(row.id, row.name, row.unlock_schedule, tuple(sorted(into[row.id])))
            for row in (await self._session.execute(query)).scalars()
        )

    async def _rules(self, site: str, ways: Sequence[AccessPoint]) -> tuple[RuleRow, ...]:
        query = (
            select(Rule).join(Plan, Plan.id == Rule.plan).where(Plan.site == site).order_by(Rule.id)
        )
        found = []
        for row in (await self._session.execute(query)).scalars():
            points = set(row.access_points)
            areas = set(row.areas) | {way.area_to for way in ways if way.id in points}
            found.append(RuleRow(row.plan, tuple(sorted(areas - {OUTSIDE})), row.schedule))
        return tuple(found)

    async def _groups(self, site: str, today: str) -> tuple[Group, ...]:
        """Return people by their plans; those without any count too, for events."""
        current = or_(Subscription.ends_on.is_(None), Subscription.ends_on >= today)
        query = (
            select(Holder.id, Subscription.plan, Subscription.weekdays)
            .outerjoin(Subscription, (Subscription.holder == Holder.id) & current)
            .where(Holder.site == site, Holder.archived_at.is_(None))
        )
        held: dict[str, set[tuple[str, tuple[int, ...] | None]]] = defaultdict(set)
        for holder, plan, weekdays in (await self._session.execute(query)).all():
            has = held[holder]
            if plan is not None:
                has.add((plan, None if weekdays is None else tuple(weekdays)))
        counted = Counter(frozenset(each) for each in held.values())
        return tuple(Group(plans, count) for plans, count in counted.items())
