"""Spaces over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.sites import service
from loquet_server.sites.repository import SiteRepository
from loquet_server.sites.schemas import SiteIn, SiteOut
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import site_of
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["sites"])
Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]


@router.get("/sites")
async def list_sites(actor: Reads, session: ReadingDep, page: PageDep) -> list[SiteOut]:
    """Return spaces by id."""
    rows = await SiteRepository(session).all(actor.site, page.after or "", page.rows)
    return [SiteOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.get("/sites/{site}")
async def show_site(site: Key, actor: Reads, session: ReadingDep) -> SiteOut:
    """Return a space."""
    return SiteOut.model_validate(await site_of(session, site, actor))


@router.patch("/sites/{site}")
async def change_site(
    site: Key, given: SiteIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> SiteOut:
    """Describe a space anew; fields that are not given stay as they are."""
    row = await site_of(transaction.session, site, actor)
    wanted = given.model_dump(exclude_unset=True)
    return SiteOut.model_validate(await service.change(office, transaction, actor, row, wanted))
