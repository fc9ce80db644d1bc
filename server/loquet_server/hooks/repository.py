"""Addresses, and what is on its way to them."""

from collections.abc import Sequence

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Hook, HookDelivery
from loquet_server.models.base import Base

_WAITING = HookDelivery.state == "waiting"


class HookRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    async def one(self, hook: str) -> Hook | None:
        """Return one address."""
        return await self._session.get(Hook, hook)

    async def of(self, site: str) -> Sequence[Hook]:
        """Return a site's addresses, by name."""
        query = select(Hook).where(Hook.site == site).order_by(func.lower(Hook.name), Hook.id)
        return list((await self._session.execute(query)).scalars())

    async def by_id(self, site: str | None, after: str, limit: int) -> Sequence[Hook]:
        """Return addresses by id; ``site`` None: all."""
        query = select(Hook).where(Hook.id > after).order_by(Hook.id).limit(limit)
        if site is not None:
            query = query.where(Hook.site == site)
        return list((await self._session.execute(query)).scalars())

    async def delivery(self, delivery: int) -> tuple[HookDelivery, Hook] | None:
        """Return one message with its address."""
        query = (
            select(HookDelivery, Hook)
            .join(Hook, Hook.id == HookDelivery.hook)
            .where(HookDelivery.id == delivery)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.HookDelivery, row.Hook)

    async def deliveries(
        self, hook: str, limit: int, before: int | None = None
    ) -> Sequence[HookDelivery]:
        """Return an address's messages, newest first; ``before``: older than this one."""
        query = select(HookDelivery).where(HookDelivery.hook == hook)
        if before is not None:
            query = query.where(HookDelivery.id < before)
        found = await self._session.execute(query.order_by(HookDelivery.id.desc()).limit(limit))
        return list(found.scalars())

    async def counts(self, hooks: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return how many messages there are, by address and state."""
        query = (
            select(HookDelivery.hook, HookDelivery.state, func.count())
            .where(HookDelivery.hook.in_(list(hooks)))
            .group_by(HookDelivery.hook, HookDelivery.state)
        )
        found: dict[str, dict[str, int]] = {}
        for hook, state, count in (await self._session.execute(query)).all():
            found.setdefault(hook, {})[state] = count
        return found

    async def last_tried(self, hooks: Sequence[str]) -> dict[str, HookDelivery]:
        """Return the message that was tried last, by address."""
        last = (
            select(HookDelivery.hook, func.max(HookDelivery.tried_at).label("at"))
            .where(HookDelivery.hook.in_(list(hooks)), HookDelivery.tried_at.is_not(None))
            .group_by(HookDelivery.hook)
            .subquery()
        )
        query = select(HookDelivery).join(
            last, (last.c.hook == HookDelivery.hook) & (last.c.at == HookDelivery.tried_at)
        )
        rows = (await self._session.execute(query.order_by(HookDelivery.id))).scalars()
        return {row.hook: row for row in rows}

    async def remove(self, hook: Hook) -> None:
        """Delete an address with all its messages."""
        await self._session.execute(delete(HookDelivery).where(HookDelivery.hook == hook.id))
        await self._session.delete(hook)

    # ---- delivering

    async def due(self, now_ms: int) -> Sequence[str]:
        """Return the addresses for which something is due."""
        query = (
            select(HookDelivery.hook)
            .join(Hook, Hook.id == HookDelivery.hook)
            .where(_WAITING, HookDelivery.next_at <= now_ms, Hook.enabled.is_(True))
            .distinct()
        )
        return list((await self._session.execute(query)).scalars())

    async def next_of(self, hook: str, now_ms: int) -> HookDelivery | None:
        """Return the message for an address that has been due the longest."""
        query = (
            select(HookDelivery)
            .join(Hook, Hook.id == HookDelivery.hook)
            .where(
                HookDelivery.hook == hook, _WAITING, HookDelivery.next_at <= now_ms,
                Hook.enabled.is_(True),
            )
            .order_by(HookDelivery.next_at, HookDelivery.id)
            .limit(1)
        )  # fmt: skip
        return (await self._session.execute(query)).scalar_one_or_none()

    async def claim(self, delivery: int, seen: int, until: int) -> bool:
        """Take a message for oneself until then; False if somebody else has."""
        query = update(HookDelivery).where(
            HookDelivery.id == delivery, _WAITING, HookDelivery.next_at == seen
        )
        return await self._count(query.values(next_at=until)) == 1

    async def give_up(self, hook: str) -> None:
        """Let all that waits for an address be dead."""
        query = update(HookDelivery).where(HookDelivery.hook == hook, _WAITING)
        await self._session.execute(query.values(state="dead", problem="unwanted"))

    # ---- keeping it small

    async def forget(self, hook: str, delivered_before: int, dead_before: int) -> None:
        """Delete what was delivered or given up long ago."""
        old = (
            (HookDelivery.state == "delivered") & (HookDelivery.at < delivered_before)
        ) | ((HookDelivery.state == "dead") & (HookDelivery.at < dead_before))  # fmt: skip
        await self._session.execute(delete(HookDelivery).where(HookDelivery.hook == hook, old))

    async def bound(self, hook: str, state: str, most: int) -> int | None:
        """Return the id up to which messages of a state are more than ``most``."""
        query = (
            select(HookDelivery.id)
            .where(HookDelivery.hook == hook, HookDelivery.state == state)
            .order_by(HookDelivery.id.desc())
            .offset(most)
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def drop(self, hook: str, state: str, up_to: int) -> None:
        """Delete an address's messages of a state, up to this id."""
        query = delete(HookDelivery).where(
            HookDelivery.hook == hook, HookDelivery.state == state, HookDelivery.id <= up_to
        )
        await self._session.execute(query)

    async def overflow(self, hook: str, up_to: int) -> None:
        """Let what has waited the longest be dead, up to this id."""
        query = update(HookDelivery).where(
            HookDelivery.hook == hook, _WAITING, HookDelivery.id <= up_to
        )
        await self._session.execute(query.values(state="dead", problem="too_many"))

    async def _count(self, query: object) -> int:
        found = await self._session.execute(query)  # type: ignore[call-overload]
        assert isinstance(found, CursorResult)
        return int(found.rowcount)
