"""Schedules over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from loquet_server.errors import Invalid
from loquet_server.hours.locality import InvalidHours
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.schedules import preview
from loquet_server.schedules.repository import ScheduleRepository
from loquet_server.schedules.schemas import (
    DayOut,
    EffectOut,
    NewSchedule,
    ScheduleIn,
    ScheduleOut,
)
from loquet_server.schedules.service import ScheduleService, schedule_of
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.timetable.space import site_of
from loquet_server.web.i18n import translations
from loquet_server.web.pages import Audience
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["schedules"])
Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.HOURS_WRITE)]


@router.get("/schedules")
async def list_schedules(
    actor: Reads,
    session: ReadingDep,
    page: PageDep,
    site: KeyQuery = None,
) -> list[ScheduleOut]:
    """Return schedules by id."""
    rows = await ScheduleRepository(session).all(within(actor, site), page.after or "", page.rows)
    return [ScheduleOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/schedules", status_code=201)
async def create_schedule(
    given: NewSchedule, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> ScheduleOut:
    """Add a schedule."""
    site = await site_of(transaction.session, given.site, actor)
    given_hours = ScheduleIn(**given.model_dump(exclude={"site"}))
    row = await ScheduleService(office, transaction, actor).create(site, given_hours)
    return ScheduleOut.model_validate(row)


@router.post("/schedules/effect")
async def effect_of_a_schedule(
    request: Request,
    given: NewSchedule,
    actor: Reads,
    office: OfficeDep,
    session: ReadingDep,
    schedule: KeyQuery = None,
) -> EffectOut:
    """Return what would change if ``schedule`` (default: a new one) were saved like this."""
    site = await site_of(session, given.site, actor)
    if schedule is not None:
        await schedule_of(session, schedule, actor)
    texts = translations(Audience.of(request).language)
    try:
        found = await preview.of(session, office, site, given, schedule)
    except InvalidHours as error:
        raise Invalid(str(error), position=error.position, hint=error.hint) from error
    return preview.shown(found, texts)


@router.get("/schedules/{schedule}")
async def show_schedule(schedule: Key, actor: Reads, session: ReadingDep) -> ScheduleOut:
    """Return a schedule."""
    return ScheduleOut.model_validate(await schedule_of(session, schedule, actor))


@router.get("/schedules/{schedule}/year/{year}")
async def year_of_a_schedule(
    schedule: Key,
    year: Annotated[int, Path(ge=2000, le=2100)],
    actor: Reads,
    session: ReadingDep,
    area: KeyQuery = None,
) -> list[DayOut]:
    """Return a year of a schedule day by day, as units go by it (in an area)."""
    row = await schedule_of(session, schedule, actor)
    site = await site_of(session, row.site, actor)
    return [
        DayOut(date=day.date, spans=list(day.spans), holiday=day.holiday, special=day.special)
        for day in await preview.year_of(session, site, row, year, area)
    ]


@router.put("/schedules/{schedule}")
async def change_schedule(
    schedule: Key, given: ScheduleIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> ScheduleOut:
    """Change a schedule; units follow at once."""
    row = await schedule_of(transaction.session, schedule, actor)
    site = await site_of(transaction.session, row.site, actor)
    changed = await ScheduleService(office, transaction, actor).change(site, row, given)
    return ScheduleOut.model_validate(changed)


@router.delete("/schedules/{schedule}", status_code=204)
async def delete_schedule(
    schedule: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Delete a schedule that nothing goes by."""
    row = await schedule_of(transaction.session, schedule, actor)
    await ScheduleService(office, transaction, actor).delete(row)
