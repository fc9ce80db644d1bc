"""Let me in: a member without a badge asks, a host opens or does not, and both see what came of it.

Nobody is asked for a door that would refuse the member's badge, and a wish is over after ten
minutes: whoever opens then opens to somebody else.
"""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.hooks.outbox import notice
from loquet_server.ledger import record
from loquet_server.me.neighbours import Neighbours
from loquet_server.me.repository import HELP_ASKED, Asked, MeRepository
from loquet_server.membership_access.member import Member
from loquet_server.models import Action, HelpRequest, Incident
from loquet_server.office import Office, Transaction, committed
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

LIFE_MS: Final = 10 * 60_000
WINDOW_MS: Final = 3_600_000
MOST: Final = 4
"""Wishes of one member within an hour."""
TOO_OFTEN: Final = N_(
    "You have asked several times within the hour. Please ring, or call the space."
)
NOT_THERE: Final = N_("Please choose a door.")
NOT_NOW: Final = N_("Your badge would not open this door now either, so nobody was asked.")
OVER: Final = N_("This wish is over: it was answered, taken back, or is older than 10 minutes.")


def state_of(row: HelpRequest, now_ms: int) -> str:
    """Return asked, opening, released, declined, withdrawn or expired."""
    waits = row.state in ("asked", "opening")
    return "expired" if waits and row.expires_at <= now_ms else row.state


async def wish_of(session: AsyncSession, member: Member, request: str) -> Asked:
    """Return a wish of this member; raise NotFound."""
    found = await MeRepository(session).asked(request)
    if found is None or found.row.holder != member.id:
        raise NotFound("there is no such wish of yours")
    return found


async def wish_in_house(session: AsyncSession, actor: Actor, request: str) -> Asked:
    """Return a wish of this operator's space; raise NotFound."""
    found = await MeRepository(session).asked(request)
    if found is None:
        raise NotFound(f"there is no wish {request!r}")
    own(actor, found.row.site, f"wish {request!r}")
    return found


