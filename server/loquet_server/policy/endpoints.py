"""``POST /api/v1/units/{unit}/policy``: a unit fetches its whole policy; its signature counts."""

import asyncio

from fastapi import APIRouter, Request, Response

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.enrolment import PolicyRequest
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey, WrongSignature
from loquet_server.errors import Forbidden, NotFound
from loquet_server.office import OfficeDep, limited_body
from loquet_server.policy.history import text_of
from loquet_server.policy.repository import PolicyRepository

router = APIRouter(prefix="/api/v1", tags=["units"])
MAX_REQUEST = 8 * 1024
REFUSED = (
    "This request is not signed by the key of an enrolled unit. Enrol the unit again:"
    " 'loquet-server add-unit' prints a code for 'loquet-edge enrol'."
)


@router.post("/units/{unit}/policy")
async def whole_policy(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return a unit's whole policy as text lines: its manifest, its records, deltas since."""
    body = await limited_body(request, MAX_REQUEST)
    async with office.database.reading() as reading:  # a stranger locks nothing
        found = await PolicyRepository(reading).unit(unit)
    if found is None or found[0].public_key is None or found[0].revoked_at is not None:
        raise Forbidden(REFUSED)
    _check(body, found[0].site, unit, found[0].public_key)
    async with office.database.with_transaction() as session:
        publications = await office.policies.advance(session, unit, office.now_ms())
        await session.flush()
        versions = await office.policies.current(session, unit)
    office.publish(publications)
    if not versions:
        raise NotFound(f"unit {unit} has no policy yet")
    text = await asyncio.to_thread(text_of, versions)
    return Response(text, media_type="text/plain; charset=utf-8")


def _check(body: bytes, site: str, unit: str, public_key: str) -> None:
    try:
        verifier = Verifier(VerifyKey.from_text(public_key))
        asked = decode_text(PolicyRequest, verifier.payload(Purpose.POLICY_REQUEST, body))
    except (WrongSignature, MalformedMessage, UnicodeDecodeError) as error:
        raise Forbidden(REFUSED) from error
    if (asked.site, asked.unit) != (SiteId(site), UnitId(unit)):
        raise Forbidden(REFUSED)
