"""Members and what belongs to them, as lists and pages ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.members.schemas import Wanted
from loquet_server.models import (
    Credential,
    Door,
    ExtraWindow,
    Holder,
    Membership,
    Organisation,
    Passage,
    Plan,
    Subscription,
)

SOON = timedelta(days=30)
"""What ends within this time ends soon."""


@dataclass(slots=True)
class Summary:
    """What stands beside a name in a list."""

    plans: list[tuple[Plan, Subscription]] = field(default_factory=list)
    """Those that run or are still to begin, by their first day."""
    badges: int = 0
    """Handed out."""
    membership_until: str | None = None


class MemberRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, site: str | None, wanted: Wanted, today: date, limit: int, after: Holder | None
    ) -> Sequence[Holder]:
        """Return members by name, those after ``after``."""
        query = _filtered(select(Holder), wanted, today)
        if site is not None:
            query = query.where(Holder.site == site)
        if after is not None:
            same = and_(Holder.name == after.name, Holder.id > after.id)
            query = query.where(or_(Holder.name > after.name, same))
        query = query.order_by(Holder.name, Holder.id).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def count(self, site: str, wanted: Wanted, today: date) -> int:
        """Return how many members a list has."""
        query = _filtered(select(func.count()).select_from(Holder), wanted, today)
        found = (await self._session.execute(query.where(Holder.site == site))).scalar_one()
        return int(found)

    async def summaries(self, holders: Sequence[Holder], today: date) -> dict[str, Summary]:
        """Return what stands beside each name."""
        found = {each.id: Summary() for each in holders}
        ids = list(found)
        plans = (
            select(Subscription, Plan)
            .join(Plan, Plan.id == Subscription.plan)
            .where(Subscription.holder.in_(ids), _not_ended(today))
            .order_by(Subscription.starts_on, Subscription.id)
        )
        for subscription, plan in (await self._session.execute(plans)).all():
            found[subscription.holder].plans.append((plan, subscription))
        badges = (
            select(Credential.holder, func.count())
            .where(Credential.holder.in_(ids), Credential.status == "handed_out")
            .group_by(Credential.holder)
        )
        for holder, count in (await self._session.execute(badges)).all():
            found[holder or ""].badges = count
        ends = (
            select(Membership.holder, func.max(Membership.ends_on))
            .where(Membership.holder.in_(ids))
            .group_by(Membership.holder)
        )
        for holder, until in (await self._session.execute(ends)).all():
            found[holder].membership_until = until
        return found

    async def memberships(self, holder: str) -> Sequence[Membership]:
        """Return a member's years, the latest first."""
        query = select(Membership).where(Membership.holder == holder)
        query = query.order_by(Membership.ends_on.desc(), Membership.id)
        return list((await self._session.execute(query)).scalars())

    async def membership(self, membership: str) -> Membership | None:
        """Return one year."""
        return await self._session.get(Membership, membership)

    async def badges(self, holder: str) -> Sequence[Credential]:
        """Return a member's badges, newest first."""
        query = select(Credential).where(Credential.holder == holder)
        query = query.order_by(Credential.created_at.desc(), Credential.id)
        return list((await self._session.execute(query)).scalars())

    async def windows(self, holder: str, now_ms: int) -> Sequence[ExtraWindow]:
        """Return the times at which a guest may come, now or later."""
        query = (
            select(ExtraWindow)
            .where(
                ExtraWindow.holder == holder,
                ExtraWindow.ends_at > now_ms,
                ExtraWindow.cancelled_at.is_(None),
            )
            .order_by(ExtraWindow.starts_at, ExtraWindow.id)
            .limit(50)
        )
        return list((await self._session.execute(query)).scalars())

    async def refusals(self, holder: str, since_ms: int) -> Sequence[tuple[Passage, str]]:
        """Return a member's last refusals, each with the name of its door."""
        query = (
            select(Passage, Door.name)
            .join(Door, Door.id == Passage.door)
            .where(Passage.holder == holder, Passage.outcome == "denied", Passage.at >= since_ms)
            .order_by(Passage.at.desc(), Passage.id.desc())
            .limit(5)
        )
        return [(row.Passage, row.name) for row in (await self._session.execute(query)).all()]

    async def plans(self, site: str) -> Sequence[Plan]:
        """Return the plans that a list can be narrowed to."""
        query = select(Plan).where(Plan.site == site, Plan.archived_at.is_(None))
        return list((await self._session.execute(query.order_by(Plan.name_fr))).scalars())

    async def organisations(self, site: str) -> Sequence[Organisation]:
        """Return the organisations that a member can belong to."""
        query = select(Organisation).where(
            Organisation.site == site, Organisation.archived_at.is_(None)
        )
        return list((await self._session.execute(query.order_by(Organisation.name))).scalars())

    async def names_of(self, organisations: set[str]) -> dict[str, str]:
        """Return organisations' names by id."""
        query = select(Organisation.id, Organisation.name).where(
            Organisation.id.in_(sorted(organisations))
        )
        return {row.id: row.name for row in (await self._session.execute(query)).all()}

    async def organisation_site(self, organisation: str) -> str | None:
        """Return the site of an organisation that has members, or None."""
        found = await self._session.get(Organisation, organisation)
        return None if found is None or found.archived_at is not None else found.site

    def add(self, row: Holder | Membership) -> None:
        """Store a new row."""
        self._session.add(row)

    async def remove(self, row: Membership) -> None:
        """Forget a year that was written by mistake."""
        await self._session.delete(row)


