"""Incidents over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.incidence.kinds import Severity
from loquet_server.incidence.life import State
from loquet_server.incidents.repository import IncidentRepository, Wanted
from loquet_server.incidents.schemas import IncidentOut, MuteIn, NoteIn, SaidIn, StepOut, StoryOut
from loquet_server.incidents.service import IncidentService, close, incident_of
from loquet_server.models import Incident
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Number = Annotated[int, Path(ge=0, lt=2**53)]
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Attends = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]


@router.get("/incidents")
async def list_incidents(
    session: ReadingDep,
    actor: Reads,
    page: PageDep,
    site: Annotated[str | None, Query(max_length=64)] = None,
    open_only: Annotated[bool, Query(alias="open")] = True,
    unit: Annotated[str | None, Query(max_length=64)] = None,
    severity: Severity | None = None,
    state: State | None = None,
) -> list[IncidentOut]:
    """Return incidents, last seen first; ``open=false`` or a ``state`` shows closed ones too."""
    wanted = Wanted(within(actor, site), unit, severity, state, open_only and state is None)
    rows = await IncidentRepository(session).all(wanted, page.rows, page.number)
    return [IncidentOut.of(row) for row in page.of(rows, lambda row: row.id)]


@router.get("/incidents/{incident}")
async def read_incident(
    incident: Number, office: OfficeDep, session: ReadingDep, actor: Reads
) -> StoryOut:
    """Return one incident with its story."""
    return await _story(session, office, await incident_of(session, incident, actor))


@router.post("/incidents/{incident}/acknowledge")
async def acknowledge_incident(
    incident: Number, given: NoteIn, office: OfficeDep, transaction: TransactionDep, actor: Attends
) -> StoryOut:
    """Take an incident on: nobody else is told of it any more."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).acknowledge(row, given)
    return await _story(transaction.session, office, row)


@router.post("/incidents/{incident}/notes")
async def note_incident(
    incident: Number, given: SaidIn, office: OfficeDep, transaction: TransactionDep, actor: Attends
) -> StoryOut:
    """Add a note to an incident's story."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).note(row, given)
    return await _story(transaction.session, office, row)


@router.post("/incidents/{incident}/close")
async def close_incident(
    incident: Number, office: OfficeDep, transaction: TransactionDep, actor: Attends
) -> IncidentOut:
    """Close an incident: somebody has seen to it."""
    return IncidentOut.of(await close(office, transaction, incident, actor))


@router.post("/incidents/{incident}/resolve")
async def resolve_incident(
    incident: Number, given: NoteIn, office: OfficeDep, transaction: TransactionDep, actor: Attends
) -> StoryOut:
    """Close an incident, and say what was done."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).resolve(row, given)
    return await _story(transaction.session, office, row)


@router.post("/incidents/{incident}/mute")
async def mute_incident(
    incident: Number, given: MuteIn, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> StoryOut:
    """Have nobody told of this kind of incident of this unit, up to a day."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).mute(row, given)
    return await _story(transaction.session, office, row)


@router.post("/incidents/{incident}/unmute")
async def unmute_incident(
    incident: Number, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> StoryOut:
    """Have people told of this kind of incident of this unit again."""
    row = await incident_of(transaction.session, incident, actor)
    await IncidentService(office, transaction, actor).unmute(row)
    return await _story(transaction.session, office, row)


async def _story(session: AsyncSession, office: Office, row: Incident) -> StoryOut:
    await session.flush()
    repository = IncidentRepository(session)
    steps = [StepOut.model_validate(each) for each in await repository.steps(row.id)]
    mute = await repository.mute_of(row, office.now_ms())
    shown = IncidentOut.of(row).model_dump(exclude={"severity"})
    return StoryOut(**shown, steps=steps, muted_until=None if mute is None else mute.until)
