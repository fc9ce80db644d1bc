"""Desks over the API."""

from typing import Annotated

from fastapi import APIRouter, Query

from loquet_server.desks.repository import DeskRepository
from loquet_server.desks.schemas import DeskOut
from loquet_server.models import Desk, DeskState
from loquet_server.office import ReadingDep
from loquet_server.paging import PageDep
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["desks"])
Id = Annotated[str | None, Query(max_length=64)]


@router.get("/desks")
async def list_desks(
    session: ReadingDep,
    actor: Annotated[Actor, needs(Permission.LIVE_READ)],
    page: PageDep,
    site: Id = None,
    area: Id = None,
) -> list[DeskOut]:
    """Return desks and their states; what no sensor tells is unknown, never free."""
    rows = await DeskRepository(session).all(actor.site or site, area)
    return [_shown(*row) for row in page.part(rows, lambda row: row[0].id)]


def _shown(desk: Desk, state: DeskState | None) -> DeskOut:
    shown = DeskOut(id=desk.id, site=desk.site, area=desk.area, unit=desk.unit, name=desk.name)
    if state is None:
        return shown
    names = ("state", "evidence", "since", "revision")
    return shown.model_copy(update={name: getattr(state, name) for name in names})
