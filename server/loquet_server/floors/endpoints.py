"""Floors over the API, and the pictures under their plans."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from loquet_server.errors import NotFound
from loquet_server.floorplan.plan import read
from loquet_server.floorplan.repository import FloorRepository
from loquet_server.floors.picture import MEDIA_TYPE
from loquet_server.floors.repository import ThingRepository
from loquet_server.floors.schemas import ChangedFloor, FloorIn, FloorOut, NewFloor
from loquet_server.floors.service import FloorService, floor_of, still_there
from loquet_server.models import Floor
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.names import Key, KeyQuery
from loquet_server.timetable.space import site_of
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["floors"])
images = APIRouter(include_in_schema=False)
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Writes = Annotated[Actor, needs(Permission.FLOORS_WRITE)]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
FOREVER = "private, max-age=31536000, immutable"
"""A picture's address holds its digest: what it shows never changes."""


@router.get("/floors")
async def list_floors(actor: Reads, session: ReadingDep, site: KeyQuery = None) -> list[FloorOut]:
    """Return floors with their plans, in the order in which they are shown."""
    return [_shown(row) for row in await FloorRepository(session).of_site(within(actor, site))]


@router.get("/floors/{floor}")
async def show_floor(floor: Key, actor: Reads, session: ReadingDep) -> FloorOut:
    """Return a floor with its plan; what the space no longer has is not on it."""
    row = await floor_of(session, floor, actor)
    shown = _shown(row)
    things = await ThingRepository(session).of_site(row.site)
    return shown.model_copy(update={"plan": still_there(shown.plan, things)})


@router.post("/floors", status_code=201)
async def create_floor(
    given: NewFloor, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> FloorOut:
    """Add a floor."""
    await site_of(transaction.session, given.site, actor)
    wanted = FloorIn(**given.model_dump(exclude={"site"}))
    return _shown(await FloorService(office, transaction, actor).create(given.site, wanted))


@router.put("/floors/{floor}")
async def change_floor(
    floor: Key, given: ChangedFloor, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> FloorOut:
    """Draw a floor anew; 409 if somebody changed it since ``revision``."""
    row = await floor_of(transaction.session, floor, actor, locked=True)
    wanted = FloorIn(**given.model_dump(exclude={"revision"}))
    service = FloorService(office, transaction, actor)
    return _shown(await service.change(row, wanted, given.revision))


@router.delete("/floors/{floor}", status_code=204)
async def delete_floor(
    floor: Key, actor: Writes, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Delete a floor's plan; doors and desks stay."""
    row = await floor_of(transaction.session, floor, actor, locked=True)
    await FloorService(office, transaction, actor).delete(row)


@images.get("/floors/{floor}/image/{digest}")
async def show_image(floor: Key, digest: Digest, actor: Reads, session: ReadingDep) -> Response:
    """Return the picture under a plan."""
    await floor_of(session, floor, actor)
    found = await FloorRepository(session).image(floor, digest)
    if found is None:
        raise NotFound(f"floor {floor!r} has no such picture any more")
    return Response(found.body, media_type=MEDIA_TYPE, headers={"cache-control": FOREVER})


def _shown(row: Floor) -> FloorOut:
    address = None if row.image is None else f"/floors/{row.id}/image/{row.image}"
    return FloorOut(
        id=row.id, site=row.site, name=row.name, rank=row.rank, height=row.height,
        image=address, plan=read(row.plan), revision=row.revision,
    )  # fmt: skip
