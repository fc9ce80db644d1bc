"""``POST /api/v1/units/{unit}/card-keys``: a unit asks for the masters; its signature counts."""

from fastapi import APIRouter, Request, Response

from loquet_contract.wire.card_keys import CardKeysRequest
from loquet_contract.wire.signing import Purpose
from loquet_server.cards.repository import CardRepository
from loquet_server.cards.service import answer
from loquet_server.office import OfficeDep
from loquet_server.unit_requests import asked

router = APIRouter(prefix="/api/v1", tags=["units"])


@router.post("/units/{unit}/card-keys")
async def card_keys(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return the card masters in force, signed, and sealed to the key that the unit sent."""
    purpose = Purpose.CARD_KEYS_REQUEST
    row, wish = await asked(CardKeysRequest, purpose, unit, request, office)
    async with office.database.reading() as session:
        keys = list(await CardRepository(session).in_force(row.site))
    return Response(answer(office, wish, keys), media_type="application/json")
