"""``/badges``: the stock, one badge, and what becomes of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from loquet_server.badges import adding, views
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import Act, EndForm, Ending, LabelForm
from loquet_server.badges.service import BadgeService, acts
from loquet_server.models import Credential
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame, go
from loquet_server.people.refusals import Refused
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, plain
from loquet_server.web.forms import Typed, typed
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
    frame = await Frame.of(request, office, session, actor)
    row = await PeopleRepository(session, actor).badge(badge)
    return await _show(frame, actor, row, people=PeopleRepository(session, actor))


@router.post("/badges/{badge}/label")
async def rename(
    badge: BadgeId, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Call a badge something else."""
    frame = await Frame.of(request, office, transaction.session, actor)
    people = PeopleRepository(transaction.session, actor)
    row = await people.badge(badge)
    given = await typed(request, LabelForm, frame.texts)
    if given.model is None:
        return await _show(frame, actor, row, people, given)
    await BadgeService(office, transaction, actor).rename(badge, given.model.label)
    return go(f"/badges/{badge}", "renamed")


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
    frame = await Frame.of(request, office, session, actor)
    people = PeopleRepository(session, actor)
    row = await people.badge(badge)
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
    frame = await Frame.of(request, office, transaction.session, actor)
    people = PeopleRepository(transaction.session, actor)
    row = await people.badge(badge)
    given = await typed(request, EndForm, frame.texts)
    if given.model is not None:
        try:
            ending = Ending.model_validate(given.model.model_dump())
            await BadgeService(office, transaction, actor).end(badge, act, ending)
            return go(f"/badges/{badge}", act.value)
        except Refused as refused:
            given.complain(refused.field, refused.said(frame.texts))
    return await _ask(frame, people, row, act, given, 422)


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
    frame: Frame, actor: Actor, row: Credential, people: PeopleRepository,
    given: Typed[LabelForm] | None = None,
) -> HTMLResponse:  # fmt: skip
    member = None if row.holder is None else await people.member(row.holder)
    done = views.DONE.get(frame.request.query_params.get("done", ""), "")
    values = {
        "badge": row,
        "member": member,
        "acts": [(each.value, views.ACTS[each]) for each in acts(row)],
        "forms_of": {key.value: text for key, text in views.FORMS.items()},
        "form": given or Typed({"label": row.label}),
        "said": frame.texts.gettext(done) if done else "",
        "lossy_text": views.LOSSY,
    }
    return frame.show("badges_one.html", values, 200 if given is None else 422)
