"""Reads the rows that policies are made of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, String, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from loquet_server.models import (
    AccessPoint,
    Area,
    CalendarEntry,
    Credential,
    DerivedNumber,
    Door,
    ExtraWindow,
    Holder,
    Membership,
    Pin,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
)
from loquet_server.policy.rows import (
    AccessPointRow,
    AreaRow,
    CredentialRow,
    DoorRow,
    EntryRow,
    Frame,
    HolderRow,
    MembershipRow,
    People,
    PlanRow,
    RuleRow,
    ScheduleRow,
    SiteRow,
    SubscriptionRow,
    WindowRow,
)
from loquet_server.policy.rules import Variant

SOME = 500
"""Names in one question."""
LONG_AGO = 100 * 86_400 * 1000
"""Milliseconds: a window that ended so long before the frame is no longer spoken of."""


class SourceRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def timezone(self, site: str) -> str | None:
        """Return a site's time zone; None if there is no such site."""
        query = select(Site.timezone).where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def frame(self, site: str, start: int, days: int) -> Frame:
        """Return what a space has decided, to be expanded from ``start`` (UTC seconds)."""
        return Frame(
            await self._site(site),
            start,
            days,
            areas=tuple([AreaRow(*row) for row in await self._rows(_areas(site))]),
            doors=tuple([DoorRow(*row) for row in await self._rows(_doors(site))]),
            access_points=tuple([AccessPointRow(*row) for row in await self._rows(_ways(site))]),
            schedules=tuple([_schedule(*row) for row in await self._rows(_schedules(site))]),
            entries=tuple([_entry(*row) for row in await self._rows(_entries(site))]),
            plans=tuple([PlanRow(*row) for row in await self._rows(_plans(site))]),
            rules=tuple([_rule(*row) for row in await self._rows(_rules(site))]),
        )

    async def people(self, site: str, start: int, holders: Iterable[str] | None = None) -> People:
        """Return these holders of a site (None: all), and what they have."""
        holder_rows: list[HolderRow] = []
        subscriptions: list[SubscriptionRow] = []
        memberships: list[MembershipRow] = []
        credentials: list[CredentialRow] = []
        windows: list[WindowRow] = []
        ended = start * 1000 - LONG_AGO
        for some in _some(holders):
            holder_rows += [
                _holder(*row) for row in await self._of(_holders(site), Holder.id, some)
            ]
            subscriptions += [
                _subscription(*row)
                for row in await self._of(_subscriptions(site), Subscription.holder, some)
            ]
            memberships += [
                MembershipRow(*row)
                for row in await self._of(_memberships(site), Membership.holder, some)
            ]
            credentials += [
                CredentialRow(*row)
                for query in (_credentials(site), _derived(site))
                for row in await self._of(query, Credential.holder, some)
            ]
            windows += [
                WindowRow(*row)
                for row in await self._of(_windows(site, ended), ExtraWindow.holder, some)
            ]
        return People(
            tuple(holder_rows), tuple(subscriptions), tuple(memberships), tuple(credentials),
            tuple(windows),
        )  # fmt: skip

    async def owners(self, site: str, digests: Iterable[str]) -> set[str]:
        """Return who has these badges now."""
        found: set[str] = set()
        for some in _some(digests):
            query = select(Credential.holder).where(Credential.site == site)
            rows = await self._of(query, Credential.digest, some)
            query = query.join(DerivedNumber, DerivedNumber.badge == Credential.id).where(
                DerivedNumber.site == site
            )
            rows = [*rows, *await self._of(query, DerivedNumber.digest, some)]
            found |= {row[0] for row in rows if row[0] is not None}
        return found

    async def variants(self, site: str) -> set[Variant]:
        """Return which plans somebody has on chosen weekdays."""
        query = (
            select(Subscription.plan, Subscription.weekdays)
            .join(Holder, Holder.id == Subscription.holder)
            .where(
                Subscription.site == site,
                Holder.archived_at.is_(None),
                cast(Subscription.weekdays, String) != "null",
            )
        )
        rows = await self._rows(query)
        return {(plan, tuple(sorted(set(days)))) for plan, days in rows if days is not None}

    async def _site(self, site: str) -> SiteRow:
        query = select(
            Site.id, Site.timezone, Site.country, Site.department, Site.school_zone, Site.opening,
            Site.day_starts, Site.half_day_at, Site.membership_required,
            Site.membership_grace_days,
        ).where(Site.id == site)  # fmt: skip
        row: Any = (await self._session.execute(query)).one()
        return SiteRow(*row)

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        return (await self._session.execute(query)).all()

    async def _of(
        self,
        query: Select[*tuple[Any, ...]],
        column: InstrumentedAttribute[Any],
        some: list[str] | None,
    ) -> Sequence[Any]:
        return await self._rows(query if some is None else query.where(column.in_(some)))


def _some(names: Iterable[str] | None) -> Iterator[list[str] | None]:
    if names is None:
        yield None
        return
    left = sorted(names)
    for at in range(0, len(left), SOME):
        yield left[at : at + SOME]


Query = Select[*tuple[Any, ...]]


def _areas(site: str) -> Query:
    return select(
        Area.id, Area.opening, Area.consumes, Area.capacity, Area.when_full, Area.exit_sensing,
        Area.booking_only,
    ).where(Area.site == site)  # fmt: skip


