"""Members' links, codes and sessions."""

from collections.abc import Sequence

from sqlalchemy import CursorResult, Delete, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Holder, MemberCode, MemberLink, MemberSession, SignInAttempt
from loquet_server.models.base import Base


class AccessRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    # ---- sessions

    async def session(self, digest: str) -> tuple[MemberSession, Holder] | None:
        """Return a session with its member."""
        query = (
            select(MemberSession, Holder)
            .join(Holder, Holder.id == MemberSession.holder)
            .where(MemberSession.id == digest)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.MemberSession, row.Holder)

    async def sessions(self, holder: str) -> Sequence[MemberSession]:
        """Return a member's sessions, last seen first."""
        query = select(MemberSession).where(MemberSession.holder == holder)
        found = await self._session.execute(query.order_by(MemberSession.seen_at.desc()))
        return list(found.scalars())

    async def end_sessions(
        self, holder: str, *, keep: str = "", only: str = "", link: str = ""
    ) -> int:
        """End sessions of a member: all but ``keep``, ``only`` one, or those of a ``link``."""
        query = delete(MemberSession).where(MemberSession.holder == holder)
        if keep:
            query = query.where(MemberSession.id != keep)
        if only:
            query = query.where(MemberSession.id == only)
        if link:
            query = query.where(MemberSession.link == link)
        return await self._count(query)

    async def touch(self, digest: str, now: int) -> None:
        """Keep when a session was last seen."""
        query = update(MemberSession).where(MemberSession.id == digest)
        await self._session.execute(query.values(seen_at=now))

    async def forget_idle_sessions(self, seen_before: int) -> None:
        """Forget sessions that nobody has used for long."""
        idle = delete(MemberSession).where(MemberSession.seen_at < seen_before)
        await self._session.execute(idle)

    # ---- links

    async def link(self, digest: str) -> tuple[MemberLink, Holder] | None:
        """Return a link that was not revoked, with its member who was not archived."""
        query = (
            select(MemberLink, Holder)
            .join(Holder, Holder.id == MemberLink.holder)
            .where(
                MemberLink.digest == digest,
                MemberLink.revoked_at.is_(None),
                Holder.archived_at.is_(None),
            )
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.MemberLink, row.Holder)

    async def links(self, holder: str) -> Sequence[MemberLink]:
        """Return a member's links that count, newest first; held until the commit."""
        query = (
            select(MemberLink)
            .where(MemberLink.holder == holder, MemberLink.revoked_at.is_(None))
            .order_by(MemberLink.created_at.desc(), MemberLink.id)
            .with_for_update()
        )
        return list((await self._session.execute(query)).scalars())

    async def newest_link(self, holder: str) -> MemberLink | None:
        """Return the link of a member that counts, if there is one."""
        query = select(MemberLink).where(
            MemberLink.holder == holder, MemberLink.revoked_at.is_(None)
        )
        found = await self._session.execute(query.order_by(MemberLink.created_at.desc()).limit(1))
        return found.scalar_one_or_none()

    async def used(self, link: str, now: int) -> bool:
        """Count a use of a link; False if it was revoked meanwhile."""
        query = update(MemberLink).where(MemberLink.id == link, MemberLink.revoked_at.is_(None))
        return await self._count(query.values(uses=MemberLink.uses + 1, used_at=now)) == 1

    # ---- codes

    async def by_mail(self, mail: str) -> Sequence[Holder]:
        """Return the members with this address; who has left is none of them."""
        query = select(Holder).where(
            func.lower(Holder.mail) == mail.lower(), Holder.archived_at.is_(None)
        )
        return list((await self._session.execute(query.order_by(Holder.id).limit(2))).scalars())

    async def code(self, ticket: str) -> MemberCode | None:
        """Return the code that was asked for with this ticket's digest."""
        return await self._session.get(MemberCode, ticket, populate_existing=True)

    async def forget_old_codes(self, now: int) -> None:
        """Forget codes that are over."""
        await self._session.execute(delete(MemberCode).where(MemberCode.expires_at <= now))

    async def try_code(self, ticket: str, most: int, now: int) -> bool:
        """Count a try of a code; False if it was tried too often, or is over."""
        query = update(MemberCode).where(
            MemberCode.id == ticket, MemberCode.tries < most, MemberCode.expires_at > now
        )
        return await self._count(query.values(tries=MemberCode.tries + 1)) == 1

    async def forget_code(self, ticket: str) -> bool:
        """Forget a code that was used; False if somebody else just did."""
        return await self._count(delete(MemberCode).where(MemberCode.id == ticket)) == 1

    async def holder(self, holder: str) -> Holder | None:
        """Return a member."""
        return await self._session.get(Holder, holder)

    # ---- attempts

    async def failures(self, key: str, since: int) -> tuple[int, int]:
        """Return how many attempts there were since then, and when the last was."""
        query = select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.key == key, SignInAttempt.at > since
        )
        count, last = (await self._session.execute(query)).one()
        return int(count), int(last or 0)

    async def _count(self, query: Update | Delete) -> int:
        found = await self._session.execute(query)
        assert isinstance(found, CursorResult)
        return int(found.rowcount)
