"""What the room of plans asks the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    Area,
    CalendarEntry,
    Door,
    Membership,
    PassAccount,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
)


@dataclass(frozen=True, slots=True)
class Places:
    """A site and what plans may name: areas, ways in, schedules."""

    site: Site
    areas: Sequence[Area]
    ways: dict[str, str]
    """Access points by id, with the name of their door."""
    leads: dict[str, str]
    """Access points by id, with the area that they lead into."""
    schedules: list[Schedule]


class PlanRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self,
        site: str | None,
        *,
        limit: int = 1000,
        after: str | None = None,
        archived: bool = True,
    ) -> Sequence[Plan]:
        """Return plans in order of their ids, after one of them."""
        query = select(Plan).order_by(Plan.id).limit(limit)
        if site is not None:
            query = query.where(Plan.site == site)
        if after is not None:
            query = query.where(Plan.id > after)
        if not archived:
            query = query.where(Plan.archived_at.is_(None))
        return list((await self._session.execute(query)).scalars())

    async def one(self, plan: str, *, lock: bool = False) -> Plan | None:
        """Return one plan."""
        return await self._session.get(Plan, plan, with_for_update=lock or None)

    async def rules(self, plans: Iterable[str]) -> dict[str, list[Rule]]:
        """Return the rules of these plans, by plan."""
        query = select(Rule).where(Rule.plan.in_(list(plans))).order_by(Rule.id)
        found: dict[str, list[Rule]] = {}
        for rule in (await self._session.execute(query)).scalars():
            found.setdefault(rule.plan, []).append(rule)
        return found

    async def members(self, plans: Iterable[str], day: str) -> dict[str, int]:
        """Return how many people have each plan on a day (ISO date)."""
        query = (
            select(Subscription.plan, func.count(func.distinct(Subscription.holder)))
            .where(Subscription.plan.in_(list(plans)), _runs(day))
            .group_by(Subscription.plan)
        )
        return dict((await self._session.execute(query)).all())

    async def without_membership(self, plan: str, day: str) -> int:
        """Return how many have the plan on a day, but no membership then."""
        there = (
            select(Membership.id)
            .where(
                Membership.holder == Subscription.holder,
                Membership.starts_on <= day,
                Membership.ends_on >= day,
            )
            .exists()
        )
        query = select(func.count(func.distinct(Subscription.holder))).where(
            Subscription.plan == plan, _runs(day), ~there
        )
        return int((await self._session.execute(query)).scalar_one())

    async def uses(self, plan: str) -> tuple[int, int]:
        """Return how many subscriptions and accounts a plan has, ever."""
        counts = []
        for model in (Subscription, PassAccount):
            query = select(func.count()).select_from(model).where(model.plan == plan)
            counts.append(int((await self._session.execute(query)).scalar_one()))
        return counts[0], counts[1]

    async def events_for(self, plan: str, site: str) -> int:
        """Return how many events are for those who have this plan."""
        query = select(CalendarEntry.plans).where(CalendarEntry.site == site)
        found = (await self._session.execute(query)).scalars()
        return sum(plan in (each or ()) for each in found)

    async def places(self, site: str) -> Places | None:
        """Return what plans of a site may name."""
        row = await self._session.get(Site, site)
        if row is None:
            return None
        areas = select(Area).where(Area.site == site).order_by(Area.rank, Area.name, Area.id)
        ways = (
            select(AccessPoint.id, Door.name, AccessPoint.area_to)
            .join(Door, Door.id == AccessPoint.door)
            .where(Door.site == site)
            .order_by(Door.rank, AccessPoint.id)
        )
        schedules = select(Schedule).where(Schedule.site == site)
        schedules = schedules.order_by(Schedule.name, Schedule.id)
        found = (await self._session.execute(ways)).all()
        return Places(
            row,
            list((await self._session.execute(areas)).scalars()),
            {way: door for way, door, _ in found},
            {way: area for way, _, area in found},
            list((await self._session.execute(schedules)).scalars()),
        )

    def add(self, *rows: Any) -> None:
        """Store new rows."""
        self._session.add_all(rows)

    async def drop_rules(self, rules: Iterable[str]) -> None:
        """Delete rules."""
        await self._session.execute(delete(Rule).where(Rule.id.in_(list(rules))))

    async def drop(self, plan: Plan) -> None:
        """Delete a plan and its rules."""
        await self._session.execute(delete(Rule).where(Rule.plan == plan.id))
        await self._session.delete(plan)


def _runs(day: str) -> ColumnElement[bool]:
    return (Subscription.starts_on <= day) & or_(
        Subscription.ends_on.is_(None), Subscription.ends_on >= day
    )