def _doors(site: str) -> Query:
    return select(
        Door.id, Door.unit, Door.unlock_schedule, Door.first_card, Door.blocked
    ).where(Door.site == site)  # fmt: skip


def _ways(site: str) -> Query:
    return (
        select(
            AccessPoint.id, AccessPoint.door, AccessPoint.area_from, AccessPoint.area_to,
            AccessPoint.minimum_assurance, AccessPoint.untrusted_clock, AccessPoint.exit,
            AccessPoint.anti_passback, AccessPoint.anti_passback_minutes,
            AccessPoint.pin, AccessPoint.badge_alone,
        )
        .join(Door, Door.id == AccessPoint.door)
        .where(Door.site == site)
    )  # fmt: skip


def _schedules(site: str) -> Query:
    return select(
        Schedule.id, Schedule.always, Schedule.hours, Schedule.intervals, Schedule.follows_calendar
    ).where(Schedule.site == site)


def _schedule(name: str, always: bool, hours: str, intervals: Any, follows: bool) -> ScheduleRow:
    return ScheduleRow(name, always, hours or "", tuple(intervals or ()), follows)


def _entries(site: str) -> Query:
    return select(
        CalendarEntry.id, CalendarEntry.kind, CalendarEntry.starts, CalendarEntry.ends,
        CalendarEntry.area, CalendarEntry.plans, CalendarEntry.everybody,
        CalendarEntry.lead_minutes, CalendarEntry.lag_minutes,
    ).where(CalendarEntry.site == site)  # fmt: skip


def _entry(
    name: str, kind: str, starts: str, ends: str, area: str | None, plans: Any, *rest: Any
) -> EntryRow:
    return EntryRow(name, kind, starts, ends, area, tuple(plans or ()), *rest)


def _plans(site: str) -> Query:
    return select(
        Plan.id, Plan.counts, Plan.allowance, Plan.window, Plan.when_empty, Plan.grace_days,
        Plan.needs_membership, Plan.lead_minutes, Plan.lag_minutes, Plan.stale_days,
        Plan.expires_days,
    ).where(Plan.site == site)  # fmt: skip


def _rules(site: str) -> Query:
    return (
        select(Rule.id, Rule.plan, Rule.areas, Rule.access_points, Rule.schedule)
        .join(Plan, Plan.id == Rule.plan)
        .where(Plan.site == site)
    )


def _rule(name: str, plan: str, areas: Any, points: Any, schedule: str | None) -> RuleRow:
    return RuleRow(name, plan, tuple(areas or ()), tuple(points or ()), schedule)


def _holders(site: str) -> Query:
    return select(
        Holder.id, Holder.valid_from, Holder.valid_until, Holder.suspended,
        Holder.extended_release, Holder.may_lift_lockdown, Holder.archived_at,
        Pin.digest, Pin.ends_at,
    ).outerjoin(Pin, Pin.holder == Holder.id).where(Holder.site == site)  # fmt: skip


def _holder(name: str, *row: Any) -> HolderRow:
    first, until, suspended, extended, lifts, archived_at, pin, pin_ends_at = row
    ends = None if pin_ends_at is None else pin_ends_at // 1000
    archived = archived_at is not None
    return HolderRow(name, first, until, suspended, extended, lifts, archived, pin, ends)


def _subscriptions(site: str) -> Query:
    return select(
        Subscription.holder, Subscription.plan, Subscription.starts_on, Subscription.ends_on,
        Subscription.grace_days, Subscription.weekdays, Subscription.account,
    ).where(Subscription.site == site)  # fmt: skip


def _subscription(holder: str, plan: str, starts_on: str, *row: Any) -> SubscriptionRow:
    ends_on, grace_days, days, account = row
    weekdays = None if days is None else tuple(days)
    return SubscriptionRow(holder, plan, starts_on, ends_on, grace_days, weekdays, account)


def _memberships(site: str) -> Query:
    return (
        select(Membership.holder, Membership.starts_on, Membership.ends_on)
        .join(Holder, Holder.id == Membership.holder)
        .where(Holder.site == site)
    )


def _credentials(site: str) -> Query:
    return select(
        Credential.digest, Credential.holder, Credential.status, Credential.disabled,
        Credential.issuer, Credential.valid_from, Credential.valid_until,
    ).where(Credential.site == site, Credential.holder.is_not(None))  # fmt: skip


def _derived(site: str) -> Query:
    """What other readers make of badges, but for numbers that are stored as badges themselves."""
    stored = aliased(Credential)
    return (
        select(
            DerivedNumber.digest, Credential.holder, Credential.status, Credential.disabled,
            Credential.issuer, Credential.valid_from, Credential.valid_until, Credential.digest,
        )
        .join(Credential, Credential.id == DerivedNumber.badge)
        .where(
            Credential.site == site,
            Credential.holder.is_not(None),
            ~exists().where(stored.site == site, stored.digest == DerivedNumber.digest),
        )
    )  # fmt: skip


def _windows(site: str, ended: int) -> Query:
    return select(
        ExtraWindow.holder, ExtraWindow.area, ExtraWindow.starts_at, ExtraWindow.ends_at,
        ExtraWindow.lead_minutes, ExtraWindow.lag_minutes, ExtraWindow.reserved,
    ).where(
        ExtraWindow.site == site, ExtraWindow.cancelled_at.is_(None), ExtraWindow.ends_at > ended
    )  # fmt: skip
