"""``/members/ID/plans``: what one member has, and the forms to give, prolong and end it."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.accounts import service as accounts
from loquet_server.errors import NotFound
from loquet_server.models import Holder, Plan, Subscription
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.money import amount
from loquet_server.people.refusals import Refused
from loquet_server.people.text import ID_PATTERN, Id, in_language
from loquet_server.subscriptions.repository import Held, SubscriptionRepository
from loquet_server.subscriptions.schemas import Ending, SubscriptionIn, Terms
from loquet_server.subscriptions.service import SubscriptionService, subscription_of
from loquet_server.timetable.words import weekday_names, weekdays_text
from loquet_server.web.forms import Typed, check, typed
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.rooms import go
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
    frame, holder = await Frame.of_member(request, office, session, actor, member)
    held = await SubscriptionRepository(session).of_holder(holder.id)
    names = {each.subscription.account for each in held} - {None}
    left = await accounts.balances(session, [str(each) for each in names], frame.now_ms)
    lines = [_line(frame, each) for each in held]
    for line in lines:
        found = left.get(line["account"] or "")
        line["left"] = None if found is None else found.left
    values = {
        "member": holder,
        "lines": [each for each in lines if each["state"] != "over"],
        "over": [each for each in lines if each["state"] == "over"],
        "said": frame.said(DONE),
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
    frame, holder = await Frame.of_member(request, office, session, actor, member)
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
    frame, holder = await Frame.of_member(request, office, session, actor, member)
    given = await typed(request, GivenForm, frame.texts)
    service = SubscriptionService(office, transaction, actor)
    if given.model is not None:
        wish = given.model.model_copy(update={"holder": holder.id})
        async with frame.trying(transaction, given):
            await service.give(wish, wish.passes, wish.price)
            return go(f"/members/{holder.id}/plans", "given")
    offered = await SubscriptionRepository(session).offered(holder.site)
    chosen = next((each for each in offered if each.id == given.values.get("plan")), None)
    return await _give_form(frame, session, holder, chosen, given, status=422)


@router.get("/members/{member}/plans/{subscription}")
async def one_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    member: MemberId,
    subscription: SubscriptionId,
) -> HTMLResponse:
    """Show the form of one subscription."""
    frame, held, holder = await _one(request, office, session, actor, member, subscription)
    return _change_form(frame, held, holder, _written(held.subscription))


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
    session = transaction.session
    frame, held, holder = await _one(request, office, session, actor, member, subscription)
    given = await typed(request, Terms, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            service = SubscriptionService(office, transaction, actor)
            await service.change(held.subscription, given.model)
            return go(f"/members/{member}/plans", "saved")
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
    session = transaction.session
    frame, held, _ = await _one(request, office, session, actor, member, subscription)
    last = check({"ends_on": (frame.today - timedelta(1)).isoformat()}, Ending, frame.texts)
    assert last.model is not None
    await SubscriptionService(office, transaction, actor).end(held.subscription, last.model.ends_on)
    return go(f"/members/{member}/plans", "ended")


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
    session = transaction.session
    frame, held, holder = await _one(request, office, session, actor, member, subscription)
    try:
        await SubscriptionService(office, transaction, actor).delete(held.subscription)
    except Refused as refused:
        given, said = _written(held.subscription), refused.said(frame.texts)
        return _change_form(frame, held, holder, given, status=409, problem=said)
    return go(f"/members/{member}/plans", "deleted")


async def _one(
    request: Request,
    office: Office,
    session: AsyncSession,
    actor: Actor,
    member: str,
    subscription: str,
) -> tuple[Frame, Held, Holder]:
    frame, holder = await Frame.of_member(request, office, session, actor, member)
    repository = SubscriptionRepository(session)
    row = await subscription_of(repository, actor, subscription)
    if row.holder != holder.id:
        raise NotFound(f"member {member!r} has no subscription {subscription!r}")
    plan = await repository.plan(row.plan)
    assert plan is not None
    return frame, Held(row, plan), holder


def _written(row: Subscription) -> Typed[Terms]:
    """Return a subscription as its form shows it."""
    values = {name: getattr(row, name) for name in Terms.model_fields}
    return Typed({name: "" if value is None else value for name, value in values.items()})


def plan_name(plan: Plan, texts: Translations) -> str:
    """Return a plan's name in one language."""
    return in_language(plan.name_fr, plan.name_en, texts)


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
        label = in_language(each.get("label_fr", ""), each.get("label_en", ""), texts)
        cost = f"{amount(each.get('cents', 0), texts.locale)} €"
        text = f"{label} · {cost}" if label else cost
        if each.get("from_quantity", 1) > 1:
            text = f"{text} (× {each['from_quantity']}+)"
        found.append(text[:64])
    return found