class HelpDesk:
    """Wishes to be let in, within one transaction."""

    def __init__(self, office: Office, transaction: Transaction) -> None:
        self._office = office
        self._transaction = transaction
        self._repository = MeRepository(transaction.session)

    async def ask(
        self, member: Member, door: str, words: str, neighbours: Neighbours
    ) -> HelpRequest:
        """Ask the hosts to open a door; raise DoesNotFit or InTheWay, both in plain words."""
        session, now = self._transaction.session, self._office.now_ms()
        before = await self._repository.wishes(now - WINDOW_MS, holder=member.id)
        for each in before:
            if state_of(each.row, now) in ("asked", "opening"):
                return each.row  # asked once is asked
        if len(before) >= MOST:
            raise InTheWay("door", TOO_OFTEN)
        doors = {each.id: each for each in await self._repository.doors(member.site)}
        answers = await neighbours.doors_now(session, member, now)
        if door not in doors or door not in answers:
            raise DoesNotFit("door", NOT_THERE)
        if answers[door] is not None:
            raise DoesNotFit("door", NOT_NOW)
        row = HelpRequest(
            id=f"q{secrets.token_hex(8)}", site=member.site, holder=member.id, door=door,
            words=words, asked_at=now, expires_at=now + LIFE_MS,
        )  # fmt: skip
        self._repository.add(row)
        self._repository.add(
            Incident(
                site=member.site, kind=HELP_ASKED, subject=row.id, detail=doors[door].name,
                first_at=now, last_at=now,
            )
        )  # fmt: skip
        await self._notice(row, "incident.opened", now)
        self._note(Action.HELP_ASKED, row, member.actor)
        self._tell(row, 1)
        return row

    async def withdraw(self, member: Member, request: str) -> None:
        """Take a wish back; raise NotFound. One that was answered stays as it is."""
        row = (await wish_of(self._transaction.session, member, request)).row
        if await self._repository.move(row.id, "asked", "withdrawn"):
            await self._end(row, "withdrawn", member.actor, "", Action.HELP_WITHDRAWN)

    async def decline(self, actor: Actor, request: str, answer: str) -> None:
        """Say no; raise NotFound or InTheWay."""
        row = (await wish_in_house(self._transaction.session, actor, request)).row
        await self.claim(row, "declined")
        await self._end(row, "declined", actor, answer, Action.HELP_DECLINED)

    async def claim(self, row: HelpRequest, to: str) -> None:
        """Answer a wish that nobody else answers meanwhile; raise InTheWay."""
        fresh = state_of(row, self._office.now_ms()) == "asked"
        if not fresh or not await self._repository.move(row.id, "asked", to):
            raise InTheWay("answer", OVER)

    async def released(self, row: HelpRequest, actor: Actor, answer: str) -> None:
        """Note that the door was released."""
        await self._repository.move(row.id, "opening", "released")
        await self._end(row, "released", actor, answer, Action.HELP_GIVEN)

    async def give_back(self, row: HelpRequest) -> None:
        """Note that the door did not answer: the wish is open again."""
        await self._repository.move(row.id, "opening", "asked")

    async def close_overdue(self) -> int:
        """Close the incidents of wishes whose time is over; return how many there were."""
        now = self._office.now_ms()
        found = await self._repository.overdue(now)
        for row, incident in found:
            await self._close(row, incident, now, "")
        return len(found)

    async def _end(
        self, row: HelpRequest, state: str, actor: Actor, answer: str, action: Action
    ) -> None:
        now = self._office.now_ms()
        row.state, row.answered_at, row.answer = state, now, answer
        row.answered_by = actor.name[:200]
        self._note(action, row, actor, answer)
        incident = await self._repository.incident(row.id)
        if incident is None:
            self._tell(row, 2)
        else:
            await self._close(row, incident, now, actor.name)

    async def _notice(self, row: HelpRequest, event: str, now: int) -> None:
        """Tell other programs; which wish it is, not whose."""
        data = {"site": row.site, "kind": HELP_ASKED, "subject": row.id}
        await self._transaction.session.run_sync(notice, row.site, event, data, now)

    async def _close(self, row: HelpRequest, incident: Incident, now: int, by: str) -> None:
        incident.ended_at, incident.ended_by = now, by[:200]
        incident.revision += 1
        await self._notice(row, "incident.ended", now)
        self._tell(row, incident.revision)

    def _note(self, action: Action, row: HelpRequest, actor: Actor, reason: str = "") -> None:
        record(
            self._transaction.session, action, row.id, self._office.now_ms(), actor=actor.name,
            reason=reason, site=row.site, detail={"door": row.door, "holder": row.holder},
        )  # fmt: skip

    def _tell(self, row: HelpRequest, revision: int) -> None:
        self._transaction.after.tell(self._office, row.site, "incident", HELP_ASKED, revision)


async def release(
    office: Office, neighbours: Neighbours, actor: Actor, request: str, answer: str
) -> None:
    """Release the door of a wish, with the member named in the order's reason.

    Raises NotFound, InTheWay for a wish that is over, ReleaseFailed where the door did not
    answer: then the wish stands as before. The order goes to a unit, so it names the member by
    the id alone.
    """
    async with committed(office) as transaction:
        desk = HelpDesk(office, transaction)
        row = (await wish_in_house(transaction.session, actor, request)).row
        await desk.claim(row, "opening")
        door, reason = row.door, f"let in without a badge: member {row.holder}"
    done, why = False, f"{reason}; {answer}"[:200] if answer else reason
    try:
        await neighbours.release(door, why, actor.name)
        done = True
    finally:
        async with committed(office) as transaction:
            desk = HelpDesk(office, transaction)
            row = (await wish_in_house(transaction.session, actor, request)).row
            if done:
                await desk.released(row, actor, answer)
            else:
                await desk.give_back(row)
