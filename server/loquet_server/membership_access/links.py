"""Personal links: made by a host, shown once, good on every device of a member until revoked."""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.identity.codes import digest
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.models import Action, Holder, MemberLink
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note
from loquet_server.people.repository import PeopleRepository
from loquet_server.who import Actor

PATH: Final = "/me/link/"


class Links:
    """Personal links, within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._repository = AccessRepository(transaction.session)

    async def make(self, member: str) -> str:
        """Return the secret of a new link; older ones of this member end, and their devices.

        Raises NotFound for a member who is not there, or has left.
        """
        row = await self._member(member)
        await self._end(row)
        secret, name = secrets.token_urlsafe(32), new_id("l")
        self._repository.add(
            MemberLink(
                id=name, holder=row.id, digest=digest(secret), created_at=self._office.now_ms(),
                created_by=self._actor.name[:200],
            )
        )  # fmt: skip
        self._note(Action.MEMBER_LINK_MADE, row)
        return secret

    async def revoke(self, member: str) -> int:
        """End a member's link and every device that came by it; return how many did."""
        row = await self._member(member, left=True)
        ended = await self._end(row)
        self._note(Action.MEMBER_LINK_REVOKED, row)
        return ended

    async def _end(self, row: Holder) -> int:
        ended = 0
        for each in await self._repository.links(row.id):
            each.revoked_at = self._office.now_ms()
            ended += await self._repository.end_sessions(row.id, link=each.id)
        return ended

    async def _member(self, member: str, *, left: bool = False) -> Holder:
        people = PeopleRepository(self._transaction.session, self._actor)
        row = await people.member(member)
        if row.archived_at is not None and not left:
            raise NotFound(f"member {member!r} has left; take them back from the archive first")
        return row

    def _note(self, action: Action, row: Holder) -> None:
        note(self._office, self._transaction, self._actor, action, row.id, row.site)


async def use(session: AsyncSession, secret: str, now: int) -> tuple[Holder, str] | None:
    """Count a use of a link; return whose it is and its id, None for one that does not count."""
    repository = AccessRepository(session)
    found = await repository.link(digest(secret))
    if found is None or not await repository.used(found[0].id, now):
        return None
    return found[1], found[0].id
