"""Incidents over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.errors import NotFound
from loquet_server.incidents.repository import IncidentRepository
from loquet_server.incidents.schemas import IncidentOut
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.who import Actor, Permission, needs, own

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents")
async def list_incidents(
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.LIVE_READ)],
    page: PageDep,
    site: Annotated[str | None, Query(max_length=64)] = None,
    open_only: Annotated[bool, Query(alias="open")] = True,
) -> list[IncidentOut]:
    """Return incidents, last seen first; ``open=false`` shows closed ones too."""
    repository = IncidentRepository(session)
    rows = await repository.all(actor.site or site, open_only, page.rows, page.number)
    return [IncidentOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/incidents/{incident}/close")
async def close_incident(
    incident: Annotated[int, Path(ge=0, lt=2**53)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Annotated[Actor, needs(Permission.DOORS_RELEASE)],
) -> IncidentOut:
    """Close an incident: somebody has seen to it."""
    row = await IncidentRepository(transaction.session).one(incident)
    if row is None:
        raise NotFound(f"there is no incident {incident}")
    own(actor, row.site if row.site is not None else actor.site, f"incident {incident}")
    if row.ended_at is None:
        now = office.now_ms()
        row.ended_at, row.ended_by, row.revision = now, actor.name, row.revision + 1
        record(
            transaction.session, Action.INCIDENT_CLOSED, str(incident), now, actor=actor.name,
            site=row.site,
        )  # fmt: skip
        if row.site is not None:
            transaction.after.tell(office, row.site, "incident", row.kind, row.revision)
    return IncidentOut.model_validate(row)
