"""``/units``: all units, trouble first; ``/units/{unit}``: one, and what it may be told."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.commands import Outcome, What
from loquet_server.commands import Done, Order, Said
from loquet_server.errors import Conflict, Problem, UnitSilent
from loquet_server.models import Unit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.restoration.service import to_see_to
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.units import logs, service, views, words
from loquet_server.units.repository import UnitRepository
from loquet_server.units.schemas import LogAsked, UnitChange
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs, own

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Finds = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Part = Annotated[bool, Query()]
"""Only what changes by itself, for the script that keeps a page fresh."""
MOST_STORY: Final = 12
MOST_INCIDENTS: Final = 10
DONE: Final = {
    "shown": N_("The unit shows itself now: its lights and its sounder answer, for a moment."),
    "fetching": N_("The unit fetches its rights anew."),
    "restarting": N_("The unit starts anew. It is back in a few seconds; this page shows it."),
    "changed": N_("The unit was changed."),
    "removed": N_("The unit was put aside. What it told stays in the journal."),
}
QUICK: Final = {
    What.IDENTIFY: ("shown", N_("which one is it?")),
    What.FETCH: ("fetching", N_("to be sure that it has the newest rights")),
}
"""Orders of one tap: what was done, and the reason that the record gets."""
router = APIRouter(include_in_schema=False)


class WhyForm(BaseModel):
    """Why somebody wants something done."""

    reason: Said


def routes(_office: Office) -> APIRouter:
    """Return the routes of the units' pages."""
    return router


@router.get("/units")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads, part: Part = False
) -> Response:
    """Show the units that somebody asks for, those that need care first."""
    space = await space_of(request, session, office, actor)
    show = request.query_params.get("show", "all")
    show, search = (show if show in views.SHOW else "all"), request.query_params.get("q", "")[:80]
    repository = UnitRepository(session)
    units = await service.units(session, actor.site, office.now_ms())
    ids = [each.id for each in units]
    doors, ways = await repository.doors(ids), await repository.ways(ids)
    called = views.readers(units, ways, await repository.desks(ids), space.texts)
    found = views.lines(units, doors, await repository.sites(), called, space.texts)
    present = [each for each in found if each.unit.archived_at is None]
    values = {
        "lines": [each for each in found if views.wanted(each, show, search)],
        "said": views.counted(present, space.texts),
        "any": bool(found),
        "several": len({each.unit.site for each in found}) > 1,
        "show": show,
        "shows": {name: space.texts.gettext(text) for name, text in views.SHOW.items()},
        "q": search,
        "now_ms": office.now_ms(),
        "done": space.said(DONE),
        "restored": await to_see_to(session, actor),
    }
    return space.page("units_fleet.html" if part else "units.html", values)


@router.get("/units/{unit}")
async def one_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Reads,
    part: Part = False,
) -> Response:  # fmt: skip
    """Show one unit: how it fares, what happened to it, and what it may be told."""
    row, space = await _unit(request, session, office, actor, unit)
    return await _one(space, session, office, row, part=part)


@router.post("/units/{unit}/identify")
async def identify(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Finds
) -> Response:
    """Have a unit show itself."""
    return await _quick(request, unit, office, session, actor, What.IDENTIFY)


