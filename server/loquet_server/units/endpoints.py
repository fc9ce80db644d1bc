"""Units over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.commands import Done, Order
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.paging import PageDep
from loquet_server.units import service
from loquet_server.units.schemas import UnitOut
from loquet_server.who import Actor, Permission, needs, own

router = APIRouter(prefix="/api/v1", tags=["units"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Id = Annotated[str | None, Query(max_length=64)]
Name = Annotated[str, Path(max_length=64)]


@router.get("/units")
async def list_units(
    session: ReadingDep, actor: Reads, page: PageDep, site: Id = None
) -> list[UnitOut]:
    """Return all units: when they were last heard, what they enforce, what waits."""
    return page.part(await service.units(session, actor.site or site), lambda unit: unit.id)


@router.get("/units/{unit}")
async def show_unit(unit: Name, session: ReadingDep, actor: Reads) -> UnitOut:
    """Return one unit."""
    found = await service.one(session, unit)
    own(actor, found.site, f"unit {unit!r}")
    return found


@router.post("/units/{unit}/identify")
async def identify(
    unit: Name,
    order: Order,
    office: OfficeDep,
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.UNITS_WRITE)],
) -> Done:
    """Have a unit blink, so that a person finds it; answers when it has."""
    own(actor, (await service.one(session, unit)).site, f"unit {unit!r}")
    order = order.model_copy(update={"actor": actor.name})
    return await service.identify(office, unit, order)
