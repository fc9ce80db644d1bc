"""How many people are inside, over the API: counts, corrections, and what was left over."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.areas.service import area_of
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people_counts.repository import PeopleCountRepository
from loquet_server.people_counts.schemas import (
    CorrectionIn,
    CorrectionOut,
    HeadcountOut,
    QuietHourOut,
)
from loquet_server.people_counts.service import correct
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["areas"])
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Corrects = Annotated[Actor, needs(Permission.PEOPLE_CORRECT)]
Most = Annotated[int, Query(ge=1, le=400)]


@router.get("/headcounts")
async def list_headcounts(
    actor: Reads, office: OfficeDep, session: ReadingDep, site: KeyQuery = None
) -> list[HeadcountOut]:
    """Return how many people are in each area, how surely, and why; never who."""
    repository = PeopleCountRepository(session)
    found = await repository.counted(office.now_ms(), within(actor, site))
    return [HeadcountOut.of(each.headcount) for each in found]


@router.post("/areas/{area}/people", status_code=201)
async def correct_people(
    area: Key,
    given: CorrectionIn,
    actor: Corrects,
    office: OfficeDep,
    transaction: TransactionDep,
) -> CorrectionOut:
    """Say how many people are inside; the count goes on from there."""
    row = await area_of(transaction.session, area, actor)
    kept = await correct(office, transaction, actor, row, given)
    return CorrectionOut.model_validate(kept)


@router.get("/areas/{area}/corrections")
async def list_corrections(
    area: Key, actor: Corrects, session: ReadingDep, limit: Most = 50
) -> list[CorrectionOut]:
    """Return what people counted, newest first."""
    await area_of(session, area, actor)
    rows = await PeopleCountRepository(session).corrections(area, limit)
    return [CorrectionOut.model_validate(row) for row in rows]


@router.get("/areas/{area}/quiet-hours")
async def list_quiet_hours(
    area: Key, actor: Reads, session: ReadingDep, limit: Most = 50
) -> list[QuietHourOut]:
    """Return what was left over at quiet hours, newest first."""
    await area_of(session, area, actor)
    rows = await PeopleCountRepository(session).resets(area, limit)
    return [QuietHourOut.model_validate(row) for row in rows]
