"""What one member's pages ask the database: what is theirs, by their own id alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Credential,
    Door,
    HelpRequest,
    Holder,
    Incident,
    Membership,
    PassAccount,
    Passage,
    Plan,
    Subscription,
    Unit,
)
from loquet_server.models.base import Base

HELP_ASKED = "help_asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to be let in, with what it is called: the door, and who."""

    row: HelpRequest
    door: str
    name: str


class MeRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    async def holder(self, holder: str) -> Holder | None:
        """Return a member."""
        return await self._session.get(Holder, holder)

    # ---- what they have

    async def plans(self, holder: str, today: date) -> Sequence[tuple[Subscription, Plan]]:
        """Return subscriptions that run or are still to begin, with their plans."""
        ends = Subscription.ends_on
        query = (
            select(Subscription, Plan)
            .join(Plan, Plan.id == Subscription.plan)
            .where(Subscription.holder == holder, or_(ends.is_(None), ends >= today.isoformat()))
            .order_by(Subscription.starts_on, Subscription.id)
        )
        rows = (await self._session.execute(query)).all()
        return [(row.Subscription, row.Plan) for row in rows]

    async def membership_until(self, holder: str) -> str | None:
        """Return the last day of a member's last year (ISO), or None."""
        query = select(func.max(Membership.ends_on)).where(Membership.holder == holder)
        return (await self._session.execute(query)).scalar_one()

    async def own_accounts(self, holder: str, accounts: Sequence[str]) -> set[str]:
        """Return which of these accounts are a member's own, not an organisation's."""
        query = select(PassAccount.id).where(
            PassAccount.id.in_(list(accounts)), PassAccount.holder == holder
        )
        return set((await self._session.execute(query)).scalars())

    async def badges(self, holder: str) -> Sequence[Credential]:
        """Return a member's badges, those that they have first, newest first."""
        query = (
            select(Credential)
            .where(Credential.holder == holder)
            .order_by(Credential.ended_at.is_not(None), Credential.handed_out_at.desc())
        )
        return list((await self._session.execute(query)).scalars())

    async def badge(self, badge: str, holder: str) -> Credential | None:
        """Return a badge, if it is this member's."""
        row = await self._session.get(Credential, badge)
        return row if row is not None and row.holder == holder else None

    async def passages(
        self, holder: str, since_ms: int, limit: int
    ) -> Sequence[tuple[Passage, str | None]]:
        """Return a member's passages, newest first, each with its door's name if it still is."""
        query = (
            select(Passage, Door.name)
            .outerjoin(Door, Door.id == Passage.door)
            .where(Passage.holder == holder, Passage.at >= since_ms)
            .order_by(Passage.at.desc(), Passage.id.desc())
            .limit(limit)
        )
        return [(row.Passage, row.name) for row in (await self._session.execute(query)).all()]

    # ---- wishes to be let in

    async def doors(self, site: str) -> Sequence[Door]:
        """Return the doors of a site that somebody can open from afar, in their order.

        Those whose unit is shut out, or that have none, are no such doors.
        """
        query = (
            select(Door)
            .join(Unit, Unit.id == Door.unit)
            .where(Door.site == site, Unit.revoked_at.is_(None))
        )
        return list((await self._session.execute(query.order_by(Door.rank, Door.name))).scalars())

    async def asked(self, request: str) -> Asked | None:
        """Return one wish."""
        query = (
            select(HelpRequest, Door.name.label("door"), Holder.name)
            .join(Door, Door.id == HelpRequest.door)
            .join(Holder, Holder.id == HelpRequest.holder)
            .where(HelpRequest.id == request)
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else Asked(row.HelpRequest, row.door, row.name)

    async def wishes(
        self, since_ms: int, *, holder: str | None = None, site: str | None = None, limit: int = 50
    ) -> Sequence[Asked]:
        """Return wishes of one member, or of one site (None: of all), newest first."""
        query = (
            select(HelpRequest, Door.name.label("door"), Holder.name)
            .join(Door, Door.id == HelpRequest.door)
            .join(Holder, Holder.id == HelpRequest.holder)
            .where(HelpRequest.asked_at >= since_ms)
            .order_by(HelpRequest.asked_at.desc(), HelpRequest.id)
            .limit(limit)
        )
        if holder is not None:
            query = query.where(HelpRequest.holder == holder)
        if site is not None:
            query = query.where(HelpRequest.site == site)
        rows = (await self._session.execute(query)).all()
        return [Asked(row.HelpRequest, row.door, row.name) for row in rows]

    async def move(self, request: str, before: str, to: str) -> bool:
        """Bring a wish from one state to another; False if somebody else just did."""
        query = update(HelpRequest).where(HelpRequest.id == request, HelpRequest.state == before)
        found = await self._session.execute(query.values(state=to))
        assert isinstance(found, CursorResult)
        return found.rowcount == 1

    async def incident(self, request: str) -> Incident | None:
        """Return the open incident of a wish."""
        query = select(Incident).where(
            Incident.kind == HELP_ASKED,
            Incident.subject == request,
            Incident.ended_at.is_(None),
        )
        return (await self._session.execute(query)).scalars().first()

    async def overdue(self, now_ms: int) -> Sequence[tuple[HelpRequest, Incident]]:
        """Return wishes whose time is over while their incident is still open."""
        query = (
            select(HelpRequest, Incident)
            .join(Incident, Incident.subject == HelpRequest.id)
            .where(
                Incident.kind == HELP_ASKED,
                Incident.ended_at.is_(None),
                HelpRequest.expires_at <= now_ms,
            )
        )
        rows = (await self._session.execute(query)).all()
        return [(row.HelpRequest, row.Incident) for row in rows]
