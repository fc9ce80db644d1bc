"""``/me/help``: a member without a badge asks to be let in, and sees what becomes of it."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.me.frame import Named, frame_of
from loquet_server.me.help import HelpDesk, state_of, wish_of
from loquet_server.me.neighbours import Neighbours, NeighboursDep
from loquet_server.me.passages_page import refusal
from loquet_server.me.repository import Asked, MeRepository
from loquet_server.me.schemas import HelpIn
from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

STATES: Final = {
    "asked": N_("Your wish is on the hosts' screens"),
    "opening": N_("A host opens the door"),
    "released": N_("The door is open for you: go in"),
    "declined": N_("A host said no"),
    "withdrawn": N_("You took it back"),
    "expired": N_("Nobody answered in 10 minutes"),
}
router = APIRouter()


@router.get("/me/help")
async def ask_page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep,
    neighbours: NeighboursDep, door: str = "",
) -> HTMLResponse:  # fmt: skip
    """Show the doors that would open for the member now, and why the others would not."""
    frame = await frame_of(request, office, session, member)
    given: Typed[HelpIn] = Typed({"door": door})
    return await _form(frame, session, member, neighbours, given)


@router.post("/me/help")
async def ask(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep,
    neighbours: NeighboursDep,
) -> Response:  # fmt: skip
    """Ask the hosts to open a door."""
    frame = await frame_of(request, office, transaction.session, member)
    given = await typed(request, HelpIn, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            row = await HelpDesk(office, transaction).ask(
                member, given.model.door, given.model.words, neighbours
            )
            return go(f"/me/help/{row.id}")
    return await _form(frame, transaction.session, member, neighbours, given, 422)


@router.get("/me/help/{wish}")
async def one_page(
    wish: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show what becomes of a wish."""
    frame = await frame_of(request, office, session, member)
    found = await wish_of(session, member, wish)
    return frame.show("me_help_one.html", _shown(frame, found))


@router.get("/me/help/{wish}/state")
async def state_part(
    wish: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show that part of the page alone, for a page that keeps itself fresh."""
    frame = await frame_of(request, office, session, member)
    found = await wish_of(session, member, wish)
    return frame.show("me_help_state.html", _shown(frame, found))


@router.post("/me/help/{wish}/withdraw")
async def withdraw(
    wish: Named, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> RedirectResponse:
    """Take a wish back."""
    await HelpDesk(office, transaction).withdraw(member, wish)
    return go(f"/me/help/{wish}")


def _shown(frame: Frame, asked: Asked) -> dict[str, Any]:
    return {"asked": asked, "state": state_of(asked.row, frame.now_ms), "states": STATES}


async def _form(
    frame: Frame, session: AsyncSession, member: Member, neighbours: Neighbours,
    given: Typed[HelpIn], status: int = 200,
) -> HTMLResponse:  # fmt: skip
    answers = await neighbours.doors_now(session, member, frame.now_ms)
    rows = await MeRepository(session).doors(member.site)
    doors = [each for each in rows if each.id in answers]
    utc = frame.now_ms / 1000
    shut = [
        (each.name, refusal(frame, answer.reason.value, answer.when, utc))
        for each in doors
        if (answer := answers[each.id]) is not None
    ]
    values = {
        "form": given,
        "doors": [each for each in doors if answers[each.id] is None],
        "shut": shut,
    }
    return frame.show("me_help.html", values, status)
