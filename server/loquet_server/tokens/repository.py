"""Tokens of one operator."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import ApiToken


class TokenRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, operator: str) -> Sequence[ApiToken]:
        """Return an operator's tokens, newest first."""
        query = select(ApiToken).where(ApiToken.operator == operator)
        found = await self._session.execute(query.order_by(ApiToken.created_at.desc(), ApiToken.id))
        return list(found.scalars())

    async def one(self, operator: str, token: str) -> ApiToken | None:
        """Return one token, if it is this operator's."""
        row = await self._session.get(ApiToken, token)
        return row if row is not None and row.operator == operator else None

    def add(self, row: ApiToken) -> None:
        """Store a new token."""
        self._session.add(row)
