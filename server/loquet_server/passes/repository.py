"""What the room of passes asks the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Holder,
    Organisation,
    PassAccount,
    PassPurchase,
    PassUse,
    Plan,
)

MOST = 500


@dataclass(frozen=True, slots=True)
class Used:
    """A use with whose it is and what for."""

    use: PassUse
    holder: Holder
    plan: Plan


@dataclass(frozen=True, slots=True)
class Owned:
    """An account with its plan, and whose it is."""

    account: PassAccount
    plan: Plan
    holder: Holder | None
    organisation: Organisation | None

    @property
    def owner(self) -> str:
        """Who it belongs to."""
        found = self.holder or self.organisation
        return found.name if found is not None else ""


class PassRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # ---- accounts ------------------------------------------------------------------------

    async def accounts(
        self,
        site: str | None,
        *,
        holder: str | None = None,
        organisation: str | None = None,
        limit: int = 1000,
        after: str | None = None,
    ) -> Sequence[PassAccount]:
        """Return accounts in order of their ids, after one of them."""
        query = select(PassAccount).order_by(PassAccount.id).limit(limit)
        for column, wanted in (
            (PassAccount.site, site),
            (PassAccount.holder, holder),
            (PassAccount.organisation, organisation),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if after is not None:
            query = query.where(PassAccount.id > after)
        return list((await self._session.execute(query)).scalars())

    async def account(self, account: str) -> PassAccount | None:
        """Return one account."""
        return await self._session.get(PassAccount, account)

    async def owned(self, account: PassAccount) -> Owned:
        """Return an account with its plan, and whose it is."""
        plan = await self._session.get(Plan, account.plan)
        assert plan is not None
        holder, organisation = None, None
        if account.holder is not None:
            holder = await self._session.get(Holder, account.holder)
        if account.organisation is not None:
            organisation = await self.organisation(account.organisation)
        return Owned(account, plan, holder, organisation)

    async def shared(self, site: str) -> list[Owned]:
        """Return the accounts that organisations' people share."""
        query = (
            select(PassAccount, Plan, Organisation)
            .join(Plan, Plan.id == PassAccount.plan)
            .join(Organisation, Organisation.id == PassAccount.organisation)
            .where(PassAccount.site == site)
            .order_by(Organisation.name, PassAccount.id)
        )
        rows = (await self._session.execute(query)).all()
        return [Owned(account, plan, None, found) for account, plan, found in rows]

    async def organisation(self, organisation: str) -> Organisation | None:
        """Return one organisation."""
        return await self._session.get(Organisation, organisation)

    async def organisations(self, site: str) -> Sequence[Organisation]:
        """Return the organisations that may have accounts."""
        query = select(Organisation).where(
            Organisation.site == site, Organisation.archived_at.is_(None)
        )
        query = query.order_by(Organisation.name, Organisation.id)
        return list((await self._session.execute(query)).scalars())

    async def counting(self, site: str) -> Sequence[Plan]:
        """Return the plans that count passes."""
        query = select(Plan).where(
            Plan.site == site, Plan.counts.is_not(None), Plan.archived_at.is_(None)
        )
        return list((await self._session.execute(query.order_by(Plan.name_fr, Plan.id))).scalars())

    async def plan(self, plan: str) -> Plan | None:
        """Return one plan."""
        return await self._session.get(Plan, plan)

    # ---- what came in, what was used -----------------------------------------------------

    async def purchases(
        self, account: str, *, limit: int = MOST, before: int | None = None
    ) -> Sequence[PassPurchase]:
        """Return what came into an account, the newest first."""
        query = select(PassPurchase).where(PassPurchase.account == account)
        if before is not None:
            query = query.where(PassPurchase.id < before)
        query = query.order_by(PassPurchase.id.desc()).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def uses_of(self, account: str) -> list[Used]:
        """Return the uses of an account, the newest days first."""
        query = _USED.where(PassUse.account == account)
        return await self._used(query.order_by(PassUse.period.desc(), PassUse.id.desc()))

    async def uses(
        self,
        site: str | None,
        *,
        account: str | None = None,
        holder: str | None = None,
        month: str | None = None,
        billed: bool | None = None,
        conflict: bool | None = None,
        limit: int = MOST,
        before: int | None = None,
    ) -> Sequence[PassUse]:
        """Return uses, the newest first; ``month`` such as 2026-11."""
        query = select(PassUse).join(PassAccount, PassAccount.id == PassUse.account)
        for column, wanted in (
            (PassAccount.site, site),
            (PassUse.account, account),
            (PassUse.holder, holder),
            (PassUse.billed, billed),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if month is not None:
            query = query.where(PassUse.day >= f"{month}-01", PassUse.day <= f"{month}-31")
        if conflict is not None:
            found = PassUse.conflict.is_not(None)
            query = query.where(found if conflict else ~found)
        if before is not None:
            query = query.where(PassUse.id < before)
        query = query.order_by(PassUse.id.desc()).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def conflicts(self, site: str, since_day: str) -> list[Used]:
        """Return what did not fit since a day (ISO date), the newest first."""
        query = _USED.where(
            PassAccount.site == site, PassUse.conflict.is_not(None), PassUse.day >= since_day
        )
        return await self._used(query.order_by(PassUse.period.desc(), PassUse.id.desc()))

    async def billed(self, site: str, month: str) -> list[Used]:
        """Return what is to be billed of a month such as 2026-11, by name and day."""
        query = _USED.where(
            PassAccount.site == site,
            PassUse.billed.is_(True),
            PassUse.refunded_at.is_(None),
            PassUse.day >= f"{month}-01",
            PassUse.day <= f"{month}-31",
        )
        return await self._used(query.order_by(Holder.name, Holder.id, PassUse.period), None)

    async def use(self, use: int) -> PassUse | None:
        """Return one use; it is ours until the commit."""
        return await self._session.get(PassUse, use, with_for_update=True)

    async def used(self, use: int) -> Used | None:
        """Return one use with whose it is."""
        found = await self._used(_USED.where(PassUse.id == use))
        return found[0] if found else None

    async def _used(
        self, query: "Select[PassUse, Holder, Plan]", most: int | None = MOST
    ) -> list[Used]:
        rows = (await self._session.execute(query.limit(most))).all()
        return [Used(use, holder, plan) for use, holder, plan in rows]


_USED = (
    select(PassUse, Holder, Plan)
    .join(PassAccount, PassAccount.id == PassUse.account)
    .join(Holder, Holder.id == PassUse.holder)
    .join(Plan, Plan.id == PassAccount.plan)
)
