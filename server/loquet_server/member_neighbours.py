"""What members' pages need of other rooms, joined: proof, foresight, day counts, a release."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.decision import Denied, Granted
from loquet_server.enforcement import service as enforcement
from loquet_server.explain.outlook import Outlook
from loquet_server.live.orders import OrderFailed
from loquet_server.me.neighbours import DoorsOfUnit, Refusal, ReleaseFailed, Represented
from loquet_server.membership_access.member import Member
from loquet_server.office import Office
from loquet_server.organisations.days import FEWEST
from loquet_server.organisations.repository import OrganisationRepository
from loquet_server.organisations.service import day_counts
from loquet_server.page_orders import DoorOrders
from loquet_server.who import Actor


class MemberNeighbours:
    """The other rooms of one office."""

    def __init__(self, office: Office) -> None:
        self._orders = DoorOrders(office)

    async def proof(
        self, session: AsyncSession, badge: str, actor: Actor
    ) -> tuple[DoorsOfUnit, ...]:
        """Return what every unit's doors know of a blocked badge; raise NotFound."""
        found = await enforcement.proof(session, badge, actor)
        return tuple(
            DoorsOfUnit(tuple(each.doors), each.online, each.confirmed_at, each.opens_until)
            for each in found.doors
        )

    async def doors_now(
        self, session: AsyncSession, member: Member, now_ms: int
    ) -> dict[str, Refusal | None]:
        """Return what each door would answer the member's badge now; None: it would open."""
        found = await Outlook(session, now_ms, member.actor).doors_now(member.id)
        return {door: _refusal(answer) for door, answer in found.items()}

    async def day_counts(
        self, session: AsyncSession, member: Member, today: date
    ) -> Represented | None:
        """Return what is told of the organisation that a member speaks for; None for none."""
        repository = OrganisationRepository(session)
        found = await repository.represented(member.id)
        if found is None:
            return None
        bought = [
            bought - used
            for _, plan, bought, used in await repository.accounts(found.id)
            if plan.allowance is None
        ]
        months = await day_counts(session, found.id, today)
        return Represented(found.name, tuple(months), sum(bought) if bought else None, FEWEST)

    async def release(self, door: str, reason: str, actor: str) -> None:
        """Release a door once; raise ReleaseFailed."""
        try:
            await self._orders.release(door, reason, actor)
        except OrderFailed as failed:
            raise ReleaseFailed(failed.detail, failed.status, failed.kind) from failed


def _refusal(answer: Granted | Denied) -> Refusal | None:
    return None if isinstance(answer, Granted) else Refusal(answer.reason, answer.when)
