"""What goes out, in batches."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Area,
    Credential,
    Door,
    Holder,
    Membership,
    Organisation,
    PassAccount,
    Passage,
    PassUse,
    Plan,
    Site,
    Subscription,
)

SOME = 500
MOST = 500_000
"""Rows in one file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it: of one site, and where there are moments, from ``since`` until (UTC ms)."""

    site: str
    since: int = 0
    until: int = 2**53


class ExportRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str | None) -> Site | None:
        """Return this site, or the first if none is named."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def members(self, wanted: Wanted) -> AsyncIterator[Any]:
        """Yield members who are not archived, with the name of their ``organisation``."""
        query = (
            select(Holder, Organisation.name.label("organisation"))
            .outerjoin(Organisation, Organisation.id == Holder.organisation)
            .where(Holder.site == wanted.site, Holder.archived_at.is_(None))
            .order_by(Holder.name, Holder.id)
        )
        async for row in self._rows(query):
            yield row

    async def plans(self, site: str) -> dict[str, list[Any]]:
        """Return the subscriptions of each member with their ``Plan``, the newest first."""
        query = (
            select(Subscription, Plan)
            .join(Plan, Plan.id == Subscription.plan)
            .where(Subscription.site == site)
            .order_by(Subscription.starts_on.desc(), Subscription.id)
        )
        found: dict[str, list[Any]] = {}
        for row in (await self._session.execute(query)).all():
            found.setdefault(row.Subscription.holder, []).append(row)
        return found

    async def memberships(self, site: str) -> dict[str, Membership]:
        """Return the last year of membership of each member."""
        query = (
            select(Membership)
            .join(Holder, Holder.id == Membership.holder)
            .where(Holder.site == site)
            .order_by(Membership.ends_on)
        )
        return {row.holder: row for row in (await self._session.execute(query)).scalars()}

    async def badges(self, wanted: Wanted) -> AsyncIterator[Any]:
        """Yield badges, with the name of their ``member``."""
        query = (
            select(Credential, Holder.name.label("member"))
            .outerjoin(Holder, Holder.id == Credential.holder)
            .where(Credential.site == wanted.site)
            .order_by(Credential.label, Credential.id)
        )
        async for row in self._rows(query):
            yield row

    async def passages(self, wanted: Wanted) -> AsyncIterator[Any]:
        """Yield passages, oldest first, with ``member``, ``door_name`` and ``area_name``."""
        query = (
            select(
                Passage, Holder.name.label("member"), Door.name.label("door_name"),
                Area.name.label("area_name"),
            )
            .outerjoin(Holder, Holder.id == Passage.holder)
            .outerjoin(Door, Door.id == Passage.door)
            .outerjoin(Area, Area.id == Passage.area_to)
            .where(
                Passage.site == wanted.site, Passage.at >= wanted.since, Passage.at < wanted.until
            )
            .order_by(Passage.at, Passage.id)
        )  # fmt: skip
        async for row in self._rows(query):
            yield row

    async def named(self, wanted: Wanted) -> set[str]:
        """Return the members who stand among passages."""
        query = select(Passage.holder).where(
            Passage.site == wanted.site, Passage.at >= wanted.since, Passage.at < wanted.until,
            Passage.holder.is_not(None),
        )  # fmt: skip
        return {each for each in (await self._session.execute(query.distinct())).scalars() if each}

    async def pass_uses(self, wanted: Wanted) -> AsyncIterator[Any]:
        """Yield used passes, oldest first, with ``member``, ``Plan`` and ``organisation``."""
        query = (
            select(
                PassUse, Holder.name.label("member"), Plan, Organisation.name.label("organisation")
            )
            .join(PassAccount, PassAccount.id == PassUse.account)
            .join(Plan, Plan.id == PassAccount.plan)
            .outerjoin(Holder, Holder.id == PassUse.holder)
            .outerjoin(Organisation, Organisation.id == PassAccount.organisation)
            .where(
                PassAccount.site == wanted.site, PassUse.at >= wanted.since,
                PassUse.at < wanted.until,
            )
            .order_by(PassUse.day, PassUse.id)
        )  # fmt: skip
        async for row in self._rows(query):
            yield row

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> AsyncIterator[Any]:
        options = {"yield_per": SOME}
        rows = await self._session.stream(query.limit(MOST).execution_options(**options))
        async for row in rows:
            yield row
