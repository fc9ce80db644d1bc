"""``/me/pin``: a member chooses their PIN; nobody, they neither, is ever shown it again."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.models import Holder
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.repository import PeopleRepository
from loquet_server.pins.repository import PinRepository
from loquet_server.pins.schemas import PinChosen
from loquet_server.pins.service import PinService, standing
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

HOME: Final = "/me/pin"
DONE: Final = {
    "chosen": N_("Your PIN is set. The doors are being told right now."),
    "removed": N_("Your PIN counts no more. Doors that ask for one do not open to you now."),
}
router = APIRouter(include_in_schema=False)


@router.get(HOME)
async def show(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show whether a member has a PIN, which doors ask for it, and the form to choose one."""
    frame, row = await _frame(request, office, session, member)
    return await _page(frame, session, row, Typed({}))


@router.post(HOME)
async def choose(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """Keep the PIN that was typed twice."""
    frame, row = await _frame(request, office, transaction.session, member)
    given = await typed(request, PinChosen, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            pin, again = given.model.pin, given.model.again
            service = PinService(office, transaction, member.actor)
            await service.choose(row, pin.get_secret_value(), again.get_secret_value())
            return go(HOME, "chosen")
    return await _page(frame, transaction.session, row, given)


@router.post(HOME + "/remove")
async def remove(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> RedirectResponse:
    """Forget the PIN."""
    _, row = await _frame(request, office, transaction.session, member)
    await PinService(office, transaction, member.actor).remove(row)
    return go(HOME, "removed")


async def _frame(
    request: Request, office: Office, session: AsyncSession, member: Member
) -> tuple[Frame, Holder]:
    frame = await Frame.of(request, office, session, member.actor, member.site)
    return frame, await PeopleRepository(session, member.actor).member(member.id)


async def _page(
    frame: Frame, session: AsyncSession, row: Holder, given: Typed[PinChosen]
) -> HTMLResponse:
    repository = PinRepository(session)
    stands = await standing(session, row.site, frame.now_ms, of=row.id)
    form: Typed[PinChosen] = Typed({}, complaints=given.complaints)  # what was typed is gone
    values = {
        "pin": await repository.of(row.id),
        "length": stands.length,
        "doors": await repository.asking(row.site),
        "form": form,
        "said": frame.said(DONE),
    }
    return frame.show("pins_me.html", values, 422 if given.complaints else 200)
