"""``/api/v1/units/{unit}/peppers``: a unit asks for the peppers; ``/api/v1/rotation``: how it goes.

A unit's question counts by its signature; nobody else ever gets a pepper.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from loquet_contract.wire import base64url
from loquet_contract.wire.codec import encode
from loquet_contract.wire.rotation import (
    SEAL_CONTEXT,
    Pepper,
    Peppers,
    PeppersAnswer,
    PeppersRequest,
)
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Purpose
from loquet_server.errors import Invalid
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.peppers.repository import PepperRepository
from loquet_server.rotation.schemas import RotateIn, RotationOut, shown
from loquet_server.rotation.service import RotationService, standing
from loquet_server.timetable.space import site_of
from loquet_server.unit_requests import asked
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["units"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Site = Annotated[str, Query(max_length=64)]
Name = Annotated[str, Path(max_length=64)]


@router.post("/units/{unit}/peppers")
async def peppers(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return the peppers in force, signed, and sealed to the key that the unit sent."""
    purpose = Purpose.PEPPERS_REQUEST
    row, wish = await asked(PeppersRequest, purpose, unit, request, office)
    async with office.database.reading() as session:
        found = await PepperRepository(session, office.keys, row.site).in_force()
    given = Peppers(tuple(Pepper(each.name, base64url.to_text(each.raw)) for each in found))
    try:
        to = base64url.from_text(wish.seal_key)
        sealed = seal(to, encode(given).encode(), SEAL_CONTEXT)
    except ValueError as error:
        raise Invalid("the seal key is not an X25519 key") from error
    said = PeppersAnswer(wish.site, wish.unit, wish.nonce, sealed)
    document = office.keys.signer.sign(Purpose.PEPPERS, encode(said))
    return Response(document, media_type="application/json")


@router.get("/rotation")
async def show_rotation(
    office: OfficeDep, session: ReadingDep, actor: Reads, site: Site
) -> RotationOut | None:
    """Return how the replacement of a site's pepper goes; null where none is under way."""
    place = await site_of(session, site, actor)
    found = await standing(session, office.keys, place.id)
    return None if found is None else shown(found)


@router.post("/rotation", status_code=201)
async def begin_rotation(
    wanted: RotateIn, office: OfficeDep, transaction: TransactionDep, actor: Writes, site: Site
) -> RotationOut | None:
    """Replace a site's pepper; doors go on opening. 409 while a replacement is under way."""
    place = await site_of(transaction.session, site, actor)
    await RotationService(office, transaction, actor.name, place.id).begin(wanted.reason)
    found = await standing(transaction.session, office.keys, place.id)
    return None if found is None else shown(found)


@router.post("/rotation/units/{unit}/leave", status_code=204)
async def leave_unit(
    unit: Name, office: OfficeDep, transaction: TransactionDep, actor: Writes, site: Site
) -> Response:
    """Wait for a unit no longer: it goes on with what it has until it fetches what is new."""
    place = await site_of(transaction.session, site, actor)
    await RotationService(office, transaction, actor.name, place.id).leave_behind(unit)
    return Response(status_code=204)
