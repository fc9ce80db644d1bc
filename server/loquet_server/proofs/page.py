"""``/units/{unit}/examination``: what a unit finds of itself; ``/doors/{door}/proof``: a proof."""

from typing import Annotated, Any, Final

from babel.dates import format_datetime
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.errors import Conflict, UnitSilent
from loquet_server.models import Door, DoorProof
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.proofs import service, views
from loquet_server.proofs.repository import ProofRepository
from loquet_server.proofs.schemas import Word
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.moments import Moments
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE: Final = {
    "asked": N_("The unit looks at itself now. What it finds appears here by itself."),
    "stopped": N_("The proof was stopped. What was seen is kept, and proves nothing."),
}
NAME_MISSING: Final = N_("Please write who makes the proof.")
SILENT: Final = N_("The unit has not answered. Look at its power and network, then try again.")
router = APIRouter(include_in_schema=False)


class MoveForm(BaseModel):
    """What an installer says on the page."""

    act: Word
    word: Word = ""


def routes(_office: Office) -> APIRouter:
    """Return the routes of the units' pages."""
    return router


@router.get("/units/{unit}/examination")
async def one_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show what a unit found of itself, and the proofs of its doors."""
    row, _, _ = await service.unit_of(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _one(space, session, row.id)


@router.post("/units/{unit}/examine")
async def examine(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Have the unit look at itself."""
    row, _, exam = await service.unit_of(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    since = 0 if exam is None else exam.examined_at
    try:
        await service.examine(office, unit, actor)
    except (Conflict, UnitSilent) as problem:
        return await _one(space, session, row.id, _said(space, problem), problem.status)
    return go(f"/units/{row.id}/examination?since={since}&done=asked")


@router.get("/doors/{door}/proof")
async def proof_page(
    request: Request, door: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the proof that is at work, or begin one, and the proofs that ended."""
    row = await service.door_of(session, door, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _proof(space, session, row, Typed({}))


@router.post("/doors/{door}/proof")
async def move(
    request: Request, door: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Begin, answer or stop a proof."""
    row = await service.door_of(session, door, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, MoveForm, space.texts)
    if given.model is None:
        return await _proof(space, session, row, given)
    act, word = given.model.act, given.model.word
    if act == "begin" and not word:
        given.complain("word", space.texts.gettext(NAME_MISSING))
        return await _proof(space, session, row, given)
    try:
        await service.move(office, row.id, act, word, actor)
    except (Conflict, UnitSilent) as problem:
        given.complain("", _said(space, problem))
        return await _proof(space, session, row, given, problem.status)
    return go(f"/doors/{row.id}/proof", "stopped" if act == "stop" else "")


@router.get("/proofs/{proof}")
async def report_page(
    request: Request, proof: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the report of a proof, to be printed."""
    row = await service.proof_of(session, proof, actor)
    space = await space_of(request, session, office, actor, row.site)
    repository = ProofRepository(session)
    door, unit = await repository.door(row.door), await repository.unit(row.unit)
    wiring = (await repository.wirings([row.door])).get(row.door)
    values = {
        "proof": row,
        "door": row.door if door is None else door.name,
        "unit": row.unit if unit is None else unit.name,
        "acts": [views.act_line(each, space.texts) for each in row.acts],
        "failure": views.failure(row.failure, space.texts),
        "wiring": views.wiring_of(row),
        "changed": wiring is not None and bool(row.wires) and wiring.wires != row.wires,
        "signature": service.signature(row, unit),
    }
    return _shown(space, "proofs_one.html", values)


async def _units(session: AsyncSession, space: Space, unit: str | None) -> list[views.UnitLine]:
    repository = ProofRepository(session)
    units = await repository.units(space.site.id, unit)
    doors = await repository.doors([row.id for row, _, _ in units])
    names = [each.id for each in doors]
    lines = views.door_lines(doors, await repository.proofs(names), await repository.wirings(names))
    found = []
    for row, state, exam in units:
        own = [each for each in lines if each.door.unit == row.id]
        text, chip = views.summary(exam, space.texts)
        found.append(views.UnitLine(row, state, exam, own, text, chip))
    return found


async def _one(
    space: Space, session: AsyncSession, unit: str, problem: str = "", status: int = 200
) -> Response:
    line = (await _units(session, space, unit))[0]
    since = space.request.query_params.get("since", "")
    examined = 0 if line.exam is None else line.exam.examined_at
    values: dict[str, Any] = {
        "line": line,
        "findings": views.findings(line.exam, space.texts),
        "problem": problem,
        "waiting": since.isdigit() and int(since) == examined,
        "done": space.said(DONE) if since.isdigit() and int(since) == examined else "",
        "examined": examined,
    }
    return _shown(space, "proofs_unit.html", values, status)


async def _proof(
    space: Space, session: AsyncSession, row: Door, given: Typed[MoveForm], status: int = 422
) -> Response:
    repository = ProofRepository(session)
    proofs = await repository.proofs([row.id])
    wirings = await repository.wirings([row.id])
    line = views.door_lines([row], proofs, wirings)[0]
    running = line.proof if line.state == "running" else None
    values: dict[str, Any] = {
        "door": row,
        "line": line,
        "running": running,
        "before": [each for each in proofs if each is not running],
        "typed": given,
        "done": space.said(DONE),
    }
    if running is not None:
        values |= _asked(space, running)
    return _shown(space, "doors_proof.html", values, status if given.complaints else 200)


def _asked(space: Space, running: DoorProof) -> dict[str, Any]:
    texts = space.texts
    return {
        "question": views.question(running, texts),
        "failure": views.failure(running.failure, texts),
        "advice": views.advice(running, texts),
        "answers": views.answers(running, texts),
        "acts": [views.act_line(each, texts) for each in running.acts],
    }


def _shown(space: Space, template: str, values: dict[str, Any], status: int = 200) -> Response:
    """Return a page on which instants are written with their day and year."""
    local = Moments(space.texts.locale, zone(space.site.timezone)).local

    def dated(ms: int) -> str:
        return str(format_datetime(local(ms), "d MMM y HH:mm", locale=space.texts.locale))

    return space.page(template, {"dated": dated, **values}, status)


def _said(space: Space, problem: Conflict | UnitSilent) -> str:
    return space.texts.gettext(SILENT) if isinstance(problem, UnitSilent) else problem.detail
