"""The evacuation list over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.evacuation.looking import look
from loquet_server.evacuation.schemas import EvacuationList
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import site_of
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["areas"])


@router.get("/sites/{site}/evacuation")
async def evacuation_list(
    site: Key,
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.EVACUATION_READ)],
) -> EvacuationList:
    """Return who may be inside now, by name; the look is recorded."""
    return await look(office, actor, await site_of(session, site, actor))
