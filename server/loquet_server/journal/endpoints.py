"""The record over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.journal import service
from loquet_server.journal.repository import Wanted
from loquet_server.journal.schemas import JournalOut
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.privacy import looked
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["journal"])
_MOST = 2**53


@router.get("/journal")
async def journal(
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.LOG_READ)],
    after: str | None = None,
    unit: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    since: Annotated[int | None, Query(ge=0, lt=_MOST)] = None,
    until: Annotated[int | None, Query(ge=0, lt=_MOST)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JournalOut:
    """Return facts in the order of their time; ``since`` and ``until`` in UTC milliseconds.

    Each look is written in the record, as facts name people.
    """
    found = await service.page(session, Wanted(unit, kind, since, until, actor.site), after, limit)
    now = office.now_ms()
    async with office.database.with_transaction() as writing:
        record(
            writing, Action.JOURNAL_READ, unit or "journal", now, actor=actor.name, site=actor.site
        )
        await looked(writing, actor, "journal", service.named(found), now)
    return found
