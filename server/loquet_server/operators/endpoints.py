"""Operators over the API: who one is, and who else there is. Changes are made on the pages."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.identity.repository import IdentityRepository
from loquet_server.office import ReadingDep
from loquet_server.operators.schemas import ActorOut, OperatorOut
from loquet_server.who import Actor, ActorDep, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["operators"])


@router.get("/actor")
async def who_am_i(actor: ActorDep) -> ActorOut:
    """Return who asks, and what they may: good to try an API token with."""
    found = [each for each in Permission if actor.may(each)]
    return ActorOut(name=actor.name, role=actor.role, site=actor.site, permissions=found)


@router.get("/operators")
async def list_operators(
    session: ReadingDep, actor: Annotated[Actor, needs(Permission.OPERATORS_WRITE)]
) -> list[OperatorOut]:
    """Return all operators by name."""
    rows = await IdentityRepository(session).operators(actor.site)
    return [OperatorOut.model_validate(row) for row in rows]
