"""Incidents over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.errors import NotFound
from loquet_server.incidents.repository import IncidentRepository
from loquet_server.incidents.schemas import IncidentOut
from loquet_server.ledger import LOCAL_OPERATOR, record
from loquet_server.models import Action
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep

router = APIRouter(prefix="/api/v1", tags=["incidents"])


@router.get("/incidents")
async def list_incidents(
    session: ReadingDep,
    site: str | None = None,
    open_only: Annotated[bool, Query(alias="open")] = True,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[IncidentOut]:
    """Return incidents, last seen first; ``open=false`` shows closed ones too."""
    rows = await IncidentRepository(session).all(site, open_only, limit)
    return [IncidentOut.model_validate(row) for row in rows]


@router.post("/incidents/{incident}/close")
async def close_incident(
    incident: int, office: OfficeDep, transaction: TransactionDep
) -> IncidentOut:
    """Close an incident: somebody has seen to it."""
    row = await IncidentRepository(transaction.session).one(incident)
    if row is None:
        raise NotFound(f"there is no incident {incident}")
    if row.ended_at is None:
        now = office.now_ms()
        row.ended_at, row.ended_by, row.revision = now, LOCAL_OPERATOR, row.revision + 1
        record(transaction.session, Action.INCIDENT_CLOSED, str(incident), now, site=row.site)
        if row.site is not None:
            transaction.after.tell(office, row.site, "incident", row.kind, row.revision)
    return IncidentOut.model_validate(row)
