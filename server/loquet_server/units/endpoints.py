"""Units over the API."""

from fastapi import APIRouter

from loquet_server.commands import Done, Order
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.units import service
from loquet_server.units.schemas import UnitOut

router = APIRouter(prefix="/api/v1", tags=["units"])


@router.get("/units")
async def list_units(session: ReadingDep, site: str | None = None) -> list[UnitOut]:
    """Return all units: when they were last heard, what they enforce, what waits."""
    return await service.units(session, site)


@router.get("/units/{unit}")
async def show_unit(unit: str, session: ReadingDep) -> UnitOut:
    """Return one unit."""
    return await service.one(session, unit)


@router.post("/units/{unit}/identify")
async def identify(unit: str, order: Order, office: OfficeDep) -> Done:
    """Have a unit blink, so that a person finds it; answers when it has."""
    return await service.identify(office, unit, order)
