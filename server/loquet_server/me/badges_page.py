"""``/me/badges``: a member's own badges; one that is lost, and what the doors know of it."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.me.badges import OwnBadges
from loquet_server.me.frame import Named, frame_of
from loquet_server.me.neighbours import DoorsOfUnit, Neighbours, NeighboursDep
from loquet_server.me.repository import MeRepository
from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.models import Credential
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import InTheWay
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

DONE: Final = {
    "lost": N_("Your badge is blocked. The doors are being told right now."),
    "already": N_("This badge opened nothing any more already."),
}
router = APIRouter()


@router.get("/me/badges")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show a member's badges."""
    frame = await frame_of(request, office, session, member)
    badges = await MeRepository(session).badges(member.id)
    return frame.show("me_badges.html", {"badges": badges})


@router.get("/me/badges/{badge}")
async def one_page(
    badge: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep,
    neighbours: NeighboursDep,
) -> HTMLResponse:  # fmt: skip
    """Show one badge; a blocked one door by door."""
    frame = await frame_of(request, office, session, member)
    row = await _mine(session, member, badge)
    now_ms = office.now_ms()
    values = await _standing(session, neighbours, member, row, now_ms) | {"said": frame.said(DONE)}
    return frame.show("me_badge.html", values)


@router.get("/me/badges/{badge}/doors")
async def doors_part(
    badge: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep,
    neighbours: NeighboursDep,
) -> HTMLResponse:  # fmt: skip
    """Show that part of the page alone, for a page that keeps itself fresh."""
    frame = await frame_of(request, office, session, member)
    row = await _mine(session, member, badge)
    values = await _standing(session, neighbours, member, row, office.now_ms())
    return frame.show("me_badge_doors.html", values)


@router.get("/me/badges/{badge}/lost")
async def lost_page(
    badge: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Ask before a badge is blocked."""
    frame = await frame_of(request, office, session, member)
    row = await _mine(session, member, badge)
    return _ask(frame, row)


@router.post("/me/badges/{badge}/lost")
async def lost(
    badge: Named, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> RedirectResponse:
    """Block a badge that is lost."""
    try:
        await OwnBadges(office, transaction, member).lose(badge)
    except InTheWay:
        return go(f"/me/badges/{badge}", "already")
    return go(f"/me/badges/{badge}", "lost")


def _ask(frame: Frame, row: Credential) -> HTMLResponse:
    return frame.show("me_badge_lost.html", {"badge": row})


async def _mine(session: AsyncSession, member: Member, badge: str) -> Credential:
    row = await MeRepository(session).badge(badge, member.id)
    if row is None:
        raise NotFound("there is no such badge of yours")
    return row


async def _standing(
    session: AsyncSession, neighbours: Neighbours, member: Member, row: Credential, now_ms: int
) -> dict[str, Any]:
    """Return what a badge's page shows of its doors; nothing for one that still opens them."""
    blocked = row.status != "handed_out" or row.disabled
    doors = await neighbours.proof(session, row.id, member.actor) if blocked else ()
    waiting = [each for each in doors if each.confirmed_at is None and _may_open(each, now_ms)]
    return {"badge": row, "blocked": blocked, "units": doors, "waiting": len(waiting)}


def _may_open(unit: DoorsOfUnit, now_ms: int) -> bool:
    """True if a unit that has not confirmed could still let the badge in."""
    return unit.online or unit.opens_until is None or unit.opens_until > now_ms
