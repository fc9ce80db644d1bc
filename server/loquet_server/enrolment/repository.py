"""Tokens and the units that they let in."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import EnrolmentToken, Site


class EnrolmentRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def token(self, token: str) -> EnrolmentToken | None:
        """Return a code by its digest; its row is ours until the commit."""
        return await self._session.get(EnrolmentToken, token, with_for_update=True)

    async def use(self, token: str, at: int) -> bool:
        """Use a code up; False if somebody was faster."""
        query = (
            update(EnrolmentToken)
            .where(EnrolmentToken.token == token, EnrolmentToken.used_at.is_(None))
            .values(used_at=at)
            .execution_options(synchronize_session=False)
            .returning(EnrolmentToken.token)
        )
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def replace_tokens(self, token: EnrolmentToken) -> None:
        """Store a new code of a unit; unused older ones of it count no more."""
        query = delete(EnrolmentToken).where(
            EnrolmentToken.unit == token.unit, EnrolmentToken.used_at.is_(None)
        )
        await self._session.execute(query)
        self._session.add(token)

    async def sites(self) -> list[str]:
        """Return all sites."""
        return list((await self._session.execute(select(Site.id).order_by(Site.id))).scalars())
