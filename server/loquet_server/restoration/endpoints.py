"""``/api/v1/restoration``: the last restore, while somebody has to see to it."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.errors import NotFound
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.restoration import service
from loquet_server.restoration.schemas import RestorationOut
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["server"])
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Ends = Annotated[Actor, needs(Permission.DATA_IMPORT)]
"""Whoever may bring data in says when what came back was looked through."""


@router.get("/restoration")
async def show_restoration(session: ReadingDep, actor: Reads) -> RestorationOut:
    """Return the restore after which somebody has to look through everything; 404 without one."""
    found = await service.to_see_to(session, actor)
    if found is None:
        raise NotFound("there is no restore to see to")
    return found


@router.delete("/restoration", status_code=204)
async def end_restoration(office: OfficeDep, transaction: TransactionDep, actor: Ends) -> None:
    """Say that what was done since the backup was done again: the notice ends."""
    await service.end(office, transaction, actor)
