"""``/me/data``: all that is kept of a member, who looked at it, their devices, and erasure."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.identity.arriving import secure
from loquet_server.me.frame import frame_of
from loquet_server.me.schemas import ErasureIn
from loquet_server.membership_access import sessions
from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.privacy.erasing import erase
from loquet_server.privacy.gathering import gather
from loquet_server.privacy.looks import looks_at
from loquet_server.web.browsers import browser_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

LOOKS: Final = 100
WORD: Final = N_("ERASE")
"""What is typed to confirm, in each language."""
NOT_THE_WORD: Final = N_("Please type the word as it stands there, in capital letters.")
DONE: Final = {
    "ended": N_("That device is signed out."),
    "others": N_("All others are signed out."),
}
WHATS: Final = {
    "journal": N_("the journal"),
    "refusals": N_("your refusals"),
    "evacuation": N_("the evacuation list"),
    "export": N_("an export"),
    "explain": N_("why a door answered as it did"),
    "data": N_("all that is kept of you"),
    "live": N_("the last passages"),
}
TABLES: Final = {
    "holders": N_("Who you are"),
    "memberships": N_("Your memberships"),
    "subscriptions": N_("Your plans"),
    "credentials": N_("Your badges"),
    "passages": N_("Your passages"),
    "pass_accounts": N_("Your pass accounts"),
    "pass_uses": N_("Passes used"),
    "bookings": N_("Your bookings"),
    "extra_windows": N_("Your visits"),
    "help_requests": N_("When you asked to be let in"),
    "here_today": N_("Who is here today"),
    "member_links": N_("Your personal links"),
    "member_sessions": N_("Your devices"),
    "member_codes": N_("Codes by mail"),
    "looks": N_("Who looked"),
    "pins": N_("Your PIN"),
    "desks": N_("Your own desk"),
    "badge_enrolments": N_("Badges made ready for you"),
    "booking_feeds": N_("Your calendar's address"),
    "booking_participants": N_("Bookings of others that you take part in"),
}
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
router = APIRouter()


@router.get("/me/data")
async def page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show who looked, the devices, and the ways to take data away or erase it."""
    frame = await frame_of(request, office, session, member)
    values = {
        "looks": await looks_at(session, member.id, LOOKS),
        "whats": WHATS,
        "devices": await AccessRepository(session).sessions(member.id),
        "browser_of": browser_of,
        "said": frame.said(DONE),
    }
    return frame.show("me_data.html", values)


@router.get("/me/data/all")
async def everything(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show all that is kept, table by table."""
    frame = await frame_of(request, office, session, member)
    tables = (await gather(session, member.id))["tables"]
    return frame.show("me_data_all.html", {"tables": tables, "titles": TABLES})


@router.get("/me/data.json")
async def download(office: OfficeDep, session: ReadingDep, member: MemberDep) -> JSONResponse:
    """Give all that is kept, for programs."""
    headers = {
        "content-disposition": 'attachment; filename="loquet-my-data.json"',
        "cache-control": "no-store",
    }
    return JSONResponse(await gather(session, member.id), headers=headers)


@router.post("/me/devices/others")
async def end_others(transaction: TransactionDep, member: MemberDep) -> RedirectResponse:
    """Sign out on all other devices."""
    repository = AccessRepository(transaction.session)
    await repository.end_sessions(member.id, keep=member.session)
    return go("/me/data", "others")


@router.post("/me/devices/{digest}")
async def end_one(digest: Digest, transaction: TransactionDep, member: MemberDep) -> Response:
    """Sign out on one device."""
    repository = AccessRepository(transaction.session)
    if not await repository.end_sessions(member.id, only=digest):
        raise NotFound("there is no such device of yours")
    return go("/me/data", "ended")


@router.get("/me/data/erase")
async def erase_page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Say what erasure means, and ask for the word."""
    frame = await frame_of(request, office, session, member)
    return await _ask(frame, session, member, Typed({}))


@router.post("/me/data/erase")
async def erase_me(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """Erase a member at their own wish, at once and for good."""
    session = transaction.session
    frame = await frame_of(request, office, session, member)
    given = await typed(request, ErasureIn, frame.texts)
    if given.model is not None and given.model.word != frame.texts.gettext(WORD):
        given.complain("word", frame.texts.gettext(NOT_THE_WORD))
    if given.model is None:
        return await _ask(frame, session, member, given, 422)
    await erase(office, transaction, member.id, member.actor, "asked for by the member")
    answer = go("/me/login", "erased")
    sessions.clear_cookie(answer, secure=secure(request))
    return answer


async def _ask(
    frame: Frame, session: AsyncSession, member: Member, given: Typed[Any], status: int = 200
) -> HTMLResponse:
    tables = (await gather(session, member.id))["tables"]
    values = {
        "form": given,
        "word": frame.texts.gettext(WORD),
        "uses": len(tables.get("pass_uses", [])),
        "badges": len(tables.get("credentials", [])),
    }
    return frame.show("me_data_erase.html", values, status)
