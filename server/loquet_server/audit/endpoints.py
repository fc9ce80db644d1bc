"""The record of changes over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.audit.repository import AuditRepository, Wanted
from loquet_server.audit.schemas import ChangeOut
from loquet_server.office import ReadingDep
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["audit"])
Moment = Annotated[int | None, Query(ge=0, lt=2**53)]
Text = Annotated[str, Query(max_length=200)]


@router.get("/audit")
async def list_changes(
    session: ReadingDep,
    asking: Annotated[Actor, needs(Permission.AUDIT_READ)],
    actor: Text = "",
    noun: Text = "",
    subject: Text = "",
    since: Moment = None,
    until: Moment = None,
    before: Moment = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[ChangeOut]:
    """Return changes, newest first; the next page begins ``before`` the last one's id."""
    wanted = Wanted(asking.site, actor, noun, subject, since, until, before)
    rows = await AuditRepository(session).page(wanted, limit)
    return [ChangeOut.model_validate(row) for row in rows]
