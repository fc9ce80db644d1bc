"""``/help``: members who ask to be let in, and the host's answer."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from loquet_server.days import DAY_MS
from loquet_server.me.frame import Named
from loquet_server.me.help import HelpDesk, release, state_of, wish_in_house
from loquet_server.me.neighbours import NeighboursDep, ReleaseFailed
from loquet_server.me.repository import Asked, MeRepository
from loquet_server.me.schemas import Answer
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import Refused
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Host = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
SINCE_MS: Final = DAY_MS
STATES: Final = {
    "asked": N_("waits for an answer"),
    "opening": N_("the door is being asked"),
    "released": N_("let in"),
    "declined": N_("declined"),
    "withdrawn": N_("taken back by the member"),
    "expired": N_("nobody answered"),
}
DONE: Final = {
    "released": N_("The door was released, and the member told."),
    "declined": N_("Declined: the member reads your answer."),
}
router = APIRouter()


@router.get("/help")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Host
) -> HTMLResponse:
    """Show who asks to be let in, and what became of the wishes of the last day."""
    frame = await Frame.of(request, office, session, actor)
    since = frame.now_ms - SINCE_MS
    found = await MeRepository(session).wishes(since, site=frame.site.id)
    lines = [(each, state_of(each.row, frame.now_ms)) for each in found]
    waiting = [each for each in lines if each[1] == "asked"]
    values = {
        "waiting": waiting,
        "over": [each for each in lines if each[1] != "asked"],
        "states": STATES,
        "names": actor.may(Permission.MEMBERS_READ),
    }
    return frame.show("help.html", values)


@router.get("/help/{wish}")
async def one_page(
    wish: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Host
) -> HTMLResponse:
    """Show a wish, and the two answers."""
    found = await wish_in_house(session, actor, wish)
    frame = await Frame.of(request, office, session, actor, found.row.site)
    return _page(frame, found, Typed({}))


@router.post("/help/{wish}/release")
async def let_in(
    wish: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Host,
    neighbours: NeighboursDep,
) -> Response:  # fmt: skip
    """Release the door, and tell the member."""
    found = await wish_in_house(session, actor, wish)
    frame = await Frame.of(request, office, session, actor, found.row.site)
    given = await typed(request, Answer, frame.texts)
    if given.model is None:
        return _page(frame, found, given, status=422)
    try:
        await release(office, neighbours, actor, wish, given.model.answer)
    except Refused as refused:
        return _page(frame, found, given, refused.said(frame.texts), 409)
    except ReleaseFailed as failed:
        return _page(frame, found, given, failed.detail, failed.status, failed.kind)
    return go(f"/help/{wish}", "released")


@router.post("/help/{wish}/decline")
async def decline(
    wish: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Host
) -> Response:
    """Say no, with a word to the member."""
    found = await wish_in_house(transaction.session, actor, wish)
    frame = await Frame.of(request, office, transaction.session, actor, found.row.site)
    given = await typed(request, Answer, frame.texts)
    if given.model is None:
        return _page(frame, found, given, status=422)
    try:
        await HelpDesk(office, transaction).decline(actor, wish, given.model.answer)
    except Refused as refused:
        return _page(frame, found, given, refused.said(frame.texts), 409)
    return go(f"/help/{wish}", "declined")


def _page(
    frame: Frame, asked: Asked, given: Typed[Answer], problem: str = "", status: int = 200,
    trouble: str = "",
) -> HTMLResponse:  # fmt: skip
    values: dict[str, Any] = {
        "asked": asked,
        "state": state_of(asked.row, frame.now_ms),
        "states": STATES,
        "form": given,
        "problem": problem,
        "trouble": trouble,
        "said": frame.said(DONE),
        "names": frame.actor.may(Permission.MEMBERS_READ),
    }
    return frame.show("help_one.html", values, status)
