"""Areas over the API."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter

from loquet_server.areas.counts import area_counts
from loquet_server.areas.repository import AreaRepository
from loquet_server.areas.schemas import AreaIn, AreaOut, AreaSettings, NewArea
from loquet_server.areas.service import AreaService, area_of
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.timetable.space import site_of
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["areas"])
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.DOORS_WRITE)]


@router.get("/areas")
async def list_areas(
    actor: Reads, office: OfficeDep, session: ReadingDep, site: KeyQuery = None
) -> list[AreaOut]:
    """Return how full areas are; never who is in them."""
    now, which = office.now_ms(), within(actor, site)
    found = await session.run_sync(lambda sync: area_counts(sync, now, site=which))
    return [AreaOut(**asdict(counts)) for counts in found]


@router.get("/area-settings")
async def list_area_settings(
    actor: Reads, session: ReadingDep, page: PageDep, site: KeyQuery = None
) -> list[AreaSettings]:
    """Return areas as they are set, by id."""
    rows = await AreaRepository(session).all(within(actor, site), page.after or "", page.rows)
    return [AreaSettings.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.get("/areas/{area}")
async def show_area(area: Key, actor: Reads, session: ReadingDep) -> AreaSettings:
    """Return an area as it is set."""
    return AreaSettings.model_validate(await area_of(session, area, actor))


@router.post("/areas", status_code=201)
async def create_area(
    given: NewArea, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> AreaSettings:
    """Add an area."""
    await site_of(transaction.session, given.site, actor)
    wanted = AreaIn(**given.model_dump(exclude={"site"}))
    row = await AreaService(office, transaction, actor).create(given.site, wanted)
    return AreaSettings.model_validate(row)


@router.put("/areas/{area}")
async def change_area(
    area: Key, given: AreaIn, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> AreaSettings:
    """Change an area; units follow at once."""
    row = await area_of(transaction.session, area, actor)
    changed = await AreaService(office, transaction, actor).change(row, given)
    return AreaSettings.model_validate(changed)


@router.delete("/areas/{area}", status_code=204)
async def delete_area(
    area: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Delete an area that nothing is in and nothing leads to."""
    row = await area_of(transaction.session, area, actor)
    await AreaService(office, transaction, actor).delete(row)
