"""``/members``: the list, one member, and the forms that change them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import DAY_MS
from loquet_server.ledger import record
from loquet_server.members import views
from loquet_server.members.repository import MemberRepository
from loquet_server.members.schemas import MemberFields, MembershipIn, Suspension, Wanted
from loquet_server.members.service import MemberService, next_year, written
from loquet_server.models import Action, Holder
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import InTheWay
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, in_language, plain
from loquet_server.privacy import looked
from loquet_server.web.forms import Typed, typed
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

PAGE = 50
REFUSALS_MS = 14 * DAY_MS
"""How far back a member's page looks for refusals."""
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the members' pages."""
    return router


@router.get("/members")
async def list_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    q: str = "",
    plan: str = "",
    organisation: str = "",
    state: str = "",
    after: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> HTMLResponse:
    """Show members by name, narrowed by what is asked for."""
    frame = await Frame.of(request, office, session, actor)
    wanted = Wanted(
        q=plain(q),
        plan=plain(plan, 64),
        organisation=plain(organisation, 64),
        state=state if state in views.STATES else "active",  # type: ignore[arg-type]
    )
    repository = MemberRepository(session)
    last = None if after is None else await PeopleRepository(session, actor).member(after)
    rows = await repository.page(frame.site.id, wanted, frame.today, PAGE + 1, last)
    summaries = await repository.summaries(rows[:PAGE], frame.today)
    names = await repository.names_of({each.organisation for each in rows if each.organisation})
    values = {
        "lines": views.lines(frame, rows[:PAGE], summaries, names),
        "wanted": wanted,
        "states": views.STATES,
        "plans": [
            (each.id, in_language(each.name_fr, each.name_en, frame.texts))
            for each in await repository.plans(frame.site.id)
        ],
        "organisations": await repository.organisations(frame.site.id),
        "count": await repository.count(frame.site.id, wanted, frame.today),
        "after": after,
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
    }
    return frame.show("members.html", values)


