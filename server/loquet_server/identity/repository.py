"""Operators, sessions, codes, tokens, attempts and preferences."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    ApiToken,
    OneTimeCode,
    Operator,
    OperatorSession,
    Preference,
    SignInAttempt,
)
from loquet_server.models.base import Base


class IdentityRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    # ---- operators

    async def operator(self, operator: str) -> Operator | None:
        """Return one operator."""
        return await self._session.get(Operator, operator)

    async def by_mail(self, mail: str) -> Operator | None:
        """Return the operator with this address; kept in small letters."""
        query = select(Operator).where(Operator.mail == mail)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def named(self, name: str) -> Operator | None:
        """Return an operator who is called exactly so."""
        query = select(Operator).where(func.lower(Operator.name) == name.lower())
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()

    async def operators(self, site: str | None = None) -> Sequence[Operator]:
        """Return operators by name; ``site``: those of this one only."""
        query = select(Operator).order_by(func.lower(Operator.name), Operator.id)
        if site is not None:
            query = query.where(Operator.site == site)
        return list((await self._session.execute(query)).scalars())

    async def owners(self, *, held: bool = False) -> Sequence[str]:
        """Return the ids of owners of everything who can sign in.

        ``held``: nobody else changes one of them until the commit.
        """
        query = select(Operator.id).where(
            Operator.role == "owner",
            Operator.site.is_(None),
            Operator.disabled_at.is_(None),
            Operator.password.is_not(None),
        )
        if held:
            query = query.with_for_update()
        return list((await self._session.execute(query)).scalars())

    # ---- sessions

    async def session(self, digest: str) -> tuple[OperatorSession, Operator] | None:
        """Return a session with its operator."""
        query = (
            select(OperatorSession, Operator)
            .join(Operator, Operator.id == OperatorSession.operator)
            .where(OperatorSession.id == digest)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.OperatorSession, row.Operator)

    async def sessions(self, operator: str) -> Sequence[OperatorSession]:
        """Return an operator's sessions, last seen first."""
        query = select(OperatorSession).where(OperatorSession.operator == operator)
        found = await self._session.execute(query.order_by(OperatorSession.seen_at.desc()))
        return list(found.scalars())

    async def end_sessions(self, operator: str, *, keep: str = "", only: str = "") -> int:
        """End sessions of an operator: all but ``keep``, or ``only`` one; return how many."""
        query = delete(OperatorSession).where(OperatorSession.operator == operator)
        if keep:
            query = query.where(OperatorSession.id != keep)
        if only:
            query = query.where(OperatorSession.id == only)
        return await self._count(query)

    async def sweep(self, before_seen: int, now: int, attempts_before: int) -> None:
        """Forget sessions that are over and failures of long ago."""
        over = (OperatorSession.expires_at <= now) | (OperatorSession.seen_at < before_seen)
        await self._session.execute(delete(OperatorSession).where(over))
        await self._session.execute(delete(SignInAttempt).where(SignInAttempt.at < attempts_before))

    # ---- codes

    async def code(self, digest: str) -> OneTimeCode | None:
        """Return a code by its digest."""
        return await self._session.get(OneTimeCode, digest)

    async def use_code(self, digest: str, now: int) -> bool:
        """Mark a code as used; False if it was before."""
        query = update(OneTimeCode).where(
            OneTimeCode.digest == digest, OneTimeCode.used_at.is_(None)
        )
        return await self._count(query.values(used_at=now)) == 1

    async def forget_codes(self, purpose: str | None, operator: str | None = None) -> None:
        """Forget unused codes of a purpose, or of an operator."""
        query = delete(OneTimeCode).where(OneTimeCode.used_at.is_(None))
        if purpose is not None:
            query = query.where(OneTimeCode.purpose == purpose)
        if operator is not None:
            query = query.where(OneTimeCode.operator == operator)
        await self._session.execute(query)

    async def waiting_codes(self, now: int) -> dict[str, int]:
        """Return until when links count that were not used yet, by operator."""
        query = select(OneTimeCode.operator, OneTimeCode.expires_at).where(
            OneTimeCode.used_at.is_(None),
            OneTimeCode.operator.is_not(None),
            OneTimeCode.expires_at > now,
        )
        rows = (await self._session.execute(query)).all()
        return {str(operator): int(expires or 0) for operator, expires in rows}

    # ---- attempts

    async def failures(self, key: str, since: int) -> tuple[int, int]:
        """Return how many attempts failed since then, and when the last did."""
        query = select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.key == key, SignInAttempt.at > since
        )
        count, last = (await self._session.execute(query)).one()
        return int(count), int(last or 0)

    async def forget_failures(self, key: str) -> None:
        """Forget the failures of an account, after a success."""
        await self._session.execute(delete(SignInAttempt).where(SignInAttempt.key == key))

    # ---- tokens

    async def token(self, digest: str) -> tuple[ApiToken, Operator] | None:
        """Return a token with its operator."""
        query = (
            select(ApiToken, Operator)
            .join(Operator, Operator.id == ApiToken.operator)
            .where(ApiToken.digest == digest)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.ApiToken, row.Operator)

    # ---- preferences

    async def preference(self, name: str) -> Preference | None:
        """Return what was set."""
        return await self._session.get(Preference, name)

    async def preferences(self) -> dict[str, Any]:
        """Return all that was set, without the secrets."""
        rows = (await self._session.execute(select(Preference))).scalars()
        return {row.name: row.value for row in rows}

    async def _count(self, query: Any) -> int:
        found = await self._session.execute(query)
        assert isinstance(found, CursorResult)
        return int(found.rowcount)
