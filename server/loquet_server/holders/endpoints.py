"""Holders over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.holders import service
from loquet_server.holders.repository import HolderRepository
from loquet_server.holders.schemas import HolderIn, HolderOut
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep

router = APIRouter(prefix="/api/v1", tags=["holders"])


@router.get("/holders")
async def list_holders(
    session: ReadingDep,
    site: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[HolderOut]:
    """Return holders by name."""
    rows = await HolderRepository(session).all(site, limit)
    return [HolderOut.model_validate(row) for row in rows]


@router.post("/holders", status_code=201)
async def create_holder(
    given: HolderIn, office: OfficeDep, transaction: TransactionDep
) -> HolderOut:
    """Add a holder."""
    return HolderOut.model_validate(await service.create(office, transaction, given))


@router.post("/holders/{holder}/suspend")
async def suspend_holder(holder: str, office: OfficeDep, transaction: TransactionDep) -> HolderOut:
    """Refuse all of a holder's badges, everywhere."""
    return HolderOut.model_validate(await service.suspend(office, transaction, holder, True))


@router.post("/holders/{holder}/restore")
async def restore_holder(holder: str, office: OfficeDep, transaction: TransactionDep) -> HolderOut:
    """Let a holder's badges count again."""
    return HolderOut.model_validate(await service.suspend(office, transaction, holder, False))
