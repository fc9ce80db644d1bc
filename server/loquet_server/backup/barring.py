"""Whoever was barred after the backup is barred again, each by the act that people know it by.

What the backup does not know (a badge that is newer than it) needs nothing. Each is a change of its
own, with a row in the record, made from the server's shell.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from loquet_server.backup.barred import ORDER, Barred, Kind
from loquet_server.backup.barred_repository import BarredRepository
from loquet_server.badges.schemas import Act, Ending
from loquet_server.badges.service import BadgeService, acts
from loquet_server.certificates.revoking import revoke, told
from loquet_server.commands import Order
from loquet_server.doors.service import DoorService
from loquet_server.errors import Conflict, NotFound
from loquet_server.ledger import record
from loquet_server.members.service import MemberService
from loquet_server.membership_access.links import Links
from loquet_server.models import Action, Door, Operator
from loquet_server.office import Office, Transaction, committed
from loquet_server.thefts.service import TheftService
from loquet_server.who import SHELL

REASON: Final = "barred before a backup was restored"
"""Where none was given, and before the one that was."""
LONGEST: Final = 200
_ENDED: Final = {
    Kind.OPERATOR: Action.OPERATOR_DISABLED,
    Kind.TOKEN: Action.TOKEN_REVOKED,
    Kind.SCREEN: Action.SCREEN_REVOKED,
    Kind.FEED: Action.FEED_REVOKED,
}


async def bar_again(office: Office, found: Iterable[Barred], since: int) -> list[Barred]:
    """Bar whom an older state lets in, as far as it was done since then; return what changed."""
    done = []
    wanted = (each for each in found if each.at >= since)
    for each in sorted(wanted, key=lambda each: (ORDER.index(each.kind), each.at)):
        try:
            async with committed(office) as transaction:
                changed = await Barring(office, transaction).bar(each)
        except (NotFound, Conflict):  # the backup does not know it, or it bars it already
            continue
        if changed:
            done.append(each)
    return done


class Barring:
    """One act of one transaction."""

    def __init__(self, office: Office, transaction: Transaction) -> None:
        self._office, self._transaction = office, transaction
        self._session = transaction.session
        self._repository = BarredRepository(transaction.session)
        self._acts: dict[Kind, Callable[[Barred, str], Awaitable[bool]]] = {
            Kind.STOLEN: self._stolen,
            Kind.UNIT: self._unit,
            Kind.RENEWED: self._renewed,
            Kind.BADGE: self._badge,
            Kind.SUSPENDED: self._suspended,
            Kind.ARCHIVED: self._archived,
            Kind.LIFTED: self._lifted,
            Kind.LOCKED_DOWN: self._locked_down,
            Kind.BLOCKED: self._blocked,
            Kind.LINK: self._link,
        }

    async def bar(self, each: Barred) -> bool:
        """Do one again; return whether it was to do. Raises NotFound or Conflict."""
        reason = f"{REASON}: {each.reason}" if each.reason else REASON
        return await self._acts.get(each.kind, self._ended)(each, reason[:LONGEST])

    # ---- units --------------------------------------------------------------------------------

    async def _stolen(self, each: Barred, reason: str) -> bool:
        await TheftService(self._office, self._transaction, SHELL).report(each.subject, reason)
        return True

    async def _unit(self, each: Barred, reason: str) -> bool:
        row = await self._repository.unit(each.subject)
        if row is None or row.revoked_at is not None or row.public_key is None:
            return False
        now = self._office.now_ms()
        await revoke(self._session, row.id, SHELL.name, reason, now)
        told(self._transaction, self._office, row, now)
        return True

    async def _renewed(self, each: Barred, reason: str) -> bool:
        row = await self._repository.unit(each.subject)
        if row is None or row.public_key == each.word:
            return False
        return await self._unit(each, reason)

    # ---- people -------------------------------------------------------------------------------

    async def _badge(self, each: Barred, reason: str) -> bool:
        row = await self._repository.badge(each.subject)
        if row is None or row.disabled:
            return False
        wanted = Act(each.word)
        act = wanted if wanted in acts(row) else Act.BLOCK
        service = BadgeService(self._office, self._transaction, SHELL)
        await service.end(row.id, act, Ending(reason=reason))
        return True

    async def _suspended(self, each: Barred, reason: str) -> bool:
        service = MemberService(self._office, self._transaction, SHELL)
        if await self._repository.is_suspended(each.subject):
            return False
        await service.suspend(each.subject, reason)
        return True

    async def _archived(self, each: Barred, _reason: str) -> bool:
        if await self._repository.has_left(each.subject):
            return False
        await MemberService(self._office, self._transaction, SHELL).archive(each.subject)
        return True

    async def _link(self, each: Barred, _reason: str) -> bool:
        if not await self._repository.has_link(each.subject):
            return False
        await Links(self._office, self._transaction, SHELL).revoke(each.subject)
        return True

    # ---- doors --------------------------------------------------------------------------------

    async def _locked_down(self, each: Barred, reason: str) -> bool:
        doors = await self._repository.doors([each.subject])
        if not doors or await self._repository.is_locked_down(each.subject):
            return False
        await DoorService(self._office).lock_down(self._transaction, doors, _order(reason))
        return True

    async def _lifted(self, each: Barred, reason: str) -> bool:
        doors = await self._repository.locked(each.subject)
        if not doors:
            return False
        await DoorService(self._office).lift(self._transaction, doors, _order(reason))
        return True

    async def _blocked(self, each: Barred, reason: str) -> bool:
        doors = [door for door in await self._repository.doors([each.subject]) if _opens(door)]
        for door in doors:
            await DoorService(self._office).block(self._transaction, door, _order(reason), to=True)
        return bool(doors)

    # ---- what has an end ----------------------------------------------------------------------

    async def _ended(self, each: Barred, reason: str) -> bool:
        row = await self._repository.ended(each.kind, each.subject)
        column = "disabled_at" if isinstance(row, Operator) else "revoked_at"
        if row is None or getattr(row, column) is not None:
            return False
        now = self._office.now_ms()
        setattr(row, column, now)
        record(
            self._session, _ENDED[each.kind], each.subject, now, actor=SHELL.name, reason=reason,
            site=getattr(row, "site", None),
        )  # fmt: skip
        return True


def _order(reason: str) -> Order:
    return Order(actor=SHELL.name, reason=reason)


def _opens(door: Door) -> bool:
    return not door.blocked
