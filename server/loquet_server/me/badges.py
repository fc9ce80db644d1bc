"""A member's own badges: one that is lost opens nothing any more, from this moment on."""

from loquet_server.errors import NotFound
from loquet_server.me.repository import MeRepository
from loquet_server.membership_access.member import Member
from loquet_server.models import Action, Credential
from loquet_server.office import Office, Transaction
from loquet_server.people.handing import Handing
from loquet_server.people.refusals import InTheWay
from loquet_server.web.i18n import N_


class OwnBadges(Handing):
    """Changes of a member's badges by the member, within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, member: Member) -> None:
        super().__init__(office, transaction, member.actor)
        self._member = member
        self._repository = MeRepository(transaction.session)

    async def lose(self, badge: str) -> Credential:
        """Note that a badge is lost, and tell the doors; raise NotFound or InTheWay.

        Only a host takes that back: whoever finds the telephone must not find the badge again.
        """
        if await self._repository.badge(badge, self._member.id) is None:
            raise NotFound("there is no such badge of yours")
        row = await self._one(badge)
        if row.status != "handed_out":
            raise InTheWay("badge", N_("This badge opens nothing any more already."))
        row.status, row.disabled, row.ended_at = "lost", True, self._office.now_ms()
        await self._changed(row, Action.BADGE_LOST, [self._member.id])
        return row
