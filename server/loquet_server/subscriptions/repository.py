"""What the room of subscriptions asks the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Holder, Organisation, PassAccount, PassUse, Plan, Subscription


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription with its plan."""

    subscription: Subscription
    plan: Plan


class SubscriptionRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self,
        site: str | None,
        *,
        holder: str | None = None,
        plan: str | None = None,
        limit: int = 1000,
        after: str | None = None,
    ) -> Sequence[Subscription]:
        """Return subscriptions in order of their ids, after one of them."""
        query = select(Subscription).order_by(Subscription.id).limit(limit)
        for column, wanted in (
            (Subscription.site, site),
            (Subscription.holder, holder),
            (Subscription.plan, plan),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if after is not None:
            query = query.where(Subscription.id > after)
        return list((await self._session.execute(query)).scalars())

    async def one(self, subscription: str) -> Subscription | None:
        """Return one subscription."""
        return await self._session.get(Subscription, subscription)

    async def of_holder(self, holder: str) -> list[Held]:
        """Return a member's subscriptions with their plans, the newest first."""
        query = (
            select(Subscription, Plan)
            .join(Plan, Plan.id == Subscription.plan)
            .where(Subscription.holder == holder)
            .order_by(Subscription.starts_on.desc(), Subscription.id)
        )
        rows = (await self._session.execute(query)).all()
        return [Held(subscription, plan) for subscription, plan in rows]

    async def plan(self, plan: str) -> Plan | None:
        """Return one plan."""
        return await self._session.get(Plan, plan)

    async def offered(self, site: str) -> Sequence[Plan]:
        """Return the plans that may be given."""
        query = select(Plan).where(Plan.site == site, Plan.archived_at.is_(None))
        return list((await self._session.execute(query.order_by(Plan.name_fr, Plan.id))).scalars())

    async def holder(self, holder: str) -> Holder | None:
        """Return one member."""
        return await self._session.get(Holder, holder)

    async def organisation(self, organisation: str) -> Organisation | None:
        """Return one organisation."""
        return await self._session.get(Organisation, organisation)

    async def account(self, account: str) -> PassAccount | None:
        """Return one account."""
        return await self._session.get(PassAccount, account)

    async def shared(self, organisation: str, plan: str) -> Sequence[PassAccount]:
        """Return an organisation's accounts of a plan."""
        query = select(PassAccount).where(
            PassAccount.organisation == organisation, PassAccount.plan == plan
        )
        query = query.order_by(PassAccount.created_at, PassAccount.id)
        return list((await self._session.execute(query)).scalars())

    async def uses(self, row: Subscription) -> int:
        """Return how many passes its holder has used in its account from its first day on."""
        query = select(func.count()).where(
            PassUse.account == row.account,
            PassUse.holder == row.holder,
            PassUse.day >= row.starts_on,
        )
        return int((await self._session.execute(query)).scalar_one())

    def add(self, row: Subscription) -> None:
        """Store a new subscription."""
        self._session.add(row)

    async def drop(self, row: Subscription) -> None:
        """Delete a subscription."""
        await self._session.delete(row)
