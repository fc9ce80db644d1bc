"""Guests over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.guests.repository import GuestRepository
from loquet_server.guests.schemas import GuestIn, VisitOut
from loquet_server.guests.service import GuestService
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["guests"])
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]


@router.get("/guests")
async def list_guests(
    session: ReadingDep,
    actor: Reader,
    page: PageDep,
    site: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> list[VisitOut]:
    """Return guests' visits, one for each area, by id."""
    place = await PeopleRepository(session, actor).site(site)
    rows = await GuestRepository(session).all(place.id, page.rows, page.after)
    return [VisitOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/guests", status_code=201)
async def invite_guest(
    given: GuestIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> list[VisitOut]:
    """Invite a guest: the pass begins and ends by itself."""
    rows = await GuestService(office, transaction, actor).invite(given)
    return [VisitOut.model_validate(row) for row in rows]


@router.post("/guests/{visit}/cancel")
async def cancel_visit(
    visit: Annotated[str, Path(pattern=ID_PATTERN)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> list[VisitOut]:
    """Cancel a visit, or end one that has begun."""
    rows = await GuestService(office, transaction, actor).cancel(visit)
    return [VisitOut.model_validate(row) for row in rows]
