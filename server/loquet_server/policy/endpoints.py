"""``POST /api/v1/units/{unit}/policy``: a unit fetches its whole policy; its signature counts."""

import asyncio

from fastapi import APIRouter, Request, Response

from loquet_contract.wire.enrolment import PolicyRequest
from loquet_contract.wire.signing import Purpose
from loquet_server.errors import NotFound
from loquet_server.office import OfficeDep
from loquet_server.policy.history import text_of
from loquet_server.unit_requests import asked

router = APIRouter(prefix="/api/v1", tags=["units"])


@router.post("/units/{unit}/policy")
async def whole_policy(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return a unit's whole policy as text lines: its manifest, its records, deltas since."""
    await asked(PolicyRequest, Purpose.POLICY_REQUEST, unit, request, office)
    async with office.database.with_transaction() as session:
        publications = await office.policies.renew(session, unit, office.now_ms())
        await session.flush()
        versions = await office.policies.current(session, unit)
    office.publish(publications)
    if not versions:
        raise NotFound(f"unit {unit} has no policy yet")
    text = await asyncio.to_thread(text_of, versions)
    return Response(text, media_type="text/plain; charset=utf-8")
