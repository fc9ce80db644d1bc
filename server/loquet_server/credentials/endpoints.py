"""Badges over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.credentials import service
from loquet_server.credentials.repository import CredentialRepository
from loquet_server.credentials.schemas import CredentialIn, CredentialOut
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep

router = APIRouter(prefix="/api/v1", tags=["credentials"])


@router.get("/credentials")
async def list_credentials(
    session: ReadingDep,
    holder: str | None = None,
    site: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[CredentialOut]:
    """Return badges without their numbers."""
    rows = await CredentialRepository(session).all(holder, site, limit)
    return [CredentialOut.model_validate(row) for row in rows]


@router.post("/credentials", status_code=201)
async def create_credential(
    given: CredentialIn, office: OfficeDep, transaction: TransactionDep
) -> CredentialOut:
    """Enrol a badge; random numbers and known ones are refused."""
    return CredentialOut.model_validate(await service.create(office, transaction, given))


@router.post("/credentials/{credential}/disable")
async def disable_credential(
    credential: str, office: OfficeDep, transaction: TransactionDep
) -> CredentialOut:
    """Disable a badge: lost, returned or blocked."""
    row = await service.disable(office, transaction, credential, True)
    return CredentialOut.model_validate(row)


@router.post("/credentials/{credential}/enable")
async def enable_credential(
    credential: str, office: OfficeDep, transaction: TransactionDep
) -> CredentialOut:
    """Let a badge count again."""
    row = await service.disable(office, transaction, credential, False)
    return CredentialOut.model_validate(row)
