"""Thefts of units over the API."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.models import Theft
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.rotation.service import standing
from loquet_server.thefts.repository import TheftRepository
from loquet_server.thefts.schemas import TheftIn, TheftOut
from loquet_server.thefts.service import TheftService
from loquet_server.who import Actor, Permission, needs, own

router = APIRouter(prefix="/api/v1", tags=["units"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Name = Annotated[str, Path(max_length=64)]


@router.post("/units/{unit}/stolen", status_code=201)
async def report_stolen(
    unit: Name, given: TheftIn, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> TheftOut:
    """Shut a unit out at once, and replace what it knew; the other doors go on opening."""
    row = await TheftService(office, transaction, actor).report(unit, given.reason)
    await transaction.session.flush()
    return await _out(office, transaction.session, row)


@router.get("/thefts")
async def list_thefts(office: OfficeDep, session: ReadingDep, actor: Reads) -> list[TheftOut]:
    """Return the thefts that were reported, the newest first."""
    rows = await TheftRepository(session).all(actor.site)
    return [await _out(office, session, each) for each in rows]


@router.get("/thefts/{theft}")
async def show_theft(theft: Name, office: OfficeDep, session: ReadingDep, actor: Reads) -> TheftOut:
    """Return what was on a stolen unit, and how the replacement goes."""
    row = await TheftRepository(session).theft(theft)
    own(actor, None if row is None else row.site, f"theft {theft!r}")
    if row is None:
        raise NotFound(f"there is no theft {theft!r}")
    return await _out(office, session, row)


async def _out(office: Office, session: AsyncSession, row: Theft) -> TheftOut:
    found = await standing(session, office.keys, row.site)
    left = await TheftRepository(session).old_peppers(row.site, row.pepper)
    waits = [] if found is None or left == 0 else [each.unit.id for each in found.waits_for]
    return TheftOut(
        id=row.id, site=row.site, unit=row.unit, at=row.at, actor=row.actor, reason=row.reason,
        doors=row.doors, known=row.known, waits_for=waits, pepper_retired=left == 0,
    )  # fmt: skip
