"""What is there before an import, and what an import did."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Base,
    Credential,
    ExtraWindow,
    Holder,
    ImportRun,
    Membership,
    Organisation,
    Passage,
    PassPurchase,
    PassUse,
    Plan,
    Site,
    Subscription,
)

SOME = 500


class ImportRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Add a row."""
        self._session.add(row)

    async def flush(self) -> None:
        """Write what was added so far."""
        await self._session.flush()

    async def site(self, site: str | None) -> Site | None:
        """Return this site, or the first if none is named."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def run(self, run: str) -> ImportRun | None:
        """Return one import; its row is ours until the commit."""
        query = select(ImportRun).where(ImportRun.id == run).with_for_update()
        return (await self._session.execute(query)).scalar_one_or_none()

    async def runs(self, site: str | None, after: str | None, limit: int) -> Sequence[ImportRun]:
        """Return imports, the newest first; ``after``: older than this one."""
        query = select(ImportRun).order_by(ImportRun.at.desc(), ImportRun.id.desc())
        if site is not None:
            query = query.where(ImportRun.site == site)
        last = None if after is None else await self._session.get(ImportRun, after)
        if last is not None:
            query = query.where(
                (ImportRun.at < last.at) | ((ImportRun.at == last.at) & (ImportRun.id < last.id))
            )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def forget_drafts(self, before_ms: int) -> None:
        """Delete drafts that nobody applied, and the files with them."""
        await self._session.execute(
            delete(ImportRun).where(ImportRun.complete.is_(False), ImportRun.at < before_ms)
        )

    async def drop(self, run: ImportRun) -> None:
        """Delete a draft."""
        await self._session.delete(run)

    # ---- what is there --------------------------------------------------------------------

    async def holders(self, site: str) -> Sequence[Holder]:
        """Return all members of a site."""
        query = select(Holder).where(Holder.site == site)
        return list((await self._session.execute(query)).scalars())

    async def some(self, model: type[Any], ids: Iterable[str]) -> dict[str, Any]:
        """Return rows of a table by id."""
        found: dict[str, Any] = {}
        left = sorted(set(ids))
        for at in range(0, len(left), SOME):
            query = select(model).where(model.id.in_(left[at : at + SOME]))
            rows = (await self._session.execute(query)).scalars()
            found |= {row.id: row for row in rows}
        return found

    async def plans(self, site: str) -> Sequence[Plan]:
        """Return the plans of a site that are offered."""
        query = select(Plan).where(Plan.site == site, Plan.archived_at.is_(None))
        return list((await self._session.execute(query)).scalars())

    async def subscriptions(self, site: str) -> Sequence[Subscription]:
        """Return the subscriptions of a site."""
        query = select(Subscription).where(Subscription.site == site)
        return list((await self._session.execute(query)).scalars())

    async def memberships(self, site: str) -> Sequence[Membership]:
        """Return the memberships of a site's members."""
        query = select(Membership).join(Holder, Holder.id == Membership.holder)
        return list((await self._session.execute(query.where(Holder.site == site))).scalars())

    async def organisations(self, site: str) -> Sequence[Organisation]:
        """Return the organisations of a site."""
        query = select(Organisation).where(
            Organisation.site == site, Organisation.archived_at.is_(None)
        )
        return list((await self._session.execute(query)).scalars())

    async def badges(self, digests: Iterable[str]) -> dict[str, str]:
        """Return who has the badges of these digests; "" for a badge in stock."""
        found: dict[str, str] = {}
        left = sorted(set(digests))
        for at in range(0, len(left), SOME):
            query = select(Credential.digest, Credential.holder).where(
                Credential.digest.in_(left[at : at + SOME])
            )
            rows = (await self._session.execute(query)).all()
            found |= {row.digest: row.holder or "" for row in rows}
        return found

    # ---- undoing --------------------------------------------------------------------------

    async def used(self, holders: Iterable[str]) -> set[str]:
        """Return which of these members have come, paid or been invited since."""
        found: set[str] = set()
        left = sorted(set(holders))
        for at in range(0, len(left), SOME):
            some = left[at : at + SOME]
            for column in (Passage.holder, PassUse.holder, ExtraWindow.holder):
                query = select(column).where(column.in_(some)).distinct()
                found |= {each for each in (await self._session.execute(query)).scalars() if each}
        return found

    async def owned(self, model: type[Any], holders: Iterable[str]) -> dict[str, str]:
        """Return the rows of a table that these members have: id to member."""
        found: dict[str, str] = {}
        left = sorted(set(holders))
        for at in range(0, len(left), SOME):
            query = select(model.id, model.holder).where(model.holder.in_(left[at : at + SOME]))
            found |= {row.id: row.holder for row in (await self._session.execute(query)).all()}
        return found

    async def moved(self, accounts: Iterable[str]) -> set[str]:
        """Return which of these accounts had passes put in or taken."""
        found: set[str] = set()
        left = sorted(set(accounts))
        for at in range(0, len(left), SOME):
            some = left[at : at + SOME]
            for column in (PassPurchase.account, PassUse.account):
                query = select(column).where(column.in_(some)).distinct()
                found |= set((await self._session.execute(query)).scalars())
        return found

    async def owned_accounts(self, accounts: Iterable[str]) -> set[str]:
        """Return which of these accounts a subscription still counts in."""
        query = select(Subscription.account).where(Subscription.account.in_(sorted(accounts)))
        return {each for each in (await self._session.execute(query)).scalars() if each}

    async def people_of(self, organisation: str) -> int:
        """Return how many members an organisation has."""
        query = select(func.count()).where(Holder.organisation == organisation)
        return int((await self._session.execute(query)).scalar_one())

    async def remove(self, model: type[Any], ids: Iterable[str]) -> None:
        """Delete rows of a table by id."""
        left = sorted(set(ids))
        for at in range(0, len(left), SOME):
            await self._session.execute(delete(model).where(model.id.in_(left[at : at + SOME])))