@router.get("/members/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of a new member."""
    frame = await Frame.of(request, office, session, actor)
    empty: Typed[MemberFields] = Typed({"kind": "member", "language": frame.texts.code})
    return await _form(frame, session, empty, None)


@router.post("/members/new")
async def create(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Add a member, or show what is wrong."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, MemberFields, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            row = await MemberService(office, transaction, actor).create(given.model, frame.site.id)
            return go(f"/members/{row.id}", "created")
    return await _form(frame, transaction.session, given, None, 422)


@router.get("/members/{member}")
async def show(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> HTMLResponse:
    """Show one member: who, memberships, plans, badges, windows, and what was refused."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    repository = MemberRepository(session)
    summary = (await repository.summaries([row], frame.today))[row.id]
    now, before = views.badge_line(await repository.badges(row.id))
    names = await repository.names_of({row.organisation} if row.organisation else set())
    values = {
        "member": row,
        "kinds": views.KINDS,
        "language_names": views.LANGUAGES,
        "organisation": names.get(row.organisation or "", ""),
        "years": views.years(frame, await repository.memberships(row.id)),
        "year_state": views.end_state(summary.membership_until, frame.today),
        "plans": views.plans(frame, summary.plans),
        "badges": now,
        "badges_before": before,
        "windows": await repository.windows(row.id, frame.now_ms),
        "refusals": await _refusals(office, frame, repository, row, actor),
        "access_days": views.access_days(frame, row),
        "said": frame.said(views.DONE),
    }
    return frame.show("members_one.html", values)


@router.get("/members/{member}/edit")
async def edit_page(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of a member."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    values = {key: "" if each is None else each for key, each in written(row, frame.site).items()}
    return await _form(frame, session, Typed(values), row)


@router.post("/members/{member}/edit")
async def edit(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writer,
) -> Response:  # fmt: skip
    """Change a member, or show what is wrong."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    given = await typed(request, MemberFields, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            await MemberService(office, transaction, actor).change(member, given.model)
            return go(f"/members/{member}", "changed")
    return await _form(frame, transaction.session, given, row, 422)


@router.get("/members/{member}/suspend")
async def suspend_page(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Ask for the reason of a suspension."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    return frame.show("members_suspend.html", {"member": row, "form": Typed({})})


@router.post("/members/{member}/suspend")
async def suspend(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writer,
) -> Response:  # fmt: skip
    """Suspend a member."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    given = await typed(request, Suspension, frame.texts)
    if given.model is None:
        return frame.show("members_suspend.html", {"member": row, "form": given}, 422)
    await MemberService(office, transaction, actor).suspend(member, given.model.reason)
    return go(f"/members/{member}", "suspended")


@router.post("/members/{member}/restore")
async def restore(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> RedirectResponse:
    """Let a member's badges count again."""
    await MemberService(office, transaction, actor).restore(member)
    return go(f"/members/{member}", "restored")


@router.get("/members/{member}/archive")
async def archive_page(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Ask before a member is archived."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    now, _ = views.badge_line(await MemberRepository(session).badges(row.id))
    return frame.show("members_archive.html", {"member": row, "badges": now})


@router.post("/members/{member}/archive")
async def archive(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> RedirectResponse:
    """Put a member who has left aside."""
    await MemberService(office, transaction, actor).archive(member)
    return go(f"/members/{member}", "archived")


@router.post("/members/{member}/unarchive")
async def unarchive(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> RedirectResponse:
    """Take a member back who had left."""
    await MemberService(office, transaction, actor).archive(member, to=False)
    return go(f"/members/{member}", "unarchived")


@router.post("/members/{member}/memberships/renew")
async def renew(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writer,
) -> RedirectResponse:  # fmt: skip
    """Renew a membership for a year: one click."""
    try:
        await MemberService(office, transaction, actor).renew(member)
    except InTheWay:
        return go(f"/members/{member}", "ahead")
    return go(f"/members/{member}", "renewed")


@router.get("/members/{member}/memberships/new")
async def membership_page(
    member: MemberId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of one year's membership, filled with what is likely."""
    frame, row = await Frame.of_member(request, office, session, actor, member)
    first, last = next_year(None, frame.today)
    given: Typed[MembershipIn] = Typed({"starts_on": str(first), "ends_on": str(last)})
    return frame.show("members_year.html", {"member": row, "form": given})


@router.post("/members/{member}/memberships/new")
async def add_membership(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writer,
) -> Response:  # fmt: skip
    """Write one year's membership."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    given = await typed(request, MembershipIn, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            await MemberService(office, transaction, actor).add_membership(member, given.model)
            return go(f"/members/{member}", "membership")
    return frame.show("members_year.html", {"member": row, "form": given}, 422)


@router.post("/members/{member}/memberships/{membership}/pay")
async def pay(
    member: MemberId,
    membership: Annotated[str, Path(pattern=ID_PATTERN)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> RedirectResponse:
    """Note that a year was paid."""
    await MemberService(office, transaction, actor).pay(member, membership)
    return go(f"/members/{member}", "paid")


@router.post("/members/{member}/memberships/{membership}/remove")
async def remove(
    member: MemberId,
    membership: Annotated[str, Path(pattern=ID_PATTERN)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> RedirectResponse:
    """Forget a year that was written by mistake."""
    await MemberService(office, transaction, actor).remove_membership(member, membership)
    return go(f"/members/{member}", "removed")


async def _form(
    frame: Frame, session: AsyncSession, given: Typed[Any], row: Holder | None, status: int = 200
) -> HTMLResponse:
    texts = frame.texts
    organisations = await MemberRepository(session).organisations(frame.site.id)
    values = {
        "form": given,
        "member": row,
        "kinds": [(key, texts.gettext(name)) for key, name in views.KINDS.items()],
        "organisations": [(each.id, each.name) for each in organisations],
        "language_choices": list(views.LANGUAGES.items()),
    }
    return frame.show("members_form.html", values, status)


async def _refusals(
    office: Office, frame: Frame, repository: MemberRepository, row: Holder, actor: Actor
) -> list[views.Refusal] | None:
    """Return the last refusals, and record that somebody looked; None for whoever may not."""
    if not actor.may(Permission.LOG_READ):
        return None
    found = await repository.refusals(row.id, frame.now_ms - REFUSALS_MS)
    if found:
        async with office.database.with_transaction() as session:
            record(
                session, Action.MEMBER_REFUSALS_READ, row.id, frame.now_ms, actor=actor.name,
                site=row.site,
            )  # fmt: skip
            await looked(session, actor, "refusals", [row.id], frame.now_ms)
    return views.refusals(frame, found)
