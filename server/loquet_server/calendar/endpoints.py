"""The calendar over the API."""

from typing import Annotated

from fastapi import APIRouter, Request

from loquet_server.calendar import service
from loquet_server.calendar.repository import CalendarRepository
from loquet_server.calendar.schemas import EntryIn, EntryOut, NewEntry
from loquet_server.calendar.service import CalendarService, entry_of
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.timetable.schemas import LineOut, lines_of
from loquet_server.timetable.space import site_of
from loquet_server.web.i18n import translations
from loquet_server.web.pages import Audience
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["calendar"])
Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.HOURS_WRITE)]


@router.get("/calendar")
async def list_calendar(
    actor: Reads, session: ReadingDep, page: PageDep, site: KeyQuery = None
) -> list[EntryOut]:
    """Return closures, exceptional openings and events, by id."""
    rows = await CalendarRepository(session).all(within(actor, site), page.after or "", page.rows)
    return [EntryOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/calendar", status_code=201)
async def create_entry(
    given: NewEntry, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> EntryOut:
    """Add a closure, an exceptional opening or an event."""
    await site_of(transaction.session, given.site, actor)
    wanted = EntryIn(**given.model_dump(exclude={"site"}))
    row = await CalendarService(office, transaction, actor).create(given.site, wanted)
    return EntryOut.model_validate(row)


@router.post("/calendar/effect")
async def effect_of_an_entry(
    request: Request,
    given: NewEntry,
    actor: Reads,
    office: OfficeDep,
    session: ReadingDep,
    entry: KeyQuery = None,
) -> list[LineOut]:
    """Return what would change if ``entry`` (default: a new one) were saved like this."""
    site = await site_of(session, given.site, actor)
    if entry is not None:
        await entry_of(session, entry, actor)
    wanted = EntryIn(**given.model_dump(exclude={"site"}))
    found = await service.foreseen(office, session, site, entry, wanted)
    return lines_of(found, translations(Audience.of(request).language))


@router.get("/calendar/{entry}")
async def show_entry(entry: Key, actor: Reads, session: ReadingDep) -> EntryOut:
    """Return a calendar entry."""
    return EntryOut.model_validate(await entry_of(session, entry, actor))


@router.put("/calendar/{entry}")
async def change_entry(
    entry: Key, given: EntryIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> EntryOut:
    """Change a calendar entry; units follow at once."""
    row = await entry_of(transaction.session, entry, actor)
    changed = await CalendarService(office, transaction, actor).change(row, given)
    return EntryOut.model_validate(changed)


@router.delete("/calendar/{entry}", status_code=204)
async def delete_entry(
    entry: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Delete a calendar entry."""
    row = await entry_of(transaction.session, entry, actor)
    await CalendarService(office, transaction, actor).delete(row)
