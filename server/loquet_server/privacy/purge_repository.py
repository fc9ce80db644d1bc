"""What has had its time, found while reading and taken out in small batches."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, and_, delete, exists, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Credential,
    ExtraWindow,
    Holder,
    PassAccount,
    Passage,
    PassPurchase,
    PassUse,
    Subscription,
)
from loquet_server.privacy import traces
from loquet_server.privacy.periods import Old, of_site
from loquet_server.privacy.person_repository import delete_with_children


class PurgeRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def past(self, old: Old, site: str | None, cutoff_ms: int, limit: int) -> list[Any]:
        """Return the keys of rows whose time is over."""
        table = old.place
        assert table is not None
        here = of_site(table, site)
        if here is False:
            return []
        day = datetime.fromtimestamp(max(cutoff_ms, 0) / 1000, UTC).date().isoformat()
        query = select(*table.primary_key.columns).where(old.past(cutoff_ms, day))
        if here is not True:
            query = query.where(here)
        return [tuple(row) for row in (await self._session.execute(query.limit(limit))).all()]

    async def drop(self, table: Table, keys: list[Any]) -> int:
        """Delete rows by their keys, and what refers to them; return how many."""
        columns = list(table.primary_key.columns)
        if len(columns) == 1:
            where: Any = columns[0].in_([key[0] for key in keys])
        else:
            where = tuple_(*columns).in_(keys)
        return await delete_with_children(self._session, table, where)

    # ---- unknown badges, passes

    async def unsealed(self, site: str, before: int, limit: int) -> list[int]:
        """Return passages before a moment that still carry what an unknown badge is known by."""
        query = select(Passage.id).where(
            Passage.site == site,
            Passage.at < before,
            Passage.holder.is_(None),
            or_(Passage.sealed.is_not(None), Passage.credential.is_not(None)),
        )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def forget_badges(self, passages: list[int]) -> int:
        """Take out of passages what a badge is known by."""
        await self._session.execute(
            update(Passage).where(Passage.id.in_(passages)).values(sealed=None, credential=None)
        )
        return len(passages)

    async def strangers(self, limit: int) -> list[int]:
        """Return passages of people who are no more: a unit told late of them."""
        known = exists().where(Holder.id == Passage.holder)
        query = select(Passage.id).where(Passage.holder.is_not(None), ~known)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def named(self, passages: list[int]) -> list[str]:
        """Return whom these passages name."""
        query = select(Passage.holder).where(Passage.id.in_(passages)).distinct()
        return [each for each in (await self._session.execute(query)).scalars() if each]

    async def blank(self, passages: list[int]) -> list[tuple[str, int]]:
        """Let passages name nobody; return the keys of the journal entries that they were."""
        query = select(Passage.journal, Passage.sequence).where(Passage.id.in_(passages))
        keys = [(row[0], row[1]) for row in (await self._session.execute(query)).all()]
        await self._session.execute(
            update(Passage)
            .where(Passage.id.in_(passages))
            .values(holder=None, credential=None, account=None, period=None, sealed=None)
        )
        return keys

    async def exact_uses(self, site: str, before: int, limit: int) -> list[int]:
        """Return used passes before a moment that still say when and where."""
        query = (
            select(PassUse.id)
            .join(PassAccount, PassAccount.id == PassUse.account)
            .where(
                PassAccount.site == site,
                PassUse.at < before,
                or_(PassUse.unit.is_not(None), PassUse.at != PassUse.period * 1000),
            )
        )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def reduce_uses(self, uses: list[int]) -> int:
        """Let used passes say member and date alone."""
        await self._session.execute(
            update(PassUse)
            .where(PassUse.id.in_(uses))
            .values(at=PassUse.period * 1000, unit=literal(None))
        )
        return len(uses)

    # ---- people whose time is over

    async def guests(self, site: str, before: int, limit: int) -> list[str]:
        """Return guests whose last visit ended before a moment, and who have no badge."""
        later = exists().where(ExtraWindow.holder == Holder.id, ExtraWindow.ends_at >= before)
        badge = exists().where(Credential.holder == Holder.id, Credential.status == "handed_out")
        plan = exists().where(Subscription.holder == Holder.id)
        query = select(Holder.id).where(
            Holder.site == site, Holder.kind == "guest", Holder.created_at < before,
            ~later, ~badge, ~plan,
        )  # fmt: skip
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def former(self, site: str, before: int, limit: int) -> list[str]:
        """Return those who were archived before a moment."""
        query = select(Holder.id).where(
            Holder.site == site, Holder.archived_at < before, Holder.id.not_like("x%")
        )
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def drop_numbers(self) -> int:
        """Delete numbers under which nothing is kept any more, and their empty accounts."""
        empty = and_(
            ~exists().where(PassUse.account == PassAccount.id),
            ~exists().where(PassPurchase.account == PassAccount.id),
            ~exists().where(Subscription.account == PassAccount.id),
            PassAccount.holder.like("x%"),
        )
        await self._session.execute(delete(PassAccount).where(empty))
        left = [
            ~exists().where(column == Holder.id)
            for table in traces.naming()
            if table.name in traces.EVIDENCE
            for column in traces.holder_columns(table)
        ]
        found = await self._session.execute(delete(Holder).where(Holder.id.like("x%"), *left))
        return int(getattr(found, "rowcount", 0))
