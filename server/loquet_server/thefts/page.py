"""``/units/{unit}/stolen``: report a theft; ``/thefts/{theft}``: what it means, to be printed."""

from typing import Annotated, Any

from babel.dates import format_datetime
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.errors import Conflict, NotFound
from loquet_server.models import Theft, Unit
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.rotation.service import standing
from loquet_server.thefts.repository import TheftRepository
from loquet_server.thefts.schemas import TheftForm
from loquet_server.thefts.service import TheftService
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.moments import Moments
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs, own

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE = {"reported": N_("The unit was shut out. Go on with the list below, from the top.")}
NOT_SURE = N_("Please tick the box: this cannot be undone from here.")
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of thefts."""
    return router


@router.get("/thefts")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the thefts that were reported."""
    space = await space_of(request, session, office, actor)
    rows = await TheftRepository(session).all(space.site.id)
    return space.page("thefts.html", {"thefts": rows, **_dates(space)})


@router.get("/units/{unit}/stolen")
async def ask_page(
    request: Request, unit: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Say what a report does, and ask for the reason."""
    row = await _unit(session, unit, actor)
    known = await _reported(session, row)
    if known is not None:
        return go(f"/thefts/{known.id}")
    space = await space_of(request, session, office, actor, row.site)
    return await _ask(space, session, row, Typed({}))


@router.post("/units/{unit}/stolen")
async def report(
    request: Request, unit: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Report a unit stolen."""
    session = transaction.session
    row = await _unit(session, unit, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, TheftForm, space.texts)
    if given.model is not None and not given.model.sure:
        given.complain("sure", space.texts.gettext(NOT_SURE))
    if given.model is None or given.complaints:
        return await _ask(space, session, row, given, 422)
    try:
        async with whole(transaction):
            theft = await TheftService(office, transaction, actor).report(unit, given.model.reason)
    except Conflict:
        known = await _reported(session, row)
        return go(f"/units/{unit}" if known is None else f"/thefts/{known.id}")
    return go(f"/thefts/{theft.id}", "reported")


@router.get("/thefts/{theft}")
async def report_page(
    request: Request, theft: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show what a theft means and what to do, as it stands now."""
    repository = TheftRepository(session)
    row = await repository.theft(theft)
    own(actor, None if row is None else row.site, f"theft {theft!r}")
    if row is None:
        raise NotFound(f"there is no theft {theft!r}")
    space = await space_of(request, session, office, actor, row.site)
    proven = 0 if row.card_key is None else await repository.proven(row.site, row.card_key)
    old = await repository.old_peppers(row.site, row.pepper)
    unit = await repository.unit(row.unit)
    values: dict[str, Any] = {
        "theft": row,
        "known": row.known,
        "proven": proven,
        "replaced": old == 0,
        "rotating": await standing(session, office.keys, row.site) if old else None,
        "back": unit is not None and unit.revoked_at is None,
        "done": space.said(DONE),
        "now_ms": office.now_ms(),
        **_dates(space),
    }
    return space.page("thefts_one.html", values)


def _dates(space: Space) -> dict[str, Any]:
    """Return how instants are written on paper: with their day and year."""
    local, locale = Moments(space.texts.locale, zone(space.site.timezone)).local, space.texts.locale

    def dated(ms: int) -> str:
        return str(format_datetime(local(ms), "d MMM y HH:mm", locale=locale))

    def day_of(ms: int) -> str:
        return str(format_datetime(local(ms), "d MMMM y", locale=locale))

    return {"dated": dated, "day_of": day_of}


async def _unit(session: AsyncSession, unit: str, actor: Actor) -> Unit:
    row = await TheftRepository(session).unit(unit)
    own(actor, None if row is None else row.site, f"unit {unit!r}")
    if row is None:
        raise NotFound(f"there is no unit {unit!r}")
    return row


async def _reported(session: AsyncSession, row: Unit) -> Theft | None:
    """Return the theft because of which a unit is shut out now."""
    if row.revoked_at is None:
        return None
    return await TheftRepository(session).of_unit(row.id, row.revoked_at)


async def _ask(
    space: Space, session: AsyncSession, row: Unit, given: Typed[TheftForm], status: int = 200
) -> Response:
    repository = TheftRepository(session)
    values = {
        "unit": row,
        "doors": [each.name for each in await repository.doors(row.id)],
        "counts": await repository.counts(row.site),
        "typed": given,
    }
    return space.page("thefts_new.html", values, status)
