"""``/passes``: what does not fit, what is to be billed, shared accounts; and each account."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from babel.dates import format_date
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.accounts import service as ledger
from loquet_server.errors import NotFound
from loquet_server.models import Action
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.passes.repository import Owned, PassRepository, Used
from loquet_server.passes.schemas import MONTH, AccountIn, Correction, Refund, Sale
from loquet_server.passes.service import PassService, account_of
from loquet_server.passes.sheet import sheet
from loquet_server.people.changes import note
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import Refused
from loquet_server.people.text import ID_PATTERN, in_language
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs, own

Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.PASSES_WRITE)]
Exporter = Annotated[Actor, needs(Permission.DATA_EXPORT)]
AccountId = Annotated[str, Path(pattern=ID_PATTERN)]
UseId = Annotated[int, Path(ge=1, lt=2**53)]
Month = Annotated[str, Query(pattern=rf"^({MONTH})?$")]
SHOWN_DAYS: Final = 90
"""How far back conflicts are shown."""
DONE: Final = {
    "sold": N_("Sold. The doors know it."),
    "corrected": N_("Corrected. The doors know it."),
    "refunded": N_("Given back. The day stays paid for."),
    "opened": N_("The account is open. Choose it when you give the plan to its people."),
}
CONFLICTS: Final = {
    "twice": N_("accepted at two doors that had not heard of each other; counted once"),
    "overdrawn": N_("let in on a pass that another door had taken already"),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the passes' pages."""
    return router


@router.get("/passes")
async def overview(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
    month: Month = "",
) -> HTMLResponse:
    """Show what does not fit, what is to be billed, and shared accounts."""
    frame = await Frame.of(request, office, transaction.session, actor)
    return await _overview(frame, office, transaction, actor, month, Typed({}))


@router.post("/passes/accounts")
async def open_shared(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Open an account that an organisation's people share."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, AccountIn, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            name = await PassService(office, transaction, actor).open(given.model)
            return go(f"/passes/accounts/{name}", "opened")
    return await _overview(frame, office, transaction, actor, "", given, status=422)


@router.get("/passes/billed.csv")
async def billed_sheet(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Exporter,
    month: Month = "",
) -> Response:
    """Return what is to be billed of a month, as a sheet."""
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    month = month or frame.today.isoformat()[:7]
    found = await PassRepository(session).billed(frame.site.id, month)
    note(office, transaction, actor, Action.PASSES_EXPORTED, month, frame.site.id)
    headers = {
        "content-disposition": f'attachment; filename="passes-{month}.csv"',
        "cache-control": "no-store",
    }
    text = sheet(found, frame.texts)
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/passes/accounts/{account}")
async def account_page(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
    account: AccountId,
) -> HTMLResponse:
    """Show one account: what is left, what came in, what was used."""
    return await _account(request, office, transaction, actor, account)


@router.post("/passes/accounts/{account}/sell")
async def sell(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    account: AccountId,
) -> Response:
    """Sell passes."""
    frame = await Frame.of(request, office, transaction.session, actor)
    service = PassService(office, transaction, actor)
    row = await service.account(account)
    given = await typed(request, Sale, frame.texts)
    if given.model is None:
        return await _account(request, office, transaction, actor, account, sale=given)
    await service.sell(row, given.model.amount, given.model.price)
    return go(f"/passes/accounts/{account}", "sold")


@router.post("/passes/accounts/{account}/correct")
async def correct(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    account: AccountId,
) -> Response:
    """Add passes or take some away."""
    frame = await Frame.of(request, office, transaction.session, actor)
    service = PassService(office, transaction, actor)
    row = await service.account(account)
    given = await typed(request, Correction, frame.texts)
    if given.model is None:
        return await _account(request, office, transaction, actor, account, correction=given)
    await service.correct(row, given.model.amount, given.model.reason)
    return go(f"/passes/accounts/{account}", "corrected")


@router.get("/passes/uses/{use}")
async def refund_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer, use: UseId
) -> HTMLResponse:
    """Show the form that gives a pass back."""
    return await _refund_form(request, office, session, actor, use, Typed({}))


