"""Organisations, their people and their shared passes."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Holder, Organisation, PassAccount, PassPurchase, PassUse, Plan
from loquet_server.organisations.days import Use


class OrganisationRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, site: str, limit: int, after: str | None) -> Sequence[Organisation]:
        """Return organisations by id, those after ``after``."""
        query = select(Organisation).where(Organisation.site == site).order_by(Organisation.id)
        if after is not None:
            query = query.where(Organisation.id > after)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def listed(self, site: str, archived: bool) -> Sequence[tuple[Organisation, int]]:
        """Return organisations by name, each with the number of its people."""
        people = (
            select(func.count())
            .where(Holder.organisation == Organisation.id, Holder.archived_at.is_(None))
            .scalar_subquery()
        )
        query = select(Organisation, people).where(Organisation.site == site)
        away = Organisation.archived_at
        query = query.where(away.is_not(None) if archived else away.is_(None))
        query = query.order_by(Organisation.name, Organisation.id)
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def people(self, organisation: str) -> Sequence[Holder]:
        """Return an organisation's people by name."""
        query = (
            select(Holder)
            .where(Holder.organisation == organisation, Holder.archived_at.is_(None))
            .order_by(Holder.name, Holder.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def represented(self, holder: str) -> Organisation | None:
        """Return the organisation that a member speaks for."""
        query = (
            select(Organisation)
            .join(Holder, Holder.organisation == Organisation.id)
            .where(Holder.id == holder, Holder.represents, Organisation.archived_at.is_(None))
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def accounts(self, organisation: str) -> Sequence[tuple[PassAccount, Plan, int, int]]:
        """Return shared accounts, each with its plan, passes bought, and passes used."""
        bought = (
            select(func.coalesce(func.sum(PassPurchase.amount), 0))
            .where(PassPurchase.account == PassAccount.id)
            .scalar_subquery()
        )
        used = (
            select(func.count())
            .where(PassUse.account == PassAccount.id, PassUse.refunded_at.is_(None))
            .scalar_subquery()
        )
        query = (
            select(PassAccount, Plan, bought, used)
            .join(Plan, Plan.id == PassAccount.plan)
            .where(PassAccount.organisation == organisation)
            .order_by(PassAccount.id)
        )
        rows = (await self._session.execute(query)).all()
        return [(row[0], row[1], int(row[2]), int(row[3])) for row in rows]

    async def uses(self, organisation: str, first_day: str) -> list[Use]:
        """Return passes used from the organisation's accounts since a day, but those refunded."""
        query = (
            select(PassUse.holder, PassUse.day, PassUse.half)
            .join(PassAccount, PassAccount.id == PassUse.account)
            .where(
                PassAccount.organisation == organisation,
                PassUse.refunded_at.is_(None),
                PassUse.day >= first_day,
            )
        )
        rows = (await self._session.execute(query)).all()
        return [Use(row.holder, row.day, row.half is not None) for row in rows]

    def add(self, row: Organisation) -> None:
        """Store a new row."""
        self._session.add(row)
