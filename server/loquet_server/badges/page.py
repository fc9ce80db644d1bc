"""``/badges``: the stock, one badge, and what becomes of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.badges import adding, readers_page, views
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import Act, EndForm, Ending, LabelForm
from loquet_server.badges.service import BadgeService, acts
from loquet_server.models import Action, Credential
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.changes import note
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.people.frame import Frame
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, plain
from loquet_server.web.forms import Typed, typed
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

MOST = 200
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.BADGES_WRITE)]
BadgeId = Annotated[str, Path(pattern=ID_PATTERN)]
router = APIRouter(include_in_schema=False)
_NO_DEPOSIT: Typed[EndForm] = Typed({"deposit_back": "true"})


def routes(_office: Office) -> APIRouter:
    """Return the routes of the badges' pages; those that add one come first."""
    found = APIRouter(include_in_schema=False)
    found.include_router(adding.router)
    found.include_router(readers_page.router)
    found.include_router(router)
    return found


@router.get("/badges")
async def list_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    q: str = "",
    status: str = "",
) -> HTMLResponse:
    """Show badges, narrowed by what is asked for; the last to change first."""
    frame = await Frame.of(request, office, session, actor)
    repository = BadgeRepository(session)
    chosen = status if status in views.STATUSES else None
    values = {
        "rows": await repository.found(frame.site.id, chosen, plain(q), MOST),
        "counts": await repository.counts(frame.site.id),
        "statuses": views.STATUSES,
        "status": chosen or "",
        "q": plain(q),
        "most": MOST,
    }
    return frame.show("badges.html", values)


@router.get("/badges/{badge}")
async def show(
    badge: BadgeId, request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> HTMLResponse:
    """Show one badge, and what can become of it."""
    frame, people, row = await _one(request, office, session, actor, badge)
    return await _show(frame, people, row)


@router.post("/badges/{badge}/label")
async def rename(
    badge: BadgeId, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Call a badge something else."""
    frame, people, row = await _one(request, office, transaction.session, actor, badge)
    given = await typed(request, LabelForm, frame.texts)
    if given.model is None:
        return await _show(frame, people, row, given)
    await BadgeService(office, transaction, actor).rename(badge, given.model.label)
    return go(f"/badges/{badge}", "renamed")


@router.post("/badges/{badge}/number")
async def show_number(
    badge: BadgeId, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> HTMLResponse:
    """Show the number of a badge in the forms that badges have; that it was seen is recorded."""
    frame, _people, row = await _one(request, office, transaction.session, actor, badge)
    detail = {"label": row.label, "last4": row.last4}
    note(office, transaction, actor, Action.BADGE_NUMBER_SHOWN, row.id, row.site, detail=detail)
    forms = await DerivedRepository(transaction.session, row.site).forms()
    ways = views.ways_to_write(frame, office, row, forms)
    return frame.show("badges_number.html", {"badge": row, "ways": ways})


@router.get("/badges/{badge}/{act}")
async def act_page(
    badge: BadgeId,
    act: Act,
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
) -> Response:
    """Ask before something becomes of a badge."""
    frame, people, row = await _one(request, office, session, actor, badge)
    if act not in acts(row):
        return go(f"/badges/{badge}")
    return await _ask(frame, people, row, act, _NO_DEPOSIT)


@router.post("/badges/{badge}/{act}")
async def end(
    badge: BadgeId,
    act: Act,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> Response:
    """Note what became of a badge; the doors are told at once."""
    frame, people, row = await _one(request, office, transaction.session, actor, badge)
    given = await typed(request, EndForm, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            ending = Ending.model_validate(given.model.model_dump())
            await BadgeService(office, transaction, actor).end(badge, act, ending)
            return go(f"/badges/{badge}", act.value)
    return await _ask(frame, people, row, act, given, 422)


async def _one(
    request: Request, office: Office, session: AsyncSession, actor: Actor, badge: str
) -> tuple[Frame, PeopleRepository, Credential]:
    people = PeopleRepository(session, actor)
    row = await people.badge(badge)
    return await Frame.of(request, office, session, actor, row.site), people, row


async def _ask(
    frame: Frame, people: PeopleRepository, row: Credential, act: Act, given: Typed[EndForm],
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    member = None if row.holder is None else await people.member(row.holder)
    values = {
        "badge": row,
        "member": member,
        "act": act.value,
        "words": views.ACTS[act],
        "form": given,
        "deposit": act is Act.RETURN and bool(row.deposit_cents) and row.deposit_back_at is None,
    }
    return frame.show("badges_act.html", values, status)


async def _show(
    frame: Frame, people: PeopleRepository, row: Credential, given: Typed[LabelForm] | None = None
) -> HTMLResponse:
    member = None if row.holder is None else await people.member(row.holder)
    values = {
        "badge": row,
        "member": member,
        "acts": [(each.value, views.ACTS[each]) for each in acts(row)],
        "forms_of": {key.value: text for key, text in views.FORMS.items()},
        "form": given or Typed({"label": row.label}),
        "said": frame.said(views.DONE),
        "lossy_text": views.LOSSY,
    }
    return frame.show("badges_one.html", values, 200 if given is None else 422)