@router.post("/passes/uses/{use}")
async def refund(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer, use: UseId
) -> Response:
    """Give a pass back."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, Refund, frame.texts)
    if given.model is not None:
        try:
            row = await PassService(office, transaction, actor).refund(use, given.model.reason)
            return go(f"/passes/accounts/{row.account}", "refunded")
        except Refused as refused:
            given.complain("reason", refused.said(frame.texts))
    return await _refund_form(request, office, transaction.session, actor, use, given, status=422)


async def _overview(
    frame: Frame,
    office: Office,
    transaction: TransactionDep,
    actor: Actor,
    month: str,
    given: Typed[AccountIn],
    status: int = 200,
) -> HTMLResponse:
    session, site = transaction.session, frame.site.id
    repository, texts = PassRepository(session), frame.texts
    month = month or frame.today.isoformat()[:7]
    since = (frame.today - timedelta(SHOWN_DAYS)).isoformat()
    conflicts = await repository.conflicts(site, since)
    billed = await repository.billed(site, month)
    shared = await repository.shared(site)
    names = [each.account.id for each in shared]
    names += [each.use.account for each in conflicts]
    left = {
        name: each.left
        for name, each in (await ledger.balances(session, names, frame.now_ms)).items()
    }
    note(office, transaction, actor, Action.PASSES_READ, month, site)
    organisations = await repository.organisations(site)
    plans = await repository.counting(site)
    values = {
        "conflicts": [_use(frame, each) | {"left": left[each.use.account]} for each in conflicts],
        "billed": [_use(frame, each) for each in billed],
        "shared": [_owned(each, left[each.account.id], texts) for each in shared],
        "organisations": [(each.id, each.name) for each in organisations],
        "plans": [(each.id, in_language(each.name_fr, each.name_en, texts)) for each in plans],
        **_months(month, texts),
        "typed": given,
        "problem": next(iter(given.complaints.values()), ""),
    }
    return frame.show("passes.html", values, status)


async def _account(
    request: Request,
    office: Office,
    transaction: TransactionDep,
    actor: Actor,
    account: str,
    *,
    sale: Typed[Sale] | None = None,
    correction: Typed[Correction] | None = None,
) -> HTMLResponse:
    session = transaction.session
    repository = PassRepository(session)
    row = await account_of(repository, actor, account)
    frame = await Frame.of(request, office, session, actor, row.site)
    owned = await repository.owned(row)
    left = (await ledger.balances(session, [row.id], frame.now_ms))[row.id].left
    note(office, transaction, actor, Action.PASSES_READ, row.id, row.site)
    values = {
        "account": _owned(owned, left, frame.texts),
        "uses": [_use(frame, each) for each in await repository.uses_of(row.id)],
        "purchases": [
            {"day": frame.moments.day(each.at), "row": each}
            for each in await repository.purchases(row.id)
        ],
        "sale": sale or Typed({}),
        "correction": correction or Typed({}),
        "said": frame.said(DONE),
    }
    return frame.show("pass_account.html", values, 422 if sale or correction else 200)


async def _refund_form(
    request: Request,
    office: Office,
    session: AsyncSession,
    actor: Actor,
    use: int,
    given: Typed[Refund],
    status: int = 200,
) -> HTMLResponse:
    found = await _used(session, actor, use)
    frame = await Frame.of(request, office, session, actor, found.plan.site)
    values = {
        "use": _use(frame, found),
        "typed": given,
        "problem": next(iter(given.complaints.values()), ""),
    }
    return frame.show("pass_refund.html", values, status)


async def _used(session: AsyncSession, actor: Actor, use: int) -> Used:
    found = await PassRepository(session).used(use)
    if found is None:
        raise NotFound(f"there is no use {use} of a pass")
    own(actor, found.plan.site, f"use {use} of a pass")
    return found


def _use(frame: Frame, used: Used) -> dict[str, Any]:
    use, texts = used.use, frame.texts
    half = {"am": texts.gettext("morning"), "pm": texts.gettext("afternoon")}.get(use.half or "")
    day = frame.day(use.day)
    return {
        "id": use.id,
        "account": use.account,
        "member": used.holder.id,
        "who": used.holder.name,
        "plan": in_language(used.plan.name_fr, used.plan.name_en, texts),
        "day": f"{day}, {half}" if half else day,
        "billed": use.billed,
        "conflict": texts.gettext(CONFLICTS[use.conflict]) if use.conflict in CONFLICTS else "",
        "kind": use.conflict or "",
        "refunded": use.refund_reason if use.refunded_at is not None else None,
    }


def _owned(owned: Owned, left: int, texts: Translations) -> dict[str, Any]:
    plan, account = owned.plan, owned.account
    return {
        "id": account.id,
        "owner": owned.owner,
        "path": f"/members/{account.holder}/plans"
        if account.holder is not None
        else f"/organisations/{account.organisation}",
        "plan": in_language(plan.name_fr, plan.name_en, texts),
        "plan_id": plan.id,
        "left": left,
        "counts": plan.counts,
        "window": plan.window,
        "allowance": plan.allowance,
        "when_empty": plan.when_empty,
    }


def _months(month: str, texts: Translations) -> dict[str, str]:
    """Return a month and those around it, for links and in words."""
    first = date.fromisoformat(f"{month}-01")
    around = {"month": first, "earlier": first - timedelta(1), "later": first + timedelta(31)}
    found = {name: day.isoformat()[:7] for name, day in around.items()}
    for name, day in around.items():
        found[f"{name}_text"] = str(format_date(day, "LLLL y", locale=texts.locale))
    return found
