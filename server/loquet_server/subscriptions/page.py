"""``/members/ID/plans``: what one member has, and the forms to give, prolong and end it."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.accounts import service as accounts
from loquet_server.models import Holder, Plan
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame, go
from loquet_server.people.refusals import Refused
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, Id
from loquet_server.subscriptions.repository import Held, SubscriptionRepository
from loquet_server.subscriptions.schemas import Ending, SubscriptionIn, Terms
from loquet_server.subscriptions.service import SubscriptionService
from loquet_server.timetable.words import weekday_names, weekdays_text
from loquet_server.web.forms import Typed, check, typed
from loquet_server.web.i18n import N_, Translations
from loquet_server.who import Actor, Permission, needs

Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
SubscriptionId = Annotated[str, Path(pattern=ID_PATTERN)]
DONE: Final = {
    "given": N_("Given. The doors know it."),
    "saved": N_("Saved. The doors know it."),
    "ended": N_("Ended. The doors know it."),
    "deleted": N_("Deleted."),
}
STATES: Final = {
    "running": N_("running"),
    "coming": N_("not begun yet"),
    "grace": N_("ended, in grace"),
    "over": N_("ended"),
}
router = APIRouter(include_in_schema=False)


class GivenForm(SubscriptionIn):
    """A plan given on a page; ``passes``: sold along with it."""

    holder: Id = ""
    passes: Annotated[int, Field(ge=0, le=10_000)] = 0


def routes(_office: Office) -> APIRouter:
    """Return the routes of these pages."""
    return router


@router.get("/members/{member}/plans")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader, member: MemberId
) -> HTMLResponse:
    """Show what a member has."""
    frame = await Frame.of(request, office, session, actor)
    holder = await PeopleRepository(session, actor).member(member)
    held = await SubscriptionRepository(session).of_holder(holder.id)
    names = {each.subscription.account for each in held} - {None}
    left = await accounts.balances(session, [str(each) for each in names], frame.now_ms)
    lines = [_line(frame, each) for each in held]
    for line in lines:
        found = left.get(line["account"] or "")
        line["left"] = None if found is None else found.left
    done = DONE.get(request.query_params.get("done", ""))
    values = {
        "member": holder,
        "lines": [each for each in lines if each["state"] != "over"],
        "over": [each for each in lines if each["state"] == "over"],
        "said": frame.texts.gettext(done) if done else "",
    }
    return frame.show("subscriptions.html", values)


@router.get("/members/{member}/plans/new")
async def new_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
    member: MemberId,
    plan: str = "",
) -> HTMLResponse:
    """Show the plans to choose from, or the form of the chosen one."""
    frame = await Frame.of(request, office, session, actor)
    holder = await PeopleRepository(session, actor).member(member)
    offered = await SubscriptionRepository(session).offered(holder.site)
    chosen = next((each for each in offered if each.id == plan), None)
    values = {"starts_on": frame.today.isoformat(), "plan": plan}
    return await _give_form(frame, session, holder, chosen, Typed(values))


@router.post("/members/{member}/plans/new")
async def give(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    member: MemberId,
) -> Response:
    """Give a plan."""
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    holder = await PeopleRepository(session, actor).member(member)
    given = await typed(request, GivenForm, frame.texts)
    service = SubscriptionService(office, transaction, actor)
    if given.model is not None:
        wish = given.model.model_copy(update={"holder": holder.id})
        try:
            await service.give(wish, wish.passes, wish.price)
            return go(f"/members/{holder.id}/plans", "given")
        except Refused as refused:
            given.complain(refused.field, refused.said(frame.texts))
    offered = await SubscriptionRepository(session).offered(holder.site)
    chosen = next((each for each in offered if each.id == given.values.get("plan")), None)
    return await _give_form(frame, session, holder, chosen, given, status=422)


@router.get("/members/{member}/plans/{subscription}")
async def one_page(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
    member: MemberId,
    subscription: SubscriptionId,
) -> HTMLResponse:
    """Show the form of one subscription."""
    frame, held, holder = await _one(request, office, transaction, actor, subscription)
    row = held.subscription
    values = {name: getattr(row, name) for name in Terms.model_fields}
    shown = {name: "" if value is None else value for name, value in values.items()}
    return _change_form(frame, held, holder, Typed(shown))


@router.post("/members/{member}/plans/{subscription}")
async def change(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    member: MemberId,
    subscription: SubscriptionId,
) -> Response:
    """Change days, weekdays, grace or price."""
    frame, held, holder = await _one(request, office, transaction, actor, subscription)
    given = await typed(request, Terms, frame.texts)
    if given.model is not None:
        try:
            service = SubscriptionService(office, transaction, actor)
            await service.change(held.subscription, given.model)
            return go(f"/members/{holder.id}/plans", "saved")
        except Refused as refused:
            given.complain(refused.field, refused.said(frame.texts))
    return _change_form(frame, held, holder, given, status=422)


@router.post("/members/{member}/plans/{subscription}/end")
async def end(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    member: MemberId,
    subscription: SubscriptionId,
) -> RedirectResponse:
    """End a subscription with yesterday: it opens nothing from now on."""
    frame, held, holder = await _one(request, office, transaction, actor, subscription)
    last = check({"ends_on": (frame.today - timedelta(1)).isoformat()}, Ending, frame.texts)
    assert last.model is not None
    await SubscriptionService(office, transaction, actor).end(held.subscription, last.model.ends_on)
    return go(f"/members/{holder.id}/plans", "ended")


@router.post("/members/{member}/plans/{subscription}/delete")
async def delete(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
    member: MemberId,
    subscription: SubscriptionId,
) -> Response:
    """Delete what was given by mistake."""
    frame, held, holder = await _one(request, office, transaction, actor, subscription)
    try:
        await SubscriptionService(office, transaction, actor).delete(held.subscription)
    except Refused as refused:
        values = {name: getattr(held.subscription, name) for name in Terms.model_fields}
        said = refused.said(frame.texts)
        return _change_form(frame, held, holder, Typed(values), status=409, problem=said)
    return go(f"/members/{holder.id}/plans", "deleted")


async def _one(
    request: Request,
    office: Office,
    transaction: TransactionDep,
    actor: Actor,
    subscription: str,
) -> tuple[Frame, Held, Holder]:
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    row = await SubscriptionService(office, transaction, actor).of(subscription)
    repository = SubscriptionRepository(session)
    plan, holder = await repository.plan(row.plan), await repository.holder(row.holder)
    assert plan is not None and holder is not None
    return frame, Held(row, plan), holder


def plan_name(plan: Plan, texts: Translations) -> str:
    """Return a plan's name in one language."""
    return plan.name_fr if texts.code == "fr" else plan.name_en or plan.name_fr


