"""Data protection over the API."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from loquet_server.data_protection import service
from loquet_server.data_protection.schemas import (
    ErasedOut,
    EraseIn,
    LookOut,
    PrivacyIn,
    PrivacyOut,
)
from loquet_server.data_protection.service import DataProtectionService
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.who import Actor, Permission, needs, proved

router = APIRouter(prefix="/api/v1", tags=["privacy"])
Writes = Annotated[Actor, needs(Permission.PRIVACY_WRITE)]
Erases = Annotated[Actor, proved(Permission.PRIVACY_WRITE, tokens=True)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
SiteId = Annotated[str | None, Query(max_length=64)]


@router.get("/privacy")
async def show(session: ReadingDep, actor: Writes, site: SiteId = None) -> PrivacyOut:
    """Return how long each kind of data lives, and what the last purge has erased."""
    place = await PeopleRepository(session, actor).site(site)
    return await service.shown(session, place.id)


@router.put("/privacy")
async def change(
    given: PrivacyIn, office: OfficeDep, transaction: TransactionDep, actor: Writes,
    site: SiteId = None,
) -> PrivacyOut:  # fmt: skip
    """Decide how long each kind of data lives, within its bounds, and who answers for it."""
    place = await PeopleRepository(transaction.session, actor).site(site)
    await service.change(office, transaction, actor, place.id, given)
    await transaction.session.flush()
    return await service.shown(transaction.session, place.id)


@router.get("/members/{member}/data")
async def data(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Erases
) -> dict[str, Any]:
    """Return all that is kept of a member, table by table; it is recorded."""
    return await DataProtectionService(office, transaction, actor).export(member)


@router.get("/members/{member}/looks")
async def looks(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> list[LookOut]:
    """Return who looked at a member in which log, newest first."""
    found = await DataProtectionService(office, transaction, actor).looks(member)
    return [LookOut(at=each.at, actor=each.actor, what=each.what, times=each.times)
            for each in found]  # fmt: skip


@router.post("/members/{member}/erase")
async def erase(
    member: MemberId, given: EraseIn, office: OfficeDep, transaction: TransactionDep, actor: Erases
) -> ErasedOut:
    """Erase a member: everywhere, at once, and for good."""
    found = await DataProtectionService(office, transaction, actor).erase(
        member, given.name, given.reason
    )
    return ErasedOut(number=found.number)
