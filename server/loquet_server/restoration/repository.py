"""The last restore, kept among the preferences: one row that is read by its key."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.reasons import Reason
from loquet_server.models import Credential, Holder, Passage, Preference

NAME = "restored"
MOST_REFUSED = 20


class RestorationRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def last(self, *, lock: bool = False) -> dict[str, Any] | None:
        """Return what was kept of the last restore; None without one to see to."""
        row = await self._session.get(Preference, NAME, with_for_update=lock or None)
        return None if row is None else row.value

    async def last_passage(self) -> int:
        """Return the number of the newest decision at a door; 0 without one."""
        return int(await self._session.scalar(select(func.max(Passage.id))) or 0)

    async def refused(self, after: int, until: int, site: str | None) -> Sequence[Credential]:
        """Return badges that count, and that a door had refused as blocked or suspended.

        Of decisions that came after number ``after``, and fell before ``until`` (UTC ms): those
        that units have told again.
        """
        blocked = Passage.reason == Reason.CREDENTIAL_DISABLED.value
        suspended = and_(
            Passage.reason == Reason.MEMBER_SUSPENDED.value, Holder.suspended.is_(False)
        )
        query = (
            select(Credential)
            .distinct()
            .join(Passage, Passage.credential == Credential.digest)
            .join(Holder, Holder.id == Credential.holder)
            .where(Passage.id > after, Passage.at < until, or_(blocked, suspended))
            .where(Credential.status == "handed_out", Credential.disabled.is_(False))
            .order_by(Credential.id)
            .limit(MOST_REFUSED)
        )
        if site is not None:
            query = query.where(Credential.site == site)
        return list((await self._session.execute(query)).scalars())

    async def keep(self, value: dict[str, Any] | None) -> None:
        """Keep this of the last restore; None: all have seen to it."""
        row = await self._session.get(Preference, NAME)
        if row is None:
            self._session.add(Preference(name=NAME, value=value))
        else:
            row.value = value
