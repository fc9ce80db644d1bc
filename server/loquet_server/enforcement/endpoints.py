"""What doors enforce, over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.enforcement import service
from loquet_server.enforcement.schemas import BadgeProof, UnitEnforcement
from loquet_server.office import ReadingDep
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["enforcement"])
Id = Annotated[str | None, Query(max_length=64)]
Name = Annotated[str, Path(max_length=64)]


@router.get("/enforcement")
async def list_enforcement(
    session: ReadingDep, actor: Annotated[Actor, needs(Permission.UNITS_READ)], site: Id = None
) -> list[UnitEnforcement]:
    """Return what each unit's doors enforce, since when, and how long it lasts without us."""
    return await service.units(session, actor.site or site)


@router.get("/badges/{badge}/proof")
async def prove(
    badge: Name, session: ReadingDep, actor: Annotated[Actor, needs(Permission.MEMBERS_READ)]
) -> BadgeProof:
    """Return where a badge opens nothing any more, unit by unit, as each has confirmed it."""
    return await service.proof(session, badge, actor)
