"""``/pins``: how long PINs are and whose; ``/members/ID/pin``: one member's; and members' own."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Holder
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN
from loquet_server.pins import me_page, strength
from loquet_server.pins.repository import PinRepository
from loquet_server.pins.schemas import PinRuleIn
from loquet_server.pins.service import PinService, standing
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Hands = Annotated[Actor, needs(Permission.BADGES_WRITE)]
Rules = Annotated[Actor, needs(Permission.DOORS_WRITE)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
RULE_DONE: Final = {"changed": N_("New PINs are that long from now on.")}
DONE: Final = {
    "removed": N_("The PIN counts no more. Doors that ask for one open to this member no more."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of PINs, the members' own too."""
    found = APIRouter(include_in_schema=False)
    found.include_router(router)
    found.include_router(me_page.router)
    return found


@router.get("/pins")
async def rule_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> HTMLResponse:
    """Show how long PINs are, for how many people, which doors ask, and whose are too short."""
    frame = await Frame.of(request, office, session, actor)
    return await _rule(frame, session, None)


@router.post("/pins")
async def set_rule(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Rules
) -> Response:
    """Choose how long new PINs are."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, PinRuleIn, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            service = PinService(office, transaction, actor)
            await service.set_length(frame.site.id, given.model.length)
            return go("/pins", "changed")
    return await _rule(frame, transaction.session, given)


@router.get("/members/{member}/pin")
async def show(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Hands
) -> HTMLResponse:
    """Show whether a member has a PIN, and since when."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    return await _one(frame, session, row, Typed({}))


@router.post("/members/{member}/pin")
async def draw(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Hands,
) -> HTMLResponse:  # fmt: skip
    """Draw a PIN and show it, this once."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    given: Typed[Any] = Typed({})
    async with frame.trying(transaction, given):
        _, digits = await PinService(office, transaction, actor).draw(row)
        return frame.show("pins_made.html", {"member": row, "pin": digits})
    return await _one(frame, transaction.session, row, given)


@router.post("/members/{member}/pin/remove")
async def remove(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Hands,
) -> RedirectResponse:  # fmt: skip
    """Forget a member's PIN."""
    _, row = await Frame.of_member(request, office, transaction.session, actor, member)
    await PinService(office, transaction, actor).remove(row)
    return go(f"/members/{member}/pin", "removed")


async def _rule(
    frame: Frame, session: AsyncSession, given: Typed[PinRuleIn] | None
) -> HTMLResponse:
    repository, site = PinRepository(session), frame.site.id
    stands = await standing(session, site, frame.now_ms)
    form = given or Typed[PinRuleIn]({"length": stands.length})
    values = {
        "stands": stands,
        "lengths": [(each, strength.people(each)) for each in strength.LENGTHS],
        "doors": await repository.asking(site),
        "too_short": await repository.too_short(site),
        "form": form,
        "said": frame.said(RULE_DONE),
    }
    return frame.show("pins.html", values, 422 if form.complaints else 200)


async def _one(frame: Frame, session: AsyncSession, row: Holder, given: Typed[Any]) -> HTMLResponse:
    repository = PinRepository(session)
    values = {
        "member": row,
        "pin": await repository.of(row.id),
        "doors": await repository.asking(frame.site.id),
        "form": given,
        "said": frame.said(DONE),
    }
    return frame.show("pins_member.html", values, 422 if given.complaints else 200)
