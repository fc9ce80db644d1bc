"""Desks over the API."""

from fastapi import APIRouter

from loquet_server.desks.repository import DeskRepository
from loquet_server.desks.schemas import DeskOut
from loquet_server.models import Desk, DeskState
from loquet_server.office import ReadingDep

router = APIRouter(prefix="/api/v1", tags=["desks"])


@router.get("/desks")
async def list_desks(
    session: ReadingDep, site: str | None = None, area: str | None = None
) -> list[DeskOut]:
    """Return desks and their states; what no sensor tells is unknown, never free."""
    return [_shown(*row) for row in await DeskRepository(session).all(site, area)]


def _shown(desk: Desk, state: DeskState | None) -> DeskOut:
    shown = DeskOut(id=desk.id, site=desk.site, area=desk.area, unit=desk.unit, name=desk.name)
    if state is None:
        return shown
    names = ("state", "evidence", "since", "revision")
    return shown.model_copy(update={name: getattr(state, name) for name in names})
