"""Areas over the API."""

from dataclasses import asdict

from fastapi import APIRouter

from loquet_server.areas.counts import area_counts
from loquet_server.areas.schemas import AreaOut
from loquet_server.office import OfficeDep, ReadingDep

router = APIRouter(prefix="/api/v1", tags=["areas"])


@router.get("/areas")
async def list_areas(
    office: OfficeDep, session: ReadingDep, site: str | None = None
) -> list[AreaOut]:
    """Return how full areas are; never who is in them."""
    now = office.now_ms()
    found = await session.run_sync(lambda sync: area_counts(sync, now, site=site))
    return [AreaOut(**asdict(counts)) for counts in found]
