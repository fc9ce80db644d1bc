"""``/members/ID/link``: a host gives a member the personal link to their own pages."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from loquet_server.hosts import host_of, is_loopback
from loquet_server.identity.arriving import base_of
from loquet_server.membership_access.links import PATH, Links
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN
from loquet_server.web.i18n import N_
from loquet_server.web.qr import qr
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
DONE: Final = {"revoked": N_("The link counts no more, and every device that came by it is out.")}
router = APIRouter()


@router.get("/members/{member}/link")
async def show(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show whether a member has a link, and on how many devices it was used."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    repository = AccessRepository(session)
    values = {
        "member": row,
        "link": await repository.newest_link(row.id),
        "devices": len(await repository.sessions(row.id)),
        "said": frame.said(DONE),
    }
    return frame.show("members_link.html", values)


@router.post("/members/{member}/link")
async def make(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writer,
) -> HTMLResponse:  # fmt: skip
    """Make a link and show it, this once."""
    session = transaction.session
    frame, row = await Frame.of_member(request, office, session, actor, member)
    link = base_of(office, request) + PATH + await Links(office, transaction, actor).make(member)
    values = {"member": row, "link": link, "qr": qr(link), "local": is_loopback(host_of(link))}
    return frame.show("members_link_made.html", values)


@router.post("/members/{member}/link/revoke")
async def revoke(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> RedirectResponse:
    """End a member's link, and every device that came by it."""
    await Links(office, transaction, actor).revoke(member)
    return go(f"/members/{member}/link", "revoked")
