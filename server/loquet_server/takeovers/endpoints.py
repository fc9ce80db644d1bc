"""Doors and desks that have lost their unit, and a unit that takes them over, over the API."""

from typing import Annotated

from fastapi import APIRouter, Path

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.takeovers.schemas import Offer, TakeOver
from loquet_server.takeovers.service import offer_to, take_over, unit_of
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["units"])
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Name = Annotated[str, Path(max_length=64)]


@router.get("/units/{unit}/take-over")
async def show_offer(unit: Name, session: ReadingDep, actor: Writes) -> Offer:
    """Return the doors and desks of the unit's space that have lost their own unit."""
    return await offer_to(session, await unit_of(session, unit, actor))


@router.post("/units/{unit}/take-over", status_code=204)
async def take(
    unit: Name, given: TakeOver, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> None:
    """Hang doors and desks that have lost their unit on this one; all about them stays."""
    await take_over(office, transaction, unit, given, actor)
