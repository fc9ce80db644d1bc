"""``/evacuation``: the list on a screen, on paper, and on a phone whose server is gone.

A service worker of this address alone keeps the last copy on the phone for twelve hours at most,
and lets it go as soon as whoever holds it has signed out.
"""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.evacuation.looking import look
from loquet_server.evacuation.repository import EvacuationRepository
from loquet_server.evacuation.schemas import PlanForm
from loquet_server.headcount.words import sentences
from loquet_server.ledger import record
from loquet_server.models import Action, EvacuationPlan
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.assets import OWN
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.moments import Moments
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.EVACUATION_READ)]
Writes = Annotated[Actor, needs(Permission.HOURS_WRITE)]
WORKER: Final[Path] = OWN / "evacuation-worker.js"
AGAIN: Final = "x-loquet-again"
"""An open page that asks once more says so."""
DONE: Final = {"changed": N_("The evacuation plan was changed.")}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the evacuation list."""
    return router


@router.get("/evacuation")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show who may be inside."""
    space = await space_of(request, session, office, actor)
    found = await look(office, actor, space.site, again=AGAIN in request.headers)
    moments = Moments(space.texts.locale, zone(space.site.timezone))
    values = {
        "list": found,
        "why": {
            area.area: sentences(area.reasons, space.texts, moments, found.made_at)
            for area in found.areas
        },
        "done": space.said(DONE),
    }
    return space.page("evacuation.html", values)


@router.get("/evacuation/worker.js")
async def worker(_actor: Reads) -> Response:
    """Return the worker that keeps the last copy; it may answer for ``/evacuation`` alone."""
    headers = {"service-worker-allowed": "/evacuation", "cache-control": "no-cache"}
    return FileResponse(WORKER, media_type="text/javascript", headers=headers)


@router.get("/evacuation/gone")
async def gone_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show that no copy is left, for when the server does not answer; it names nobody."""
    space = await space_of(request, session, office, actor)
    return space.page("evacuation_gone.html", {})


@router.get("/evacuation/plan")
async def plan_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show where people meet."""
    space = await space_of(request, session, office, actor)
    row = await EvacuationRepository(session).plan(space.site.id)
    known = {} if row is None else {name: getattr(row, name) for name in PlanForm.model_fields}
    return _form(space, Typed(known))


@router.post("/evacuation/plan")
async def change_plan(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Say where people meet."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, PlanForm, space.texts)
    if given.model is None:
        return _form(space, given)
    await _keep(office, transaction.session, space, given.model)
    return go("/evacuation", "changed")


async def _keep(office: Office, session: AsyncSession, space: Space, given: PlanForm) -> None:
    repository, site = EvacuationRepository(session), space.site.id
    row = await repository.plan(site)
    if row is None:
        row = EvacuationPlan(site=site, meeting_point="", instructions="")
        repository.add(row)
    row.meeting_point, row.instructions = given.meeting_point, given.instructions
    record(
        session, Action.EVACUATION_CHANGED, site, office.now_ms(), actor=space.actor.name,
        site=site, detail=given.model_dump(),
    )  # fmt: skip


def _form(space: Space, given: Typed[PlanForm]) -> Response:
    status = 422 if given.complaints else 200
    return space.page("evacuation_plan.html", {"typed": given}, status)