@router.post("/units/{unit}/fetch")
async def fetch(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Have a unit fetch its rights anew."""
    return await _quick(request, unit, office, session, actor, What.FETCH)


@router.get("/units/{unit}/restart")
async def restart_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask why, and say what a restart means."""
    row, space = await _unit(request, session, office, actor, unit)
    return await _order(space, session, row, "restart", Typed({}))


@router.post("/units/{unit}/restart")
async def restart(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Have a unit start anew."""
    row, space = await _unit(request, session, office, actor, unit)
    given = await typed(request, WhyForm, space.texts)
    if given.model is not None:
        order = Order(actor=actor.name, reason=given.model.reason)
        problem, status = await _told(space, session, office, row.id, What.RESTART, order)
        if not problem:
            return go(f"/units/{row.id}", "restarting")
        given.complain("", problem)
        return await _order(space, session, row, "restart", given, status)
    return await _order(space, session, row, "restart", given)


@router.get("/units/{unit}/logs")
async def logs_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask why, or show that a log is on its way or has come."""
    row, space = await _unit(request, session, office, actor, unit)
    waiting = await logs.waiting(session, row.id, actor, office.now_ms())
    return await _order(space, session, row, "logs", Typed({}), waiting=waiting)


@router.post("/units/{unit}/logs")
async def ask_log(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask a unit for its log."""
    row, space = await _unit(request, session, office, actor, unit)
    given = await typed(request, WhyForm, space.texts)
    if given.model is None:
        return await _order(space, session, row, "logs", given)
    order = Order(actor=actor.name, reason=given.model.reason)
    problem, status = await _told(space, session, office, row.id, What.LOGS, order)
    if not problem:
        return go(f"/units/{row.id}/logs")
    given.complain("", problem)
    return await _order(space, session, row, "logs", given, status)


@router.post("/units/{unit}/logs/{command}")
async def show_log(
    request: Request, unit: Key, command: Key, office: OfficeDep, transaction: TransactionDep,
    actor: Writes,
) -> Response:  # fmt: skip
    """Show a log, once."""
    session = transaction.session
    row, space = await _unit(request, session, office, actor, unit)
    found = await logs.show(office, transaction, row, command, actor)
    answer = space.page("units_log.html", {"unit": row, "log": found})
    answer.headers["cache-control"] = "no-store"
    return answer


@router.get("/units/{unit}/edit")
async def edit_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show the form for name and notes."""
    row, space = await _unit(request, session, office, actor, unit)
    given: Typed[UnitChange] = Typed({"name": row.name, "notes": row.notes})
    return space.page("units_edit.html", {"unit": row, "typed": given})


@router.post("/units/{unit}/edit")
async def edit(
    request: Request, unit: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Give a unit another name, or other notes."""
    row, space = await _unit(request, transaction.session, office, actor, unit)
    given = await typed(request, UnitChange, space.texts)
    if given.model is None:
        return space.page("units_edit.html", {"unit": row, "typed": given}, 422)
    await service.change(office, transaction, row.id, given.model, actor.name)
    return go(f"/units/{row.id}", "changed")


@router.get("/units/{unit}/remove")
async def remove_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Say what it means to put a unit aside, and ask why."""
    row, space = await _unit(request, session, office, actor, unit)
    return await _order(space, session, row, "remove", Typed({}))


@router.post("/units/{unit}/remove")
async def remove(
    request: Request, unit: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Put a unit aside that is gone."""
    session = transaction.session
    row, space = await _unit(request, session, office, actor, unit)
    given = await typed(request, WhyForm, space.texts)
    if given.model is None:
        return await _order(space, session, row, "remove", given)
    try:
        await service.remove(office, transaction, row.id, actor.name, given.model.reason)
    except Conflict as problem:
        given.complain("", space.texts.gettext(words.CONNECTED))
        return await _order(space, session, row, "remove", given, problem.status)
    return go("/units", "removed")


async def _unit(
    request: Request, session: AsyncSession, office: Office, actor: Actor, unit: str
) -> tuple[Unit, Space]:
    row = await service.present(session, unit, gone=request.method == "GET")
    own(actor, row.site, f"unit {unit!r}")
    return row, await space_of(request, session, office, actor, row.site)


async def _quick(
    request: Request, unit: str, office: Office, session: AsyncSession, actor: Actor, what: What
) -> Response:
    row, space = await _unit(request, session, office, actor, unit)
    done, reason = QUICK[what]
    order = Order(actor=actor.name, reason=space.texts.gettext(reason))
    problem, status = await _told(space, session, office, row.id, what, order)
    if problem:
        return await _one(space, session, office, row, problem=problem, status=status)
    return go(f"/units/{row.id}", done)


async def _told(
    space: Space, session: AsyncSession, office: Office, unit: str, what: What, order: Order
) -> tuple[str, int]:
    """Tell a unit; return why it did not do it, in words, and a page's status; else nothing."""
    texts, asker = space.texts, logs.asker(space.actor)
    try:
        done: Done | LogAsked = (
            await service.ask_log(office, unit, order, asker)
            if what is What.LOGS
            else await service.tell(office, unit, what, order)
        )
    except UnitSilent as problem:
        return texts.gettext(words.SILENT), problem.status
    except Conflict as problem:
        return texts.gettext(words.OFFLINE), problem.status
    except Problem as problem:
        return problem.detail, problem.status
    if done.outcome == Outcome.PERFORMED.value:
        return "", 200
    names = {each.id: each.name for each in await UnitRepository(session).doors([unit])}
    return words.refusal(done.detail, names, texts), 409


async def _one(
    space: Space, session: AsyncSession, office: Office, row: Unit, *, problem: str = "",
    status: int = 200, part: bool = False,
) -> Response:  # fmt: skip
    repository, texts = UnitRepository(session), space.texts
    unit = await service.one(session, row.id, office.now_ms())
    doors = await repository.doors([row.id])
    desks = await repository.desks([row.id])
    called = views.readers([unit], await repository.ways([row.id]), desks, texts)
    values: dict[str, Any] = {
        "line": views.lines([unit], doors, {}, called, texts)[0],
        "desks": desks,
        "figures": views.figures(unit, texts),
        "clock_source": words.clock(unit.clock_source, texts),
        "story": views.story(await repository.story(row.id, MOST_STORY), texts),
        "incidents": await repository.incidents(row.id, MOST_INCIDENTS),
        "exam": await repository.exam(row.id),
        "now_ms": office.now_ms(),
        "problem": problem,
        "done": space.said(DONE),
    }
    return space.page("units_state.html" if part else "units_one.html", values, status)


async def _order(
    space: Space, session: AsyncSession, row: Unit, act: str, given: Typed[Any],
    status: int = 422, **more: Any,
) -> Response:  # fmt: skip
    doors = await UnitRepository(session).doors([row.id])
    values = {"unit": row, "act": act, "typed": given, "doors": doors, "waiting": None, **more}
    return space.page("units_order.html", values, status if given.complaints else 200)