def _not_ended(today: date) -> ColumnElement[bool]:
    return or_(Subscription.ends_on.is_(None), Subscription.ends_on >= today.isoformat())


def _filtered(query: Select[*tuple[object, ...]], wanted: Wanted, today: date) -> Select:  # type: ignore[type-arg]
    query = query.where(_in_state(wanted.state, today))
    if wanted.kind is not None:
        query = query.where(Holder.kind == wanted.kind)
    elif wanted.state != "all":
        query = query.where(Holder.kind != "guest")
    if wanted.organisation:
        query = query.where(Holder.organisation == wanted.organisation)
    if wanted.plan:
        query = query.where(
            exists().where(
                Subscription.holder == Holder.id,
                Subscription.plan == wanted.plan,
                _not_ended(today),
            )
        )
    return query.where(_named(wanted.q)) if wanted.q else query


def _in_state(state: str, today: date) -> ColumnElement[bool]:
    here = Holder.archived_at.is_(None)
    badge = exists().where(Credential.holder == Holder.id, Credential.status == "handed_out")
    states = {
        "active": here,
        "suspended": and_(here, Holder.suspended),
        "without_badge": and_(here, ~badge),
        "ending": and_(here, _ending(today)),
        "archived": Holder.archived_at.is_not(None),
        "all": Holder.id.is_not(None),
    }
    return states[state]


def _ending(today: date) -> ColumnElement[bool]:
    """True for whose last plan, or last membership, ends within a month or ended within one."""
    first, last = (today - SOON).isoformat(), (today + SOON).isoformat()
    own = Subscription.holder == Holder.id
    endless = exists().where(own, Subscription.ends_on.is_(None))
    plan = select(func.max(Subscription.ends_on)).where(own).scalar_subquery()
    year = (
        select(func.max(Membership.ends_on)).where(Membership.holder == Holder.id).scalar_subquery()
    )
    return or_(and_(~endless, plan.between(first, last)), year.between(first, last))


def _named(text: str) -> ColumnElement[bool]:
    """True for whose name, mail, telephone, organisation or badge holds the text."""
    badge = exists().where(
        Credential.holder == Holder.id,
        or_(
            Credential.label.icontains(text, autoescape=True),
            Credential.last4 == text.upper(),
        ),
    )
    organisation = exists().where(
        Organisation.id == Holder.organisation,
        Organisation.name.icontains(text, autoescape=True),
    )
    columns = (Holder.name, Holder.mail, Holder.phone)
    return or_(*(each.icontains(text, autoescape=True) for each in columns), badge, organisation)
