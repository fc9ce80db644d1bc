"""``POST /api/v1/units/{unit}/moving``: a unit asks for what moved; its signature counts."""

from fastapi import APIRouter, Request, Response

from loquet_contract.wire.enrolment import MovingRequest
from loquet_contract.wire.signing import Purpose
from loquet_server.office import OfficeDep
from loquet_server.unit_requests import asked

router = APIRouter(prefix="/api/v1", tags=["units"])


@router.post("/units/{unit}/moving")
async def moving(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return, as one signed line for each message, what moved since the unit's version, or all."""
    row, wish = await asked(MovingRequest, Purpose.MOVING_REQUEST, unit, request, office)
    async with office.database.reading() as session:
        lines = await office.moving.since(session, row.site, wish.have, office.now_ms())
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8")
