"""``POST /api/v1/adoptions`` answers to all; waiting units over the API are for operators."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from loquet_server.adoption.announcing import Announcements
from loquet_server.adoption.repository import AdoptionRepository
from loquet_server.adoption.schemas import Adopted, Place, WaitingOut, Window
from loquet_server.adoption.service import AdoptionService, shown, waiting_of
from loquet_server.guard import whence
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep, limited_body
from loquet_server.paging import PageDep
from loquet_server.timetable.space import site_of
from loquet_server.web.rooms import within
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["units"])
MAX_REQUEST = 8 * 1024
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Waiting = Annotated[str, Path(max_length=64)]
Site = Annotated[str | None, Query(max_length=64)]


@router.post("/adoptions")
async def announce(request: Request, office: OfficeDep) -> Response:
    """Return a signed Standing document for an Announcement that its own key signed."""
    client = whence(request, office.settings)
    body = await limited_body(request, MAX_REQUEST)
    answer = await Announcements(office).answer(body, client)
    return Response(answer, media_type="application/json")


@router.get("/waiting-units")
async def list_waiting(
    session: ReadingDep, actor: Reads, page: PageDep, site: Site = None
) -> list[WaitingOut]:
    """Return the units that ask to be let in, and those that just were."""
    rows = await AdoptionRepository(session).all(within(actor, site))
    return page.part([shown(row) for row, _ in rows], lambda unit: unit.id)


@router.post("/sites/{site}/waiting-units/look")
async def look(
    site: Waiting, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Window:
    """Show units of the server's own network that have no SD card, for ten minutes."""
    await site_of(transaction.session, site, actor)
    until = await AdoptionService(office, transaction, actor).look(site)
    return Window(open_until=until)


@router.post("/waiting-units/{waiting}/adopt")
async def adopt(
    waiting: Waiting, place: Place, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Adopted:
    """Let a unit in whose code was compared."""
    return await AdoptionService(office, transaction, actor).adopt(waiting, place)


@router.post("/waiting-units/{waiting}/refuse", status_code=204)
async def refuse(
    waiting: Waiting, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> None:
    """Turn a unit away."""
    row = await waiting_of(transaction.session, waiting, actor)
    await AdoptionService(office, transaction, actor).refuse(row)