def _line(frame: Frame, held: Held) -> dict[str, Any]:
    row, plan = held.subscription, held.plan
    grace = plan.grace_days if row.grace_days is None else row.grace_days
    standing = state(row.starts_on, row.ends_on, grace, frame.today)
    return {
        "id": row.id,
        "plan": plan.id,
        "name": plan_name(plan, frame.texts),
        "starts": frame.day(row.starts_on),
        "ends": frame.day(row.ends_on),
        "state": standing,
        "state_text": frame.texts.gettext(STATES[standing]),
        "weekdays": weekdays_text(row.weekdays, frame.texts) if row.weekdays else "",
        "price": row.price,
        "account": row.account if plan.counts is not None else None,
        "left": None,
    }


def state(starts_on: str, ends_on: str | None, grace: int, today: date) -> str:
    """Return how a subscription stands on a day."""
    if starts_on > today.isoformat():
        return "coming"
    if ends_on is None or ends_on >= today.isoformat():
        return "running"
    honoured = date.fromisoformat(ends_on) + timedelta(grace)
    return "grace" if honoured >= today else "over"


async def _give_form(
    frame: Frame,
    session: AsyncSession,
    holder: Holder,
    plan: Plan | None,
    given: Typed[GivenForm],
    status: int = 200,
) -> HTMLResponse:
    repository, texts = SubscriptionRepository(session), frame.texts
    shared: list[tuple[str, str]] = []
    if plan is not None and plan.counts is not None and holder.organisation is not None:
        organisation = await repository.organisation(holder.organisation)
        name = "" if organisation is None else organisation.name
        found = await repository.shared(holder.organisation, plan.id)
        shared = [(each.id, texts.gettext("shared: %(name)s") % {"name": name}) for each in found]
    offered = [] if plan is not None else await repository.offered(holder.site)
    values = {
        "member": holder,
        "offered": [(each.id, plan_name(each, texts)) for each in offered],
        "accounts": shared,
        **_around(frame, plan, given),
    }
    return frame.show("subscription_new.html", values, status)


def _change_form(
    frame: Frame,
    held: Held,
    holder: Holder,
    given: Typed[Terms],
    *,
    status: int = 200,
    problem: str = "",
) -> HTMLResponse:
    values = {
        "member": holder,
        "line": _line(frame, held),
        **_around(frame, held.plan, given),
    }
    values["problem"] = problem or values["problem"]
    return frame.show("subscription.html", values, status)


def _around(frame: Frame, plan: Plan | None, given: Typed[Any]) -> dict[str, Any]:
    names = weekday_names(frame.texts)
    return {
        "typed": given,
        "plan": plan,
        "plan_name": "" if plan is None else plan_name(plan, frame.texts),
        "prices": [] if plan is None else price_labels(plan, frame.texts),
        "days": list(enumerate(names)),
        "problem": next(iter(given.complaints.values()), ""),
    }


def price_labels(plan: Plan, texts: Translations) -> list[str]:
    """Return a plan's price labels, as one chooses among them."""
    found = []
    for each in plan.prices or ():
        label = each.get("label_fr" if texts.code == "fr" else "label_en") or each.get("label_fr")
        amount = f"{each.get('cents', 0) / 100:.2f} €".replace(".00", "")
        text = f"{label} · {amount}" if label else amount
        if each.get("from_quantity", 1) > 1:
            text = f"{text} (× {each['from_quantity']}+)"
        found.append(text[:64])
    return found
