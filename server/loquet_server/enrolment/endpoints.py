"""``POST /api/v1/enrol``: answers to all; the code is the proof."""

from fastapi import APIRouter, Request, Response

from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.enrolment import EnrolRequest
from loquet_server.enrolment.service import EnrolmentService
from loquet_server.errors import Invalid, Problem
from loquet_server.guard import whence
from loquet_server.office import OfficeDep, TransactionDep, limited_body

router = APIRouter(prefix="/api/v1", tags=["units"])
MAX_REQUEST = 8 * 1024


@router.post("/enrol")
async def enrol(request: Request, office: OfficeDep, transaction: TransactionDep) -> Response:
    """Return a signed EnrolAnswer document for an EnrolRequest."""
    client = whence(request, office.settings)
    office.enrolments.check(client)
    session, now = transaction.session, office.now_ms()
    service = EnrolmentService(session, office.settings, office.keys, now)
    try:
        site, unit, answer = await service.enrol(await _asked(request))
    except Problem:
        office.enrolments.failed(client)
        raise
    await session.flush()
    first = await office.policies.advance(session, unit, now)
    wishes = await office.policies.advance_desired(session, unit, now)
    transaction.after.do(office.units_changed)
    transaction.after.tell(office, site, "unit", unit, now)
    transaction.after.publish(office, [*first, *wishes])
    return Response(answer, media_type="application/json")


async def _asked(request: Request) -> EnrolRequest:
    try:
        return decode_text(EnrolRequest, await limited_body(request, MAX_REQUEST))
    except (MalformedMessage, UnicodeDecodeError) as error:
        raise Invalid(f"this is not an enrolment request: {error}") from error
