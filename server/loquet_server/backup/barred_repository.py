"""What a database says of who is barred."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.backup.barred import ACTIONS, Barred, Kind, replayed
from loquet_server.models import (
    ApiToken,
    Audit,
    BookingFeed,
    Credential,
    Door,
    Holder,
    Lockdown,
    MemberLink,
    Operator,
    Screen,
    Unit,
)

Ended = Operator | ApiToken | Screen | BookingFeed
_MODELS: dict[Kind, type[Ended]] = {
    Kind.OPERATOR: Operator,
    Kind.TOKEN: ApiToken,
    Kind.SCREEN: Screen,
    Kind.FEED: BookingFeed,
}


class BarredRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def since(self, at: int) -> list[Barred]:
        """Return what was barred since then, and still is."""
        query = (
            select(Audit.action, Audit.subject, Audit.at, Audit.reason)
            .where(Audit.at >= at, Audit.action.in_(ACTIONS))
            .order_by(Audit.id)
        )
        rows = (await self._session.execute(query)).all()
        found = replayed((row.action, row.subject, row.at, row.reason) for row in rows)
        return [*found, *await self._renewed(at), *await self._lockdowns(at)]

    async def _renewed(self, at: int) -> list[Barred]:
        query = select(Unit).where(Unit.enrolled_at >= at, Unit.public_key.is_not(None))
        rows = (await self._session.execute(query)).scalars()
        return [
            Barred(Kind.RENEWED, row.id, row.enrolled_at or at, word=row.public_key or "")
            for row in rows
        ]

    async def _lockdowns(self, at: int) -> list[Barred]:
        query = select(Lockdown).where(or_(Lockdown.since >= at, Lockdown.lifted_at >= at))
        found = []
        for row in (await self._session.execute(query)).scalars():
            if row.lifted_at is None:
                found.append(Barred(Kind.LOCKED_DOWN, row.door, row.since, row.reason))
            elif row.since < at:
                found.append(Barred(Kind.LIFTED, row.id, row.lifted_at))
        return found

    async def unit(self, unit: str) -> Unit | None:
        """Return a unit."""
        return await self._session.get(Unit, unit)

    async def badge(self, badge: str) -> Credential | None:
        """Return a badge."""
        return await self._session.get(Credential, badge)

    async def doors(self, doors: Sequence[str]) -> Sequence[Door]:
        """Return doors by id."""
        query = select(Door).where(Door.id.in_(doors))
        return list((await self._session.execute(query)).scalars())

    async def locked(self, lockdown: str) -> Sequence[Door]:
        """Return the door of a lockdown, if it is in force."""
        row = await self._session.get(Lockdown, lockdown)
        return [] if row is None or row.lifted_at is not None else await self.doors([row.door])

    async def is_locked_down(self, door: str) -> bool:
        """Return True if a lockdown of a door is in force."""
        query = select(Lockdown.id).where(Lockdown.door == door, Lockdown.lifted_at.is_(None))
        return (await self._session.execute(query.limit(1))).first() is not None

    async def is_suspended(self, holder: str) -> bool:
        """Return True if a person is suspended."""
        row = await self._session.get(Holder, holder)
        return row is not None and row.suspended

    async def has_left(self, holder: str) -> bool:
        """Return True if a person was put aside."""
        row = await self._session.get(Holder, holder)
        return row is not None and row.archived_at is not None

    async def has_link(self, holder: str) -> bool:
        """Return True if a person has a personal link that counts."""
        query = select(MemberLink.id).where(
            MemberLink.holder == holder, MemberLink.revoked_at.is_(None)
        )
        return (await self._session.execute(query.limit(1))).first() is not None

    async def ended(self, kind: Kind, subject: str) -> Ended | None:
        """Return an operator, token, screen or feed."""
        return await self._session.get(_MODELS[kind], subject)
